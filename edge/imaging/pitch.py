"""Pixel pitch from a printed checkerboard, and what can be seen with it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError
from edge.health import Check, Level
from edge.parts import Image

_MOST_TILT = 0.05
_LEAST_TILT, _LEAST_BEND, _LEAST_STRETCH = 0.01, 0.005, 0.01  # from which on something is said
_MOST_BEND = 0.4
_STEPS = 40  # of a golden section: the bend is known to a millionth
_GOLDEN = (5**0.5 - 1) / 2
_SEEN_PX = 8

_Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pitch:
    """`mm_per_px` at the middle of the picture. As shares of 1: `tilt`, how much the pitch differs between opposite
    borders of the picture because the camera looks aslant; `bend`, how far the lens moves the target's outermost corner
    towards the middle (barrel, positive) or away (cushion); `stretch`, how much larger the pitch is along x than y."""

    mm_per_px: float
    tilt: float = 0.0
    bend: float = 0.0
    stretch: float = 0.0

    def findings(self) -> list[str]:
        """What should be mended or known, in words; empty where the view is straight."""
        found = []
        if self.tilt > _LEAST_TILT:
            found.append(
                f"the camera looks aslant: the pitch differs by {self.tilt:.1%} over the picture. Set it upright."
            )
        if abs(self.stretch) > _LEAST_STRETCH:
            text = f"the pitch along x is {self.stretch:+.1%} of that along y: a tilt, or a printer that stretches"
            found.append(f"{text}. camera.mm_per_px is their mean.")
        if abs(self.bend) > _LEAST_BEND:
            kind = "barrel" if self.bend > 0 else "cushion"
            text = f"the lens bends the picture by {abs(self.bend):.1%} at the target's corners ({kind})"
            found.append(f"{text}: keep parts near the middle, or take a lens of longer focal length.")
        return found


def find_pitch(image: Image, corners: tuple[int, int], square_mm: float) -> Pitch:
    """Measures the pitch where a checkerboard lies on the belt, turned as it may be.

    Perspective is a homography; the lens is the division model with one parameter (Fitzgibbon 2001).

    Args:
        image: uint8 RGB [H, W, 3].
        corners: inner corners along the rows and the columns (one less than squares).

    Raises:
        UsageError: the target is not found, or the camera looks at it far too aslant.
    """
    seen = _corners(image, corners)
    height, width = image.shape[:2]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    across, down = np.meshgrid(np.arange(corners[0]), np.arange(corners[1]))
    board = square_mm * np.column_stack([across.ravel(), down.ravel()]).astype(np.float64)
    reach = float(np.linalg.norm(seen - middle, axis=1).max())
    bend = _bend(seen, board, middle, reach)
    view = _view(_straight(seen, middle, reach, bend), board)
    at_middle = _sides(view, middle)
    around = [_sides(view, place).mean() for place in middle + _borders(width, height)]
    tilt = max(abs(around[0] - around[1]), abs(around[2] - around[3])) / float(at_middle.mean())
    if tilt > _MOST_TILT:
        raise UsageError(
            f"the pitch differs by {tilt:.1%} over the picture: the camera looks aslant or the target is not flat. "
            "Set it upright."
        )
    return Pitch(float(at_middle.mean()), tilt, -bend, float(at_middle[0] / at_middle[1] - 1))


def _corners(image: Image, corners: tuple[int, int]) -> _Points:
    """[N, 2], row by row."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    flags = cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
    found, points = cv2.findChessboardCornersSB(grey, corners, flags=flags)
    if not found:
        raise UsageError(
            f"no checkerboard of {corners[0]} × {corners[1]} inner corners is in the picture: lay the whole target "
            "flat under the camera, with a white border round it (`ringlight calibrate target` prints one)."
        )
    return np.asarray(points, np.float64).reshape(-1, 2)


def _borders(width: int, height: int) -> _Points:
    """The middles of the left, right, upper and lower border, from the picture's middle."""
    return np.array([[-width, 0], [width, 0], [0, -height], [0, height]]) / 2


def _straight(seen: _Points, middle: _Points, reach: float, bend: float) -> _Points:
    """Where the points would be without the lens's bend; `reach` is the distance at which it is told."""
    off = seen - middle
    square = (off**2).sum(axis=1, keepdims=True) / reach**2
    return middle + off / (1 + bend * square)


def _view(seen: _Points, board: _Points) -> _Points:
    """The homography [3, 3] from the picture to the board's millimetres."""
    view, _ = cv2.findHomography(seen, board)
    if view is None:
        raise UsageError("the target's corners lie in one line: lay it flat under the camera.")
    return np.asarray(view, np.float64)


def _bend(seen: _Points, board: _Points, middle: _Points, reach: float) -> float:
    """The bend that leaves the least error, by golden section."""

    def error(bend: float) -> float:
        straight = _straight(seen, middle, reach, bend)
        there = cv2.perspectiveTransform(straight[None], _view(straight, board))[0]
        return float(((there - board) ** 2).sum())

    low, high = -_MOST_BEND, _MOST_BEND
    for _ in range(_STEPS):
        step = _GOLDEN * (high - low)
        low, high = (low, low + step) if error(high - step) < error(low + step) else (high - step, high)
    return (low + high) / 2


def _sides(view: _Points, place: _Points) -> _Points:
    """Millimetres that one pixel to the right and one pixel down are on the board, at this place of the picture."""
    around = place + np.array([[-0.5, 0], [0.5, 0], [0, -0.5], [0, 0.5]])
    left, right, up, down = cv2.perspectiveTransform(around[None], view)[0]
    return np.array([np.linalg.norm(right - left), np.linalg.norm(down - up)])


def pitch_check(mm_per_px: float, smallest_px: int) -> Check:
    """What the pitch means for defects, for `doctor` and the page."""
    low, high = sorted((_SEEN_PX, smallest_px))
    text = f"{mm_per_px:.3g} mm a pixel: defects from {low * mm_per_px:.2g} to {high * mm_per_px:.2g} mm on can be seen"
    return Check("pixel pitch", Level.OK, text)
