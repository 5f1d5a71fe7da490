"""Synthetic defects: what a choice can be measured with where nobody has bad parts.

Three kinds, drawn on good tiles with the textures of good tiles, so that neither brightness nor sharpness alone gives
them away:

patch    a rectangle of another place or picture (CutPaste, Li et al. 2021)
scar     a thin, turned rectangle (the same paper's second kind)
blob     a threshold of Perlin noise, mixed with another picture's texture by a random opacity (DRAEM, Zavrtanik et al.
         2021)

They are for choosing between models, epochs and settings. A model that finds them need not find real defects, and what
it scores on them is no promise.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image

Mask = NDArray[np.bool_]

_AREA = (0.002, 0.03)
_FAINTEST = 2.0
_TRIES = 8


def defects(tiles: Image, seed: int, copies: int = 1) -> tuple[Image, Mask]:
    """Draws one defect on each of `copies` copies of the tiles.

    Args:
        tiles: good ones, uint8 [N, H, W, 3], N ≥ 1; also where the textures come from.
        seed: the same seed, the same defects.

    Returns:
        defective tiles uint8 [copies · N, H, W, 3], and where they differ from the good ones, bool [copies · N, H, W].
        The kinds take turns.
    """
    rng = np.random.default_rng(seed)
    drawn = [_draw(tiles, i % len(tiles), _KINDS[i % len(_KINDS)], rng) for i in range(copies * len(tiles))]
    return np.stack([tile for tile, _ in drawn]), np.stack([mask for _, mask in drawn])


def _draw(tiles: Image, at: int, kind: _Kind, rng: np.random.Generator) -> tuple[Image, Mask]:
    """A defect that nobody could see is drawn again, on smooth parts a bounded number of times."""
    tile = tiles[at]
    changed, mask = tile, np.zeros(tile.shape[:2], bool)
    for _ in range(_TRIES):
        opacity = kind(tile.shape[0], tile.shape[1], rng)[..., None]
        texture = _texture(tiles[rng.integers(len(tiles))], rng)
        mixed = tile + opacity * (texture - tile)
        changed = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        difference = np.abs(changed.astype(np.int16) - tile).max(axis=2)
        mask = difference > 0
        if mask.any() and difference[mask].mean() >= _FAINTEST:
            break
    return changed, mask


def _texture(source: Image, rng: np.random.Generator) -> NDArray[np.float32]:
    """Another tile, shifted, turned over and somewhat brighter or darker, float32 [H, W, 3]."""
    h, w = source.shape[:2]
    moved = np.roll(source, (rng.integers(h), rng.integers(w)), axis=(0, 1))
    if rng.random() < 0.5:
        moved = moved[::-1]
    if rng.random() < 0.5:
        moved = moved[:, ::-1]
    return (moved * rng.uniform(0.7, 1.3) + rng.uniform(-20, 20)).astype(np.float32)


def _patch(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    return _rectangle(h, w, rng.uniform(*_AREA), np.exp(rng.uniform(np.log(0.3), np.log(3.3))), 0.0, rng)


def _scar(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    aspect = rng.uniform(6, 20)
    return _rectangle(h, w, rng.uniform(_AREA[0], _AREA[1] / 3), aspect, rng.uniform(0, 180), rng)


def _rectangle(
    h: int, w: int, area: float, aspect: float, degrees: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Opacity 1 in a rectangle of this share of the picture, at a random place, 0 elsewhere: float32 [H, W]."""
    long, short = (area * h * w * aspect) ** 0.5, max(1.5, (area * h * w / aspect) ** 0.5)
    middle = (float(rng.uniform(0.1, 0.9) * w), float(rng.uniform(0.1, 0.9) * h))
    corners = cv2.boxPoints((middle, (float(long), float(short)), float(degrees)))
    opacity = np.zeros((h, w), np.float32)
    cv2.fillConvexPoly(opacity, np.rint(corners).astype(np.int32), 1.0)
    return opacity


def _blob(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The highest part of smooth noise inside a random window, with soft edges: float32 [H, W] up to the opacity."""
    side = max(8, round((rng.uniform(*_AREA) * 4 * h * w) ** 0.5))
    side = min(side, h, w)
    noise = perlin(side, int(rng.integers(2, 5)), rng)
    # Fades towards the window's border, so that no straight edge is left of it.
    ramp = np.minimum(np.linspace(0, 1, side), np.linspace(1, 0, side))
    noise = noise + 2 * np.minimum.outer(ramp, ramp).astype(np.float32)
    cut = float(np.quantile(noise, 0.75))
    inside = (noise > cut).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(inside, (0, 0), 1.0), np.float32)
    opacity = np.zeros((h, w), np.float32)
    y, x = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    opacity[y : y + side, x : x + side] = soft * np.float32(rng.uniform(0.4, 1.0))
    return opacity


def perlin(side: int, cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gradient noise (Perlin 1985), float32 [side, side], about -0.7 to 0.7: `cells` × `cells` lattice squares."""
    angles = rng.uniform(0, 2 * np.pi, (cells + 1, cells + 1))
    at = (np.arange(side) + 0.5) * cells / side
    cell, inner = at.astype(int), at % 1
    fade = inner**3 * (inner * (inner * 6 - 15) + 10)

    def corner(dy: int, dx: int) -> NDArray[np.floating]:
        angle = angles[np.ix_(cell + dy, cell + dx)]
        return np.sin(angle) * (inner - dy)[:, None] + np.cos(angle) * (inner - dx)[None]

    top = corner(0, 0) + fade[None] * (corner(0, 1) - corner(0, 0))
    bottom = corner(1, 0) + fade[None] * (corner(1, 1) - corner(1, 0))
    return (top + fade[:, None] * (bottom - top)).astype(np.float32)


_Kind = Callable[[int, int, np.random.Generator], NDArray[np.float32]]
_KINDS: tuple[_Kind, ...] = (_patch, _scar, _blob)
