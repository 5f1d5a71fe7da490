"""The part: a turned metal sleeve, its design and what the lathe left on it.

Lengths are millimetres. A point of the surface has the coordinates u (along the axis, 0 in the middle) and s (along
the circumference, radius × angle). Heights are measured outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]

LENGTH, RADIUS = 40.0, 12.5
CHAMFER, CHAMFER_SLOPE = 1.3, 0.62
_GROOVE_AT, _GROOVE_WIDTH, _GROOVE_DEPTH = -12.5, 1.5, 0.22
_GROOVE_WALL = 0.4
_ROUNDING = 0.12
_STEP, _TURNS = 0.07, 240


@dataclass(frozen=True)
class Sleeve:
    """One part of the design.

    seed: of its machining marks. length, chamfer: as made, within tolerance. across, along: roughness (Ward's α, the
    deviation of microscopic slopes) across and along the circumferential marks. marks: deviation of the marks' slope.
    tint: reflectance in red, green, blue, 0 to 1.
    """

    seed: int
    length: float = LENGTH
    chamfer: float = CHAMFER
    across: float = 0.24
    along: float = 0.085
    marks: float = 0.05
    tint: tuple[float, float, float] = (0.93, 0.95, 1.0)

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Sleeve:
        """A part within the design's tolerances."""
        shade, warmth = rng.uniform(0.96, 1.03), rng.normal(0, 0.006)
        return cls(
            seed=int(rng.integers(2**32)),
            length=LENGTH + rng.normal(0, 0.06),
            chamfer=CHAMFER * rng.uniform(0.94, 1.06),
            across=rng.uniform(0.21, 0.27),
            along=rng.uniform(0.078, 0.094),
            marks=rng.uniform(0.035, 0.06),
            tint=(0.93 * shade + warmth, 0.95 * shade, 1.0 * shade - warmth),
        )

    def profile(self, u: Field, chamfer: Field | float) -> tuple[Field, Field]:
        """Radius and slope (change of the radius along the axis) at u, chamfers of this width included."""
        past = np.abs(u) - (self.length / 2 - chamfer)
        inside = np.clip(past / _ROUNDING + 0.5, 0, 1)
        radius = RADIUS - CHAMFER_SLOPE * np.maximum(past, 0)
        slope = -CHAMFER_SLOPE * np.sign(u) * inside
        wall = np.abs(u - _GROOVE_AT) - _GROOVE_WIDTH / 2
        part = np.clip(0.5 - wall / _GROOVE_WALL, 0, 1)
        radius = radius - _GROOVE_DEPTH * part**2 * (3 - 2 * part)
        slope = slope + 6 * _GROOVE_DEPTH / _GROOVE_WALL * part * (1 - part) * np.sign(u - _GROOVE_AT)
        return radius.astype(np.float32), slope.astype(np.float32)

    def mark_slopes(self, u: Field, s: Field) -> tuple[Field, Field]:
        """Slope along the axis, and relative reflectance, of the machining marks at (u, s)."""
        slopes, shade = self._marks
        column = (u + self.length / 2 + 1) / _STEP
        row = np.mod(s / (2 * np.pi * RADIUS), 1) * _TURNS
        return _at(slopes, column, row), _at(shade, column, row)

    @cached_property
    def _marks(self) -> tuple[Field, Field]:
        """Tables over (s, u), one row more than a turn so that it closes.

        Marks run around the part: deep ones of the feed all the way, fine ones over some degrees.
        """
        rng = np.random.default_rng(self.seed)
        columns = round((self.length + 2) / _STEP)
        feed = 0.5 * _band(rng.standard_normal((1, columns), np.float32), 0, 1.0, 4.0)
        long = 0.7 * _band(rng.standard_normal((_TURNS, columns), np.float32), 30, 1.0, 5.0)
        short = 0.45 * _band(rng.standard_normal((_TURNS, columns), np.float32), 5, 0.8, 3.0)
        slopes = self.marks * (feed + long + short)
        wide = _band(rng.standard_normal((_TURNS, columns), np.float32), 25, 12.0, 0)
        shade = 1 + 0.02 * wide + 0.03 * feed + 0.03 * long
        return _closed(slopes), _closed(shade)


def _band(noise: Field, around: float, fine: float, coarse: float) -> Field:
    """White noise [rows, columns] smoothed around the part and band-passed along it, with unit deviation."""
    if around:
        pad = int(4 * around)
        wrapped = np.concatenate([noise[-pad:], noise, noise[:pad]])
        noise = _blur(wrapped, (1, 2 * (pad // 2) + 1), 0.01, around)[pad:-pad]
    smooth = _blur(noise, (0, 0), fine, 0.01)
    if coarse:
        smooth = smooth - _blur(noise, (0, 0), coarse, 0.01)
    return (smooth / smooth.std()).astype(np.float32)


def _blur(noise: Field, size: tuple[int, int], along: float, around: float) -> Field:
    return np.asarray(cv2.GaussianBlur(noise, size, sigmaX=along, sigmaY=around), np.float32)


def _closed(table: Field) -> Field:
    return np.ascontiguousarray(np.concatenate([table, table[:1]]), np.float32)


def _at(table: Field, column: Field, row: Field) -> Field:
    where = column.astype(np.float32), row.astype(np.float32)
    return np.asarray(cv2.remap(table, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
