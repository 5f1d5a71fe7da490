"""How the part lies, and where the lamp stands: what differs from picture to picture.

The camera looks down its optical axis (z, towards the lens) at x (right) and y (down), millimetres, from the belt's
part plane at z = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.simulate.sleeve import LENGTH, RADIUS, Field

FIELD_OF_VIEW = (54.0, 40.5)
LENS_HEIGHT = 230.0
_RING_RADIUS, _LEDS = 48.0, 16
_LAMP_HEIGHT = 150.0


@dataclass(frozen=True, slots=True)
class Pose:
    """roll: about the part's own axis. turn: in the picture. tilt: of the axis towards the lens. Degrees. x, y: of the
    part's middle, mm. scale: 1 at the nominal distance."""

    roll: float
    turn: float
    tilt: float
    x: float
    y: float
    scale: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Pose:
        """As a guide rail leaves parts lying: any roll, little else."""
        return cls(
            roll=rng.uniform(0, 360),
            turn=rng.normal(0, 0.8),
            tilt=rng.normal(0, 0.6),
            x=rng.normal(0, 0.5),
            y=rng.normal(0, 0.4),
            scale=rng.normal(1, 0.006),
        )


@dataclass(frozen=True, slots=True)
class Lamp:
    """x, y: of the ring's middle, height: above the part plane, mm. level: 1 when new."""

    x: float
    y: float
    height: float
    level: float

    @classmethod
    def draw(cls, rng: np.random.Generator, wander: float, level: float) -> Lamp:
        """wander: 0 holds the lamp still, 1 lets it stand as a lamp on a loose arm does."""
        x, y, height = rng.uniform(-1, 1, 3)
        return cls(wander * 25 * x, wander * 45 * y, _LAMP_HEIGHT * (1 + 0.15 * wander * height), level)

    def leds(self) -> NDArray[np.float64]:
        """Positions [N, 3]."""
        angle = (np.arange(_LEDS) + 0.5) * 2 * np.pi / _LEDS
        x, y = self.x + _RING_RADIUS * np.cos(angle), self.y + _RING_RADIUS * np.sin(angle)
        return np.column_stack([x, y, np.full(_LEDS, self.height)])


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the picture: pixels from top, left up to bottom, right."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def empty(self) -> bool:
        return self.top >= self.bottom or self.left >= self.right

    def cut(self, other: Window) -> Window:
        """What both have in common; empty where they have nothing."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        return Window(top, left, min(self.bottom, other.bottom), min(self.right, other.right))

    def inside(self, outer: Window) -> tuple[slice, slice]:
        """Its place in an array of the outer window's pixels."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )


@dataclass(frozen=True, slots=True)
class View:
    """A picture of width × height pixels of the nominal field of view, of a part in a pose."""

    width: int
    height: int
    pose: Pose

    @property
    def mm_per_px(self) -> float:
        """On the belt at nominal distance; the whole field of view is in the picture."""
        return max(FIELD_OF_VIEW[0] / self.width, FIELD_OF_VIEW[1] / self.height)

    @property
    def whole(self) -> Window:
        return Window(0, 0, self.height, self.width)

    @property
    def part_window(self) -> Window:
        """All pixels of the part, and few others."""
        c, s = abs(float(self._turn[0])), abs(float(self._turn[1]))
        half_u, half_s = LENGTH / 2 + 0.5, RADIUS + 0.5
        half_x, half_y = c * half_u + s * half_s, s * half_u + c * half_s
        column, row = self._pixel(self.pose.x, self.pose.y)
        px = self.pose.scale / self.mm_per_px
        return self._window(column, row, half_x * px, half_y * px)

    def belt(self, window: Window, fine: int = 1) -> tuple[Field, Field]:
        """x and y, mm, of the window's pixels, or of `fine` × `fine` points in each."""
        h, w = window.bottom - window.top, window.right - window.left
        rows, columns = np.mgrid[0 : h * fine, 0 : w * fine].astype(np.float32)
        within = np.float32((fine - 1) / 2)
        rows, columns = (rows - within) / fine + window.top, (columns - within) / fine + window.left
        mm = np.float32(self.mm_per_px)
        return (columns - np.float32((self.width - 1) / 2)) * mm, (rows - np.float32((self.height - 1) / 2)) * mm

    def part(self, window: Window, fine: int = 1) -> tuple[Field, Field]:
        """The same points along and across the part's axis, mm on the part."""
        x, y = self.belt(window, fine)
        c, s = self._turn
        x, y = x - np.float32(self.pose.x), y - np.float32(self.pose.y)
        return (c * x + s * y) / np.float32(self.pose.scale), (c * y - s * x) / np.float32(self.pose.scale)

    def around(self, along: float, across: float, reach: float) -> Window:
        """The pixels within `reach` mm of a point of the part, cut at the picture's border."""
        c, s = self._turn
        x = self.pose.x + self.pose.scale * (c * along - s * across)
        y = self.pose.y + self.pose.scale * (s * along + c * across)
        px = reach * self.pose.scale / self.mm_per_px
        return self._window(*self._pixel(x, y), px, px)

    def to_part(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points [N, 3] of the scene in the part's frame: along, across, up."""
        c, s = self._turn
        moved = (points - (self.pose.x, self.pose.y, 0)) / self.pose.scale
        along, across, up = c * moved[:, 0] + s * moved[:, 1], c * moved[:, 1] - s * moved[:, 0], moved[:, 2]
        tilt = np.deg2rad(self.pose.tilt)
        return np.column_stack(
            [np.cos(tilt) * along + np.sin(tilt) * up, across, np.cos(tilt) * up - np.sin(tilt) * along]
        )

    @property
    def _turn(self) -> tuple[np.float32, np.float32]:
        turn = np.deg2rad(self.pose.turn)
        return np.float32(np.cos(turn)), np.float32(np.sin(turn))

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        """Column and row of a point of the belt."""
        return x / self.mm_per_px + (self.width - 1) / 2, y / self.mm_per_px + (self.height - 1) / 2

    def _window(self, column: float, row: float, half_width: float, half_height: float) -> Window:
        top, bottom = (min(max(round(v), 0), self.height) for v in (row - half_height, row + half_height + 1))
        left, right = (min(max(round(v), 0), self.width) for v in (column - half_width, column + half_width + 1))
        return Window(top, left, bottom, right)
