"""What a picture tells of lamp, lens and camera, rather than of the part."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

import cv2
import numpy as np

from edge.parts import Image

_QUANTILES = (20, 35, 50, 65, 80)
_SURFACE, _HIGHLIGHT = 80, 99.5
_BLUR_PX = 2.0
_SIDE = 480  # pictures are looked at no larger than this


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one picture. Logarithms are natural, so that differences are shares.

    `dark` to `bright`: logarithm of five grey quantiles (20 to 80 %). `red`, `blue`: of their means against green's.
    `sharp_x`, `sharp_y`: of the fine structure along each axis against the coarse; neither light nor contrast moves
    it. `light_x`, `light_y`: the centre of the lamp's reflection, 0 to 1: of a ring's, the middle of the ring.
    """

    dark: float
    dim: float
    middle: float
    light: float
    bright: float
    red: float
    blue: float
    sharp_x: float
    sharp_y: float
    light_x: float
    light_y: float


NAMES = tuple(field.name for field in fields(Measures))
LEVELS = NAMES[:5]


def measure(image: Image) -> Measures:
    """Measures a picture, uint8 RGB [H, W, 3]."""
    step = max(1, max(image.shape[:2]) // _SIDE)
    small = np.ascontiguousarray(image[::step, ::step])
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
    levels = np.log(np.maximum(np.percentile(grey, _QUANTILES), 1.0))
    means = np.maximum(small.reshape(-1, 3).mean(axis=0), 1.0)
    light_x, light_y = _highlight(grey)
    return Measures(
        *(float(level) for level in levels),
        red=float(np.log(means[0] / means[1])),
        blue=float(np.log(means[2] / means[1])),
        sharp_x=_fineness(grey, 1),
        sharp_y=_fineness(grey, 0),
        light_x=light_x,
        light_y=light_y,
    )


def blurred(image: Image, along: str) -> Image:
    """A picture, uint8 RGB [H, W, 3], as it would be with motion along `x` or `y`, or out of focus (`both`)."""
    sigma = _BLUR_PX * max(1, max(image.shape[:2]) // _SIDE)
    long = 2 * math.ceil(3 * sigma) + 1
    size = (1 if along == "y" else long, 1 if along == "x" else long)
    return np.asarray(cv2.GaussianBlur(image, size, sigma), np.uint8)


def table(rows: list[Measures]) -> np.ndarray:
    """float64 [N, 11], a row a picture, columns by `NAMES`."""
    return np.array([astuple(row) for row in rows], np.float64)


def _highlight(grey: np.ndarray) -> tuple[float, float]:
    """The centre of what is brighter than half-way from the surface to its brightest place."""
    # Blurred: a highlight has an extent, and single bright grains are none.
    glow = np.asarray(cv2.GaussianBlur(grey, (0, 0), 4.0))
    surface, peak = np.percentile(glow, (_SURFACE, _HIGHLIGHT))
    weight = np.clip(glow - (surface + peak) / 2, 0, (peak - surface) / 2 + 1e-3)
    height, width = grey.shape
    total = float(weight.sum()) + 1e-6
    x = float(weight.sum(axis=0) @ np.arange(width)) / total
    y = float(weight.sum(axis=1) @ np.arange(height)) / total
    return x / width, y / height


def _fineness(grey: np.ndarray, axis: int) -> float:
    # The first blur takes the sensor's noise away, which would pass for detail.
    fine = np.diff(cv2.GaussianBlur(grey, (0, 0), 1.0), axis=axis)
    coarse = np.diff(cv2.GaussianBlur(grey, (0, 0), 4.0), axis=axis)
    return float(0.5 * np.log((float(fine.var()) + 1e-6) / (float(coarse.var()) + 1e-6)))
