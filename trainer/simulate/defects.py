"""Five kinds of defects, made in the part before any light falls on it.

Coordinates are millimetres from the defect's middle: u along the axis, s around the part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainer.simulate.sleeve import CHAMFER, LENGTH, Field

Stain = tuple[float, float, float]
Height = Callable[[Field, Field], Field]


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong with the part around one point.

    kind: one of `trainer.simulate.kinds.KINDS`. u: where along the axis, mm. reach: nothing is changed farther away,
    mm. height: (u, s) → mm outwards. opacity: (u, s) → share of the stain, 0 to 1, whose reflectance relative to the
    metal's is `stain`. chamfer: s → factor on the chamfer's width. None: that is left as it is.
    """

    kind: str
    u: float
    reach: float
    height: Height | None = None
    opacity: Height | None = None
    stain: Stain = (1.0, 1.0, 1.0)
    chamfer: Callable[[Field], Field] | None = None


def draw_defect(kind: str, strength: float, rng: np.random.Generator) -> Defect:
    """A defect of a kind. strength: 1 for what an inspector throws out; less is shallower, paler or smaller."""
    return _DRAW[kind](strength, rng)


def _scratch(strength: float, rng: np.random.Generator) -> Defect:
    """A tool's edge drawn over the part: a bent V with burr thrown up on both sides, running out at its ends."""
    half, width = rng.uniform(0.9, 2.5), rng.uniform(0.055, 0.095)
    depth, bend = 0.75 * strength * width * rng.uniform(0.8, 1.2), rng.normal(0, 0.03)
    # Along the machining marks a scratch hides; tools slip across them.
    angle = np.deg2rad(rng.uniform(-60, 60))
    c, s_ = np.float32(np.cos(angle)), np.float32(np.sin(angle))

    def height(u: Field, s: Field) -> Field:
        along, off = c * u + s_ * s, c * s - s_ * u
        off = np.abs(off - bend * along**2)
        ends = np.clip((half - np.abs(along)) / (0.25 * half), 0, 1)
        burr = 0.4 * np.exp(-(((off - 1.9 * width) / width) ** 2))
        return (depth * ends * (burr - np.exp(-((off / width) ** 2)))).astype(np.float32)

    return Defect("scratch", _on_body(rng, half), half + 0.5, height)


def _dent(strength: float, rng: np.random.Generator) -> Defect:
    """A blow: a smooth hollow with the metal it displaced around it."""
    size = rng.uniform(0.34, 0.62)
    depth, long = 0.085 * strength * size * rng.uniform(0.8, 1.2), rng.uniform(0.7, 1.4)
    angle = rng.uniform(0, np.pi)
    c, s_ = np.float32(np.cos(angle)), np.float32(np.sin(angle))

    def height(u: Field, s: Field) -> Field:
        square = ((c * u + s_ * s) / (size * long)) ** 2 + ((c * s - s_ * u) / (size / long)) ** 2
        return (depth * (0.35 * square - 1) * np.exp(-square)).astype(np.float32)

    return Defect("dent", _on_body(rng, size), 3.2 * size * max(long, 1 / long), height)


def _colour(strength: float, rng: np.random.Generator) -> Defect:
    """Heat tint, rust or dried coolant: another reflectance with a ragged, soft border."""
    stains: tuple[Stain, ...] = ((0.85, 0.66, 0.36), (0.55, 0.60, 0.86), (0.68, 0.42, 0.28), (0.55, 0.54, 0.50))
    size, stain = rng.uniform(0.4, 0.85), stains[rng.integers(len(stains))]
    strongest = min(1.0, strength * rng.uniform(0.75, 1.0))
    order, long = np.arange(2, 7), rng.uniform(0.75, 1.35)
    ragged, at = rng.normal(0, 0.28, 5) / order, rng.uniform(0, 2 * np.pi, 5)

    def opacity(u: Field, s: Field) -> Field:
        angle = np.arctan2(s, u)
        border = 1 + sum(r * np.cos(n * angle + a) for r, n, a in zip(ragged, order, at, strict=True))
        distance = np.hypot(u / long, s * long) / size
        return (strongest * np.clip((border - distance) / 0.35 + 0.5, 0, 1)).astype(np.float32)

    return Defect("colour", _on_body(rng, size), 2.6 * size, opacity=opacity, stain=stain)


def _bevel_1(strength: float, rng: np.random.Generator) -> Defect:
    """A chip out of the chamfer's outer edge: rough, shell-shaped hollows that run into each other, and burr."""
    size = rng.uniform(0.4, 0.72)
    depth, count = 0.3 * strength * size * rng.uniform(0.8, 1.2), int(rng.integers(3, 6))
    at_u, at_s = rng.normal(0, 0.3 * size, count), rng.normal(0, 0.6 * size, count)
    wide, rise = rng.uniform(0.45, 0.8, count) * size, rng.uniform(0.6, 1.0, count)
    waves, turn = rng.uniform(5, 11, 3) / size, rng.uniform(0, np.pi, 3)

    def height(u: Field, s: Field) -> Field:
        squares = [((u - a) ** 2 + ((s - b) / 1.3) ** 2) / w**2 for a, b, w in zip(at_u, at_s, wide, strict=True)]
        hollow = np.maximum.reduce([r * np.clip(1 - q, 0, 1) for r, q in zip(rise, squares, strict=True)])
        nearest = np.minimum.reduce(squares)
        rough = sum(np.sin(k * (np.cos(t) * u + np.sin(t) * s)) for k, t in zip(waves, turn, strict=True))
        burr = 0.2 * np.exp(-(((nearest - 1.35) / 0.3) ** 2))
        return (depth * (burr - hollow * (1 + 0.12 * rough))).astype(np.float32)

    return Defect("bevel-1", _end(rng) * (LENGTH / 2 - CHAMFER * rng.uniform(0.6, 1.0)), 3.4 * size, height)


def _bevel_2(strength: float, rng: np.random.Generator) -> Defect:
    """The chamfer of another width over an arc: too wide, or missing."""
    half, edge = rng.uniform(0.6, 1.4), rng.uniform(0.4, 0.9)
    change = strength * (rng.uniform(0.45, 0.8) if rng.random() < 0.5 else -rng.uniform(0.6, 0.95))

    def chamfer(s: Field) -> Field:
        inside = np.clip((half - np.abs(s)) / edge + 0.5, 0, 1)
        return (1 + max(change, -0.97) * inside**2 * (3 - 2 * inside)).astype(np.float32)

    return Defect("bevel-2", _end(rng) * (LENGTH / 2 - CHAMFER), half + 1.6, chamfer=chamfer)


def _on_body(rng: np.random.Generator, size: float) -> float:
    """Anywhere between the chamfers."""
    room = LENGTH / 2 - CHAMFER - min(size, 2.0)
    return float(rng.uniform(-room, room))


def _end(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1


_DRAW: dict[str, Callable[[float, np.random.Generator], Defect]] = {
    "scratch": _scratch,
    "dent": _dent,
    "colour": _colour,
    "bevel-1": _bevel_1,
    "bevel-2": _bevel_2,
}
