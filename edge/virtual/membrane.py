"""A membrane web with known pinholes, as an area camera over a backlight sees it strip by strip.

Made after the web of the paper that this product grew from: a fuel cell's membrane, 8 inches wide, at 10 feet a
minute, with pinholes of 150 µm. All of it is drawn from one seed, row by row, so that a web of any length needs no more
memory than a short one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image

INCH_MM = 25.4
WIDTH_MM = 8 * INCH_MM
SPEED_MM_S = 10 * 12 * INCH_MM / 60
PINHOLE_MM = 0.15
_REPEAT_ROWS = 4096
_NOISE_ROWS = 1024
_CLOUD_PX = (1.5, 24.0)


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A hole of `diameter_mm`, its centre `at_mm` along the web and `across_mm` from its left edge."""

    at_mm: float
    across_mm: float
    diameter_mm: float = PINHOLE_MM


class Membrane:
    """The web and its picture.

    Args:
        mm_per_px: pixel pitch on the web. width_mm: of the web, all of which is in view.
        pinholes: the truth.
        grey: of the membrane before the backlight; grain: standard deviation of its texture; noise: of the sensor, in
            grey levels of 255. contrast: how much brighter an open hole would be than the membrane.
        blur_px: standard deviation of the lens's point spread, in pixels.
    """

    def __init__(
        self,
        pinholes: list[Pinhole],
        *,
        mm_per_px: float,
        width_mm: float = WIDTH_MM,
        grey: float = 80.0,
        grain: float = 4.0,
        noise: float = 1.5,
        contrast: float = 150.0,
        blur_px: float = 0.7,
        seed: int = 0,
    ) -> None:
        self.mm_per_px = mm_per_px
        self.width_px = round(width_mm / mm_per_px)
        self.pinholes = sorted(pinholes, key=lambda hole: hole.at_mm)
        self._places = [hole.at_mm for hole in self.pinholes]
        self._largest = max((hole.diameter_mm for hole in pinholes), default=0.0)
        self._contrast, self._blur = contrast, blur_px
        self._draw = np.random.default_rng(seed)
        self._texture = _texture(self._draw, self.width_px, grey, grain)
        quiet = self._draw.standard_normal((_NOISE_ROWS, self.width_px + 64), np.float32)
        self._noise = np.rint(noise * quiet).astype(np.int16)

    @classmethod
    def with_pinholes(cls, length_mm: float, per_m: float, *, seed: int = 0, **more: Any) -> Membrane:
        """A web with so many pinholes a metre on its first `length_mm`, at random places."""
        draw = np.random.default_rng(seed + 1)
        width = float(more.get("width_mm", WIDTH_MM))
        margin = 2.0
        holes = [
            Pinhole(float(draw.uniform(margin, length_mm)), float(draw.uniform(margin, width - margin)))
            for _ in range(draw.poisson(per_m * length_mm / 1000))
        ]
        return cls(holes, seed=seed, **more)

    def frame(self, first_row: int, rows: int) -> Image:
        """The picture of the web's rows from `first_row` on, uint8 [rows, width_px, 3], later rows further down."""
        grey = self._texture[np.arange(first_row, first_row + rows) % _REPEAT_ROWS]
        first, last = first_row * self.mm_per_px - self._largest - 1, (first_row + rows) * self.mm_per_px
        near = self.pinholes[bisect_left(self._places, first) : bisect_right(self._places, last + self._largest + 1)]
        for hole in near:
            self._shine(grey, hole, first_row)
        y, x = self._draw.integers(0, _NOISE_ROWS), self._draw.integers(0, 64)
        noise = self._noise[np.arange(y, y + rows) % _NOISE_ROWS, x : x + self.width_px]
        lit = np.clip(grey + noise, 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(lit, cv2.COLOR_GRAY2RGB), np.uint8)

    def _shine(self, grey: NDArray[np.int16], hole: Pinhole, first_row: int) -> None:
        """Light through a hole: each pixel by the share of it that is open, spread by the lens."""
        fine, reach = 5, 2 + round(hole.diameter_mm / self.mm_per_px / 2 + 3 * self._blur)
        y, x = hole.at_mm / self.mm_per_px - first_row, hole.across_mm / self.mm_per_px
        top, left = int(y) - reach, int(x) - reach
        side = 2 * reach + 1
        at = (np.arange(side * fine) + 0.5) / fine
        open_ = np.hypot.outer(at + top - y, at + left - x) < hole.diameter_mm / self.mm_per_px / 2
        light = cv2.GaussianBlur(open_.astype(np.float32), (0, 0), self._blur * fine)
        light = cv2.resize(light, (side, side), interpolation=cv2.INTER_AREA) * self._contrast
        rows = slice(max(0, top), min(len(grey), top + side))
        columns = slice(max(0, left), min(self.width_px, left + side))
        if rows.start < rows.stop and columns.start < columns.stop:
            inside = light[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
            grey[rows, columns] += np.rint(inside).astype(np.int16)


def _texture(draw: np.random.Generator, width: int, grey: float, grain: float) -> NDArray[np.int16]:
    """Cloudy and grainy, as polymer film is; it repeats without a seam."""
    fine = draw.standard_normal((_REPEAT_ROWS, width), np.float32)
    whole = np.full((_REPEAT_ROWS, width), grey, np.float32)
    for sigma in _CLOUD_PX:
        around = round(5 * sigma)
        cloud = np.asarray(cv2.GaussianBlur(np.concatenate([fine[-around:], fine, fine[:around]]), (0, 0), sigma))
        cloud = cloud[around:-around]
        whole += grain / 2**0.5 * cloud / float(cloud.std())
    return np.rint(whole).astype(np.int16)
