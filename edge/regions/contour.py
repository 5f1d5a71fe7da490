"""A part found by its outline: the largest thing that is brighter, or darker, than the belt."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from edge.config.regions import LocateConfig
from edge.errors import NotLocated
from edge.parts import Image
from edge.regions.pose import Pose

# Sides that differ by less than this do not tell which is the longer one: such a part is a square to us.
_SQUARE = 1.1
# A disc fills π/4 of the square round it, an ellipse as much; its rectangle's angle is noise where it is no ellipse.
_ROUND_FILL = 0.82


class ContourLocator:
    """Finds the part's outline; its centre and angle are those of the smallest rectangle round it.

    Upright has the longer side along x. A square's nearest side counts, and a disc has no angle.
    """

    def __init__(self, config: LocateConfig) -> None:
        self._config = config

    def locate(self, image: Image) -> Pose:
        """The pose of the part in a picture uint8 [H, W, 3].

        Raises:
            NotLocated: nothing of a part's size is there, it is cut off by the border, or turned too far.
        """
        config = self._config
        mask = self._mask(image)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        area, outline = max(
            ((cv2.contourArea(one), one) for one in outlines), key=lambda found: found[0], default=(0.0, None)
        )
        if outline is None or area < config.min_area_px:
            raise NotLocated(
                f"the largest thing in the rectangle has {area:.0f} pixels, less than {config.min_area_px}"
            )
        if config.max_area_px and area > config.max_area_px:
            raise NotLocated(f"what lies in the rectangle has {area:.0f} pixels, more than {config.max_area_px}")
        x, y, w, h = cv2.boundingRect(outline)
        if x == 0 or y == 0 or x + w == mask.shape[1] or y + h == mask.shape[0]:
            raise NotLocated("the part reaches the border of its rectangle and may be cut off")
        (centre_x, centre_y), sides, angle = cv2.minAreaRect(outline)
        turn = _turn(sides, angle, area) if config.pose == "turn" else 0.0
        if abs(turn) > config.max_turn_deg:
            raise NotLocated(f"the part is turned by {turn:.1f} degrees, more than {config.max_turn_deg:g}")
        return Pose(centre_x, centre_y, turn)

    def _mask(self, image: Image) -> Image:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        kind = cv2.THRESH_BINARY if self._config.brighter else cv2.THRESH_BINARY_INV
        if self._config.level == 0:
            kind |= cv2.THRESH_OTSU
        _, mask = cv2.threshold(grey, self._config.level, 255, kind)
        # Single bright pixels of the belt are no bridge from the part to the border.
        return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)


def _turn(sides: Sequence[float], angle: float, area: float) -> float:
    """The smallest turn that brings the longer side along x, in (-90, 90]; a square's nearest side."""
    longer, shorter = max(sides), min(sides)
    square = longer < _SQUARE * shorter
    if square and area < _ROUND_FILL * longer * shorter:
        return 0.0
    if not square and sides[0] < sides[1]:
        angle += 90.0
    period = 90.0 if square else 180.0
    return float(period / 2 - (period / 2 - angle) % period)
