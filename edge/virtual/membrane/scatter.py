"""Defects of every kind, laid out so that each can be told from the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.virtual.membrane.defects import Crack, Defect, Pinhole, Speck, Splice, Streak, ThinCoating, Wrinkle

_LANE_MM = 15.0
_ROOM_MM = 45.0
# By place and two numbers from 0 to 1, the first of which says how large.
_KINDS: tuple[Callable[[float, float, float, float], Defect], ...] = (
    lambda at, across, size, more: Pinhole(at, across, diameter_mm=0.1 + 0.4 * size),
    lambda at, across, size, more: Speck(at, across, diameter_mm=0.2 + 0.6 * size),
    lambda at, across, size, more: Wrinkle(at, across, length_mm=8 + 14 * size, degrees=180 * more),
    lambda at, across, size, more: ThinCoating(at, across, length_mm=8 + 10 * size, width_mm=8 + 10 * more),
    lambda at, across, size, more: Crack(at, depth_mm=2 + 8 * size),
)


def scatter(length_mm: float, width_mm: float, *, seed: int = 0) -> list[Defect]:
    """Defects of a web of `width_mm` (90 or more) on its first `length_mm`, one after the other every few centimetres.

    Pinholes of 0.1 to 0.5 mm, specks of 0.2 to 0.8 mm, wrinkles, thin coating and edge cracks of several sizes take
    turns; a splice lies at the end. Streaks of different width and darkness run by themselves in a lane at the right
    edge, each as long as it has room.
    """
    draw = np.random.default_rng(seed)
    defects: list[Defect] = []
    for number, place in enumerate(np.arange(_ROOM_MM, length_mm - 2 * _ROOM_MM, _ROOM_MM)):
        at, across = place + float(draw.uniform(-4, 4)), float(draw.uniform(_ROOM_MM, width_mm - 2.5 * _LANE_MM))
        defects.append(_KINDS[number % len(_KINDS)](float(at), across, float(draw.uniform()), float(draw.uniform())))
    streaks = np.arange(_ROOM_MM, length_mm - 2 * _ROOM_MM, 10 * _ROOM_MM)
    for number, at in enumerate(streaks):
        room = min(9 * _ROOM_MM, length_mm - 2 * _ROOM_MM - float(at))
        dark = -15.0 - 10 * (number % 3)
        defects.append(Streak(float(at), width_mm - _LANE_MM, room, width_mm=0.15 + 0.1 * (number % 2), grey=dark))
    return [*defects, Splice(length_mm - _ROOM_MM, width_mm)]
