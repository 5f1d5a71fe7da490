"""A part's pose in its rectangle, and its undoing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a part's centre lies in the picture that was searched, in pixels (0 is the centre of the first pixel), and
    by how many degrees it is turned against upright, clockwise as seen."""

    x: float
    y: float
    turn_deg: float = 0.0


def upright(image: Image, pose: Pose, size: tuple[int, int]) -> Image:
    """The part as if it had lain centred and upright: uint8 [h, w, 3] of `size` (h, w).

    A turned part is interpolated linearly; one that is only shifted is moved by whole pixels, and so by not a grey
    level changed. Where the part's picture reaches beyond the given one, its border is repeated.
    """
    h, w = size
    to_image = inverse(pose, size)
    if pose.turn_deg == 0:
        to_image[:, 2] = np.rint(to_image[:, 2])
    how = (cv2.INTER_LINEAR if pose.turn_deg else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, to_image, (w, h), flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def inverse(pose: Pose, size: tuple[int, int]) -> NDArray[np.float64]:
    """[2, 3]: from a place (x, y) of the upright part's picture to the one that it comes from."""
    h, w = size
    cos, sin = math.cos(math.radians(pose.turn_deg)), math.sin(math.radians(pose.turn_deg))
    turn = np.array([[cos, -sin], [sin, cos]])
    middle = np.array([(w - 1) / 2, (h - 1) / 2])
    return np.column_stack([turn, np.array([pose.x, pose.y]) - turn @ middle])
