"""A whole line on the virtual clock. The model is a stand-in that reads the truth from the part's grey level, so that
every wrong bin is the line's own doing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import numpy as np

from edge.parts import State
from edge.virtual.belt import LaidPart
from edge.virtual.rig import Rig

GOOD, BAD = 60, 220


def lay_parts(rig: Rig, truths: Iterable[bool], gap_mm: Callable[[], float] = lambda: 60.0) -> list[LaidPart]:
    """Lays parts behind each other, the first 100 mm before the photo-eye."""
    side = round(rig.part_mm / rig.optics.mm_per_px)
    head, parts = rig.line.position() + 100.0, []
    for number, bad in enumerate(truths, start=1):
        picture = np.full((min(side, rig.optics.height_px), side, 3), BAD if bad else GOOD, np.uint8)
        parts.append(LaidPart(number, head, rig.part_mm, picture, bad))
        rig.lay(parts[-1])
        head += rig.part_mm + gap_mm()
    return parts


def mixed(n: int, seed: int = 1, share_bad: float = 0.3) -> list[bool]:
    draw = random.Random(seed)
    return [draw.random() < share_bad for _ in range(n)]


def states(rig: Rig) -> dict[int, State]:
    """Final state by part number: the n-th trigger is the n-th part that was laid."""
    return {record.account.part.id: record.account.state for record in rig.records}


def assert_bins_match_the_ledger(rig: Rig) -> None:
    """What fell into the reject bin is exactly what the ledger did not pass, part for part."""
    ledger = states(rig)
    assert {p.number: p.ejected for p in rig.line.fallen} == {n: s is not State.PASSED for n, s in ledger.items()}
    counts = rig.inspector.counts()
    assert counts.balanced
    assert counts.in_flight == 0
