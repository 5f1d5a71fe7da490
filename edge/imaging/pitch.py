"""Pixel pitch from a printed checkerboard, and what can be seen with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge.errors import UsageError
from edge.health import Check, Level
from edge.parts import Image

_MOST_TILT = 0.02
_SEEN_PX = 8


@dataclass(frozen=True, slots=True)
class Pitch:
    """`mm_per_px` on the target. `uneven`: how much it differs between its sides, as a share."""

    mm_per_px: float
    uneven: float


def find_pitch(image: Image, corners: tuple[int, int], square_mm: float) -> Pitch:
    """Measures the pitch where a checkerboard lies on the belt.

    Args:
        image: uint8 RGB [H, W, 3].
        corners: inner corners along the rows and the columns (one less than squares).

    Raises:
        UsageError: the target is not found, or the camera looks at it aslant.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    flags = cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
    found, points = cv2.findChessboardCornersSB(grey, corners, flags=flags)
    if not found:
        raise UsageError(
            f"no checkerboard of {corners[0]} × {corners[1]} inner corners is in the picture: lay the whole target "
            "flat under the camera, with a white border round it."
        )
    grid = np.asarray(points, np.float64).reshape(corners[1], corners[0], 2)
    rows = np.linalg.norm(grid[:, -1] - grid[:, 0], axis=1) / (corners[0] - 1)
    columns = np.linalg.norm(grid[-1] - grid[0], axis=1) / (corners[1] - 1)
    squares = np.concatenate([rows, columns])
    uneven = float((squares.max() - squares.min()) / squares.mean())
    if uneven > _MOST_TILT:
        raise UsageError(
            f"squares differ by {uneven:.1%} in size: the camera looks aslant or the target is not flat. "
            "Set it upright."
        )
    return Pitch(square_mm / float(squares.mean()), uneven)


def pitch_check(mm_per_px: float, smallest_px: int) -> Check:
    """What the pitch means for defects, for `doctor` and the page."""
    low, high = sorted((_SEEN_PX, smallest_px))
    text = f"{mm_per_px:.3g} mm a pixel: defects from {low * mm_per_px:.2g} to {high * mm_per_px:.2g} mm on can be seen"
    return Check("pixel pitch", Level.OK, text)
