"""The web and its picture.

Made after the web of the paper that this product grew from: a fuel cell's membrane, 8 inches wide, at 10 feet a
minute, with pinholes of 150 µm. All of it is drawn from one seed, row by row, so that a web of any length needs no more
memory than a short one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image
from edge.virtual.membrane.defects import Box, Defect, Pinhole
from edge.virtual.membrane.texture import Texture

INCH_MM = 25.4
WIDTH_MM = 8 * INCH_MM
SPEED_MM_S = 10 * 12 * INCH_MM / 60
PINHOLE_MM = 0.15
_NOISE_ROWS = 1024
_SMALL_PX = 64


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What good webs and lamps do, as sines along the travel: the light goes up and down by the share `light`, the web
    wanders sideways by `wander_mm`, each once in so many mm of travel."""

    light: float = 0.0
    light_every_mm: float = 3000.0
    wander_mm: float = 0.0
    wander_every_mm: float = 2000.0

    def brightness(self, at_mm: NDArray[np.floating]) -> NDArray[np.floating]:
        """Times how much the light is as strong as it was when the model learned."""
        return 1 + self.light * np.sin(2 * np.pi * at_mm / self.light_every_mm)

    def shift_mm(self, at_mm: NDArray[np.floating]) -> NDArray[np.floating]:
        """How far right of its place the web runs."""
        return self.wander_mm * np.sin(2 * np.pi * at_mm / self.wander_every_mm)


class Membrane:
    """A web with known defects.

    Args:
        mm_per_px: pixel pitch on the web. width_mm: of what is in view; the film goes on beyond it on both sides.
        defects: the truth.
        grey: of the membrane before the backlight; grain: standard deviation of its texture; noise: of the sensor, in
            grey levels of 255.
        blur_px: standard deviation of the lens's point spread, in pixels.
    """

    def __init__(
        self,
        defects: Sequence[Defect],
        *,
        mm_per_px: float,
        width_mm: float = WIDTH_MM,
        grey: float = 80.0,
        grain: float = 4.0,
        noise: float = 1.5,
        blur_px: float = 0.7,
        disturbance: Disturbance | None = None,
        seed: int = 0,
    ) -> None:
        self.mm_per_px = mm_per_px
        self.width_px = round(width_mm / mm_per_px)
        self.defects = sorted(defects, key=lambda defect: defect.box.at)
        self._grey, self._blur = grey, blur_px
        self._disturbance = disturbance or Disturbance()
        # Columns beyond the view that wander into it.
        self._beyond = math.ceil(abs(self._disturbance.wander_mm) / mm_per_px) + 1
        self._draw = np.random.default_rng(seed)
        self._texture = Texture.drawn(self._draw, self.width_px + 2 * self._beyond, grain)
        quiet = self._draw.standard_normal((_NOISE_ROWS, self.width_px + 64), np.float32)
        self._noise = noise * quiet

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

    def shift_mm(self, at_mm: float) -> float:
        """How far right of its place the web runs there: a defect is seen so much further across."""
        return float(self._disturbance.shift_mm(np.array([at_mm]))[0])

    def frame(self, first_row: int, rows: int) -> Image:
        """The picture of the web's rows from `first_row` on, uint8 [rows, width_px, 3], later rows further down."""
        grey = self._grey + self._texture.rows(first_row, rows)
        for defect in self.defects:
            self._shine(grey, defect, first_row)
        at_mm = np.arange(first_row, first_row + rows) * self.mm_per_px
        grey = self._in_view(grey, at_mm)
        if self._disturbance.light:
            grey = grey * self._disturbance.brightness(at_mm).astype(np.float32)[:, None]
        y, x = self._draw.integers(0, _NOISE_ROWS), self._draw.integers(0, 64)
        grey += self._noise[np.arange(y, y + rows) % _NOISE_ROWS, x : x + self.width_px]
        lit = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(lit, cv2.COLOR_GRAY2RGB), np.uint8)

    def _in_view(self, grey: NDArray[np.float32], at_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """The columns that the camera sees of each row."""
        shifts = np.rint(self._disturbance.shift_mm(at_mm) / self.mm_per_px).astype(int)
        begins = np.flatnonzero(np.diff(shifts, prepend=shifts[0] - 1))
        ends = np.append(begins[1:], len(shifts))
        lefts = self._beyond - shifts[begins]
        return np.concatenate(
            [grey[b:e, left : left + self.width_px] for b, e, left in zip(begins, ends, lefts, strict=True)]
        )

    def _shine(self, grey: NDArray[np.float32], defect: Defect, first_row: int) -> None:
        """Adds a defect's light to rows that include the columns beyond the view: each pixel by the mean over itself,
        spread by the lens."""
        box, pitch = defect.box, self.mm_per_px
        reach = 1 + round(3 * self._blur)
        top, bottom = _pixels(box.at, box.length, defect.skirt, pitch)
        top, bottom = max(top, first_row) - reach, min(bottom, first_row + len(grey)) + reach
        left, right = _pixels(box.across, box.width, defect.skirt, pitch)
        left, right = max(left, -self._beyond) - reach, min(right, self.width_px + self._beyond) + reach
        if bottom - top <= 2 * reach or right - left <= 2 * reach:
            return
        fine = 5 if _is_small(box, pitch) else 2
        at = (top + (np.arange((bottom - top) * fine) + 0.5) / fine) * pitch
        across = (left + (np.arange((right - left) * fine) + 0.5) / fine) * pitch
        light = np.asarray(defect.light(at[:, None], across[None]), np.float32)
        if self._blur:
            light = np.asarray(cv2.GaussianBlur(light, (0, 0), self._blur * fine))
        light = np.asarray(cv2.resize(light, (right - left, bottom - top), interpolation=cv2.INTER_AREA))
        rows = slice(max(top, first_row), min(bottom, first_row + len(grey)))
        columns = slice(max(left, -self._beyond), min(right, self.width_px + self._beyond))
        seen = light[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        grey[
            rows.start - first_row : rows.stop - first_row, columns.start + self._beyond : columns.stop + self._beyond
        ] += seen


def _pixels(begin: float, length: float, skirt: float, pitch: float) -> tuple[int, int]:
    return int(np.floor((begin - skirt) / pitch)), int(np.ceil((begin + length + skirt) / pitch))


def _is_small(box: Box, pitch: float) -> bool:
    return max(box.length, box.width) <= _SMALL_PX * pitch
