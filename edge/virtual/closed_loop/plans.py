"""What will happen on a line, drawn from a seed or by hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.virtual.closed_loop.lines import LINES, PART_MM, SPEED_MM_S
from edge.virtual.faults import Fault, Kind

Draw = Callable[[random.Random], float]
_BAD_SHARE = 0.2

# How much of each fault, and for how long (s). A fault that is in neither takes no value, or is over at once.
AMOUNTS: dict[Kind, Draw] = {
    "speed": lambda draw: draw.uniform(80, 300),
    "backwards": lambda draw: draw.uniform(2, 150),
    "slip": lambda draw: draw.choice((4.0, 10.0, 30.0, 90.0)),
    "lost_ticks": lambda draw: draw.choice((1, 3, 10, 40)),
    "eye_bounce": lambda draw: draw.uniform(0.5, 15),
    "camera_late": lambda draw: draw.uniform(20, 800),
    "light_aged": lambda draw: draw.uniform(0.7, 0.95),
    "blur": lambda draw: draw.uniform(0.5, 6),
    "lens_knocked": lambda draw: draw.uniform(1, 15),
    "weak_jet": lambda draw: draw.uniform(0.0, 0.9),
}
LASTS: dict[Kind, tuple[float, float]] = {
    "speed": (1, 20),
    "stop": (0.1, 30),
    "encoder_dead": (0.05, 5),
    "encoder_b_dead": (0.05, 5),
    "encoder_bounce": (0.5, 10),
    "eye_stuck": (0.6, 5),
    "eye_dead": (0.6, 5),
    "eye_bounce": (1, 10),
    "gate_eye_stuck": (0.3, 5),
    "gate_eye_dead": (0.3, 5),
    "camera_stall": (0.1, 3),
    "camera_late": (0.5, 5),
    "camera_frozen": (0.2, 5),
    "camera_disorder": (0.5, 5),
    "light_off": (0.2, 3),
    "light_aged": (1, 10),
    "blur": (1, 10),
    "lens_knocked": (1, 10),
    "weak_jet": (0.5, 5),
    "jam": (2.5, 8),
    "chute_dead": (1, 5),
}


@dataclass(frozen=True)
class Plan:
    """What will happen: for each part whether it is bad, the gap (mm) behind it, its length (mm) or, on a watched line,
    its turn (degrees), and how long (ms) it takes to score; and the faults. All but the truth come again where there
    are more parts."""

    bad: tuple[bool, ...]
    gaps_mm: tuple[float, ...]
    takes_ms: tuple[float, ...]
    faults: tuple[Fault, ...] = ()
    lengths_mm: tuple[float, ...] = (PART_MM,)
    turns_deg: tuple[float, ...] = (0.0,)
    line: str = "jet"


def draw_plan(seed: int, parts: int, line: str = "jet") -> Plan:
    """A plan of faults, one after the other at random distances; each kind comes once before any comes again."""
    draw, kind = random.Random(seed), LINES[line]
    gaps = tuple(draw.choice(kind.gaps_mm) for _ in range(parts))
    length_s = (sum(gaps) + parts * PART_MM) / SPEED_MM_S
    faults, at_s = [], kind.quiet_s
    deck: list[Kind] = []
    while at_s < length_s:
        deck = deck or draw.sample(kind.faults, len(kind.faults))
        faults.append(draw_fault(draw, deck.pop(), at_s, kind.lasts))
        at_s += (faults[-1].seconds or 0.0) + draw.uniform(2.0, 25.0)
    return Plan(
        bad=tuple(draw.random() < _BAD_SHARE for _ in range(parts)),
        gaps_mm=gaps,
        takes_ms=tuple(draw.choice((15.0, 20.0, 30.0, 60.0, 250.0)) for _ in range(parts)),
        faults=tuple(faults),
        lengths_mm=tuple(draw.choice(kind.lengths_mm) for _ in range(parts)),
        turns_deg=tuple(draw.uniform(-40, 40) for _ in range(parts)),
        line=line,
    )


def draw_fault(
    draw: random.Random, kind: Kind, at_s: float, lasts: Mapping[Kind, tuple[float, float]] = LASTS
) -> Fault:
    """A fault of a kind, with a random amount and duration; `lasts` says how long, where it is not as usual."""
    value = AMOUNTS[kind](draw) if kind in AMOUNTS else None
    span = lasts.get(kind) or LASTS.get(kind)
    seconds = draw.uniform(*span) if span else None
    return Fault(kind=kind, at_s=at_s, value=value, seconds=seconds)
