"""A part found by its looks: where the rectangle is most like a picture of an upright part."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.config.regions import LocateConfig
from edge.errors import NotLocated
from edge.parts import Image
from edge.regions.pose import Pose, inverse

# The search runs on small pictures: at this side a part still has its features, and a turn costs a millisecond.
_COARSE_PX = 48
_FINE_PX = 192
_STEP_DEG = 6.0
_STEPS, _CLOSE = 60, 1e-5
_BLUR_PX = 5


class TemplateLocator:
    """Searches shift and turn by normalised correlation on a small picture, then refines both to a fraction of a pixel
    by maximising the enhanced correlation coefficient (Evangelidis and Psarakis 2008).

    Args:
        template: uint8 [h, w, 3], an upright part at the camera's scale; its centre is the part's.
    """

    def __init__(self, config: LocateConfig, template: Image) -> None:
        self._config = config
        self._grey = _grey(template)
        self.size = template.shape[:2]
        most = config.max_turn_deg if config.pose == "turn" else 0.0
        steps = math.ceil(most / _STEP_DEG)
        self._turns = [most * step / max(1, steps) for step in range(-steps, steps + 1)]

    def locate(self, image: Image) -> Pose:
        """The pose of the part in a picture uint8 [H, W, 3].

        Raises:
            NotLocated: nothing there is like the template.
        """
        grey = _grey(image)
        pose, match = self._refine(grey, self._search(grey))
        if match < self._config.min_match:
            raise NotLocated(
                f"the best place matches the template by {match:.2f}, less than {self._config.min_match:g}"
            )
        if self._config.pose == "turn" and abs(pose.turn_deg) > self._config.max_turn_deg + _STEP_DEG:
            raise NotLocated(f"the part is turned by {pose.turn_deg:.1f} degrees")
        height, width = grey.shape
        if not (0 <= pose.x < width and 0 <= pose.y < height):
            raise NotLocated("the part's centre lies outside its rectangle")
        return pose

    def _search(self, grey: NDArray[np.float32]) -> Pose:
        """The best of all turns and whole-pixel shifts on a small picture."""
        scale = min(1.0, _COARSE_PX / max(self.size))
        template, picture = _scaled(self._grey, scale), _scaled(grey, scale)
        # A part may lie with its template's margin beyond the rectangle.
        margin = max(template.shape) // 2
        picture = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
        h, w = picture.shape
        best, found = -2.0, Pose(0, 0)
        for turn in self._turns:
            back = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), turn, 1.0)
            turned = cv2.warpAffine(picture, back, (w, h), borderMode=cv2.BORDER_REPLICATE) if turn else picture
            match = cv2.matchTemplate(turned, template, cv2.TM_CCOEFF_NORMED)
            _, value, _, (left, top) = cv2.minMaxLoc(match)
            if value > best:
                centre = np.array([left + (template.shape[1] - 1) / 2, top + (template.shape[0] - 1) / 2, 1.0])
                x, y = cv2.invertAffineTransform(back) @ centre - margin
                best, found = value, Pose((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, turn)
        return found

    def _refine(self, grey: NDArray[np.float32], pose: Pose) -> tuple[Pose, float]:
        scale = min(1.0, _FINE_PX / max(self.size))
        template, picture = _scaled(self._grey, scale), _scaled(grey, scale)
        size = template.shape[0], template.shape[1]
        there = Pose((pose.x + 0.5) * scale - 0.5, (pose.y + 0.5) * scale - 0.5, pose.turn_deg)
        # What was found is undone first: the method starts from no turn at all, and knows none beyond 90 degrees.
        to_picture = inverse(there, size)
        margin = _BLUR_PX + max(size) // 8
        to_picture[:, 2] -= to_picture[:, :2] @ (margin, margin)
        around = (size[1] + 2 * margin, size[0] + 2 * margin)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        found = cv2.warpAffine(picture, to_picture, around, flags=how, borderMode=cv2.BORDER_REPLICATE)
        rest, match = self._rest(template, np.asarray(found, np.float32), margin)
        middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2, 1.0])
        x, y = to_picture @ np.array([*(rest @ middle), 1.0])
        turn = pose.turn_deg + math.degrees(math.atan2(rest[1, 0], rest[0, 0]))
        return Pose((float(x) + 0.5) / scale - 0.5, (float(y) + 0.5) / scale - 0.5, turn), match

    def _rest(
        self, template: NDArray[np.float32], found: NDArray[np.float32], margin: int
    ) -> tuple[NDArray[np.float32], float]:
        """[2, 3] from the template to what was found, which is larger by `margin`, and their correlation."""
        guess = np.array([[1, 0, margin], [0, 1, margin]], np.float32)
        moves = cv2.MOTION_EUCLIDEAN if self._config.pose == "turn" else cv2.MOTION_TRANSLATION
        until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, _CLOSE)
        everywhere = np.full(found.shape, 255, np.uint8)
        try:
            match, rest = cv2.findTransformECC(template, found, guess, moves, until, everywhere, _BLUR_PX)
        except cv2.error as error:
            raise NotLocated("nothing in the rectangle is like the template") from error
        return np.asarray(rest, np.float32), float(match)


def _grey(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)


def _scaled(grey: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    if scale == 1.0:
        return grey
    size = max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)
