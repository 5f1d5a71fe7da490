"""Light on turned metal: the anisotropic lobe of each LED, a little scattered light, and the box's mirror image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.simulate.sleeve import RADIUS, Field, Sleeve

_GLOSS, _DULL, _ROOM = 2.6, 0.035, 1.1
# What a mirror in the box would show, by the height of the reflected ray (its z): the belt, the lit walls, the dark
# lid with the lens in its middle.
_RAY_HEIGHT = np.array([-1.0, -0.25, 0.0, 0.25, 0.5, 0.72, 0.9, 1.0])
_ROOM_LIGHT = np.array([0.010, 0.014, 0.05, 0.16, 0.13, 0.055, 0.035, 0.03])


@dataclass(frozen=True, slots=True)
class Patch:
    """Points of the surface [h, w]: u and φ (angle from the lens' side, radians), the radius there, and the slopes of
    the surface along the axis and around it."""

    u: Field
    phi: Field
    radius: Field
    slope_u: Field
    slope_s: Field


def shade(patch: Patch, sleeve: Sleeve, leds: NDArray[np.float64], lens: NDArray[np.float64]) -> tuple[Field, Field]:
    """What leaves the surface towards the lens.

    Ward's lobe (Ward 1992) is written in slopes: a microscopic facet mirrors an LED into the lens if its slope is that
    of the half vector, and facets' slopes are normally distributed about the surface's slope, wide across the
    machining marks and narrow along them.

    Args:
        leds: positions [N, 3], lens: [3], both in the part's frame, mm.

    Returns:
        luminance of lamp and room together, and that of the mirrored lamp alone: float32 [h, w], about 1 where white.
    """
    sin, cos = np.sin(patch.phi), np.cos(patch.phi)
    at = patch.u, patch.radius * sin, patch.radius * cos
    view = _unit(*(np.float32(lens[i]) - at[i] for i in range(3)))
    tilt = 1 / np.sqrt(1 + patch.slope_u**2 + patch.slope_s**2)
    seen = np.maximum(_facing(view, sin, cos, patch) * tilt, 0.08)
    gloss, dull = np.zeros_like(seen), np.zeros_like(seen)
    nominal = float(np.mean(np.sum(leds**2, axis=1)))
    for led in leds:
        ray = tuple(np.float32(led[i]) - at[i] for i in range(3))
        square = ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2
        inverse = 1 / np.sqrt(square)
        ray = tuple(component * inverse for component in ray)
        lit = np.maximum(_facing(ray, sin, cos, patch) * tilt, 0) * (np.float32(nominal) / square)
        half = tuple(a + b for a, b in zip(ray, view, strict=True))
        up = np.maximum(half[1] * sin + half[2] * cos, 0.05)
        off_u = (half[0] / up + patch.slope_u) * np.float32(1 / sleeve.across)
        off_s = ((half[1] * cos - half[2] * sin) / up + patch.slope_s) * np.float32(1 / sleeve.along)
        lobe = np.asarray(cv2.exp(-(off_u**2 + off_s**2)), np.float32)
        gloss += lobe * np.sqrt(lit)
        dull += lit
    gloss *= np.float32(_GLOSS * 0.02 / (sleeve.across * sleeve.along * len(leds))) / np.sqrt(seen)
    dull *= np.float32(_DULL / len(leds))
    return gloss + dull + _room(patch, view, sin, cos, tilt, seen), gloss


def ring_on_belt(x: Field, y: Field, leds: NDArray[np.float64]) -> Field:
    """Irradiance of the matt belt at x, y mm: 1 below the middle of the lamp."""
    height = float(leds[0, 2])
    middle = leds[:, :2].mean(axis=0)
    square = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (height**2 + float(np.sum((leds[0, :2] - middle) ** 2)))
    return (1 / (1 + square) ** 2).astype(np.float32)


def shadow(across: Field, past_end: Field) -> Field:
    """How much of the lamp the belt loses beside the part, 0 to 1; distances from the axis and past the part's end."""
    beside = np.maximum(np.maximum(np.abs(across) - RADIUS, past_end), 0)
    return (0.8 * np.exp(-beside / (0.28 * RADIUS))).astype(np.float32)


def _room(patch: Patch, view: tuple[Field, ...], sin: Field, cos: Field, tilt: Field, seen: Field) -> Field:
    """The mirror image of the box, stronger where it is seen at a grazing angle (Schlick 1994)."""
    normal = (
        -patch.slope_u * tilt,
        (sin - patch.slope_s * cos) * tilt,
        (cos + patch.slope_s * sin) * tilt,
    )
    ray_height = 2 * seen * normal[2] - view[2]
    # The door's side of the box is a little brighter than the other.
    side = 1 + 0.25 * (2 * seen * normal[1] - view[1])
    mirrored = np.interp(ray_height, _RAY_HEIGHT, _ROOM_LIGHT).astype(np.float32)
    return (_ROOM * mirrored * side * (0.75 + 0.25 * (1 - seen) ** 5)).astype(np.float32)


def _facing(ray: tuple[Field, ...], sin: Field, cos: Field, patch: Patch) -> Field:
    """Ray · normal, but for the normal's length."""
    outwards = ray[1] * sin + ray[2] * cos
    around = ray[1] * cos - ray[2] * sin
    return outwards - patch.slope_u * ray[0] - patch.slope_s * around


def _unit(x: Field, y: Field, z: Field) -> tuple[Field, ...]:
    inverse = 1 / np.sqrt(x**2 + y**2 + z**2)
    return x * inverse, y * inverse, z * inverse
