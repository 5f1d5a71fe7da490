"""The closed loop: thousands of parts on the virtual clock, with faults from a seeded plan, and what must hold of it.

The model is a stand-in that knows the truth of each part by the instant at which it came, and looks whether there is
a part in the picture at all; so every wrong bin is the line's own doing.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge.camera.aim import Sight
from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import NEVER_NS
from edge.errors import NotLocated
from edge.parts import Account, Ejection, PartMap, Record, State
from edge.virtual.belt import LaidPart
from edge.virtual.faults import Fault, FaultDesk
from edge.virtual.line import Layout
from edge.virtual.rig import Rig

PART_MM = 60.0
SPEED_MM_S = 200.0
LAYOUT = Layout(camera_mm=60.0, ejector_mm=420.0, drop_mm=260.0, mm_per_tick=5.0, gate_eye_mm=360.0, chute_ms=120.0)
_GOOD, _BAD, _EMPTY = 90, 220, 50
_AHEAD_MM = 2000.0
_STEP_S = 0.5
_SECTIONS: dict[str, Any] = {
    "ejector": {"part_mm": PART_MM, "pulse_ms": 60.0},
    "trigger": {"longest_mm": 100.0},
    "belt": {"stall_ms": 300},
}


@dataclass(frozen=True)
class Plan:
    """What will happen: for each part whether it is bad, the gap (mm) behind it and how long (ms) it takes to score;
    and the faults."""

    bad: tuple[bool, ...]
    gaps_mm: tuple[float, ...]
    takes_ms: tuple[float, ...]
    faults: tuple[Fault, ...] = ()


@dataclass
class Loop:
    """What happened. `told` are ejections with the instant at which the box told of them."""

    rig: Rig
    parts: list[LaidPart]
    accounts: dict[int, Account] = field(default_factory=dict)
    told: list[tuple[int, Ejection]] = field(default_factory=list)
    unbalanced: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def draw_plan(seed: int, parts: int) -> Plan:
    """A plan of every kind of fault, one after the other in random order and at random distances."""
    draw = random.Random(seed)
    gaps = tuple(draw.choice((8.0, 15.0, 40.0, 90.0, 200.0)) for _ in range(parts))
    length_s = (sum(gaps) + parts * PART_MM) / SPEED_MM_S
    faults, at_s = [], 5.0
    while at_s < length_s:
        faults.append(_draw_fault(draw, at_s))
        at_s += (faults[-1].seconds or 0.0) + draw.uniform(2.0, 25.0)
    return Plan(
        bad=tuple(draw.random() < 0.2 for _ in range(parts)),
        gaps_mm=gaps,
        takes_ms=tuple(draw.choice((15.0, 20.0, 30.0, 60.0, 250.0)) for _ in range(parts)),
        faults=tuple(faults),
    )


def _draw_fault(draw: random.Random, at_s: float) -> Fault:
    return draw.choice(
        (
            Fault(kind="speed", at_s=at_s, value=draw.uniform(80, 300), seconds=draw.uniform(1, 20)),
            Fault(kind="stop", at_s=at_s, value=None, seconds=draw.uniform(0.1, 30)),
            Fault(kind="slip", at_s=at_s, value=draw.choice((4.0, 10.0, 30.0, 90.0))),
            Fault(kind="lost_ticks", at_s=at_s, value=draw.choice((1, 3, 10, 40))),
            Fault(kind="encoder_dead", at_s=at_s, seconds=draw.uniform(0.05, 5)),
            Fault(kind="camera_stall", at_s=at_s, seconds=draw.uniform(0.1, 3)),
            Fault(kind="camera_late", at_s=at_s, value=draw.uniform(20, 800), seconds=draw.uniform(0.5, 5)),
            Fault(kind="light_off", at_s=at_s, seconds=draw.uniform(0.2, 3)),
            Fault(kind="light_aged", at_s=at_s, value=draw.uniform(0.7, 0.95), seconds=draw.uniform(1, 10)),
            Fault(kind="eye_stuck", at_s=at_s, seconds=draw.uniform(0.6, 5)),
            Fault(kind="weak_jet", at_s=at_s, value=draw.uniform(0.0, 0.9), seconds=draw.uniform(0.5, 5)),
            Fault(kind="jam", at_s=at_s, seconds=draw.uniform(2.5, 8)),
        )
    )


def ride(plan: Plan) -> Loop:
    """Carries the parts past the box while the faults happen."""
    parts: list[LaidPart] = []
    truth = _Truth(parts)
    rig = Rig(
        truth.look,
        takes_ms=lambda sight: plan.takes_ms[sight.part.id % len(plan.takes_ms)],
        layout=LAYOUT,
        part_mm=PART_MM,
        speed_mm_s=SPEED_MM_S,
        **_SECTIONS,
    )
    loop = Loop(rig, parts)
    rig.on_record = lambda record: _record(loop, record)
    rig.on_ejection = lambda ejection: loop.told.append((rig.clock.now_ns(), ejection))
    desk = FaultDesk(rig.line, rig, 0, plan.faults)
    head = 100.0
    while len(parts) < len(plan.bad) or rig.line.riding:
        while len(parts) < len(plan.bad) and head < rig.line.position() + _AHEAD_MM:
            n = len(parts)
            picture = np.full((24, 30, 3), _BAD if plan.bad[n] else _GOOD, np.uint8)
            parts.append(LaidPart(n + 1, head, PART_MM, picture, plan.bad[n]))
            rig.lay(parts[-1])
            head += PART_MM + plan.gaps_mm[n % len(plan.gaps_mm)]
        _step(rig, desk)
        loop.unbalanced += not rig.inspector.counts().balanced
    desk.mend()
    rig.run(3)
    loop.faults.update(fault.kind for fault in desk.begun)
    return loop


def _step(rig: Rig, desk: FaultDesk) -> None:
    """Half a second, stopping at each instant at which a fault begins or ends."""
    end = rig.clock.now_ns() + round(_STEP_S * NS_PER_S)
    while rig.clock.now_ns() < end:
        wake = desk.next_ns()
        until = end if wake is None else min(end, max(wake, rig.clock.now_ns()))
        rig.clock.advance(until - rig.clock.now_ns())
        rig.line.advance()
        if desk.poll(rig.clock.now_ns()):
            rig.changed()


def _record(loop: Loop, record: Record) -> None:
    loop.accounts[record.account.part.id] = record.account
    loop.unbalanced += not loop.rig.inspector.counts().balanced


class _Truth:
    """Knows each part by the instant at which its front was before the photo-eye."""

    def __init__(self, parts: list[LaidPart]) -> None:
        self._parts = parts

    def look(self, sight: Sight) -> PartMap:
        h, w = sight.image.shape[:2]
        if float(sight.image[h // 4 : -h // 4, w // 4 : -w // 4].mean()) < _EMPTY:
            raise NotLocated("no part is in the picture, or it is too dark to tell")
        part = part_of(self._parts, sight.part.trigger.at_ns)
        score = 1.0 if part is None or part.bad else 0.0
        return PartMap(np.full((2, 2), score, np.float32), score)


def part_of(parts: list[LaidPart], at_ns: int) -> LaidPart | None:
    """The part that came before the eye at an instant; 2 ms off is another."""
    # Parts come in the order in which they lie; those that have not come yet are behind all others.
    near = bisect_left(parts, at_ns - 2 * NS_PER_MS, key=lambda part: NEVER_NS if part.eye_ns is None else part.eye_ns)
    if near < len(parts):
        eye_ns = parts[near].eye_ns
        if eye_ns is not None and abs(eye_ns - at_ns) <= 2 * NS_PER_MS:
            return parts[near]
    return None


def amiss(loop: Loop) -> list[str]:
    """What must not be, in words; empty if the run is good.

    A part that was judged bad or not judged is in the reject bin, or was told to be unconfirmed before it fell off the
    belt's end. A part that was judged good is in the pass bin, or was told to be taken along. The ledger balances.
    """
    said = []
    known = {id(part_of(loop.parts, a.part.trigger.at_ns)): a for a in loop.accounts.values()}
    doubted = {e.part_id: at for at, e in reversed(loop.told) if e.confirmed is False}
    taken = {e.part_id for _, e in loop.told if e.note}
    for part in loop.rig.line.fallen:
        account = known.get(id(part))
        good = account is not None and account.state is State.PASSED
        number = account.part.id if account is not None else None
        if not good and not part.ejected:
            told_ns = doubted.get(number) if number is not None else None
            if told_ns is None or (part.fell_ns is not None and told_ns > part.fell_ns):
                what = "nobody saw it" if account is None else account.state.value
                said.append(f"part {part.number} ({what}) is in the pass bin, and nobody was told")
        if good and part.ejected and number not in taken:
            said.append(f"part {part.number} was judged good and ejected, and nobody was told")
    counts = loop.rig.inspector.counts()
    if loop.unbalanced or not counts.balanced or counts.in_flight:
        said.append(f"the ledger did not balance {loop.unbalanced} times: {counts}")
    return said


def summary(loop: Loop) -> dict[str, Any]:
    """Figures of a run, for people and for JSON."""
    fallen, gate = loop.rig.line.fallen, loop.rig.inspector.watch.tally
    accounts = loop.accounts.values()
    return {
        "parts": len(fallen),
        "ledger": loop.rig.inspector.counts().to_dict(),
        "uninspected_reasons": dict(Counter(a.reason.value for a in accounts if a.reason)),
        "faults": dict(loop.faults),
        "ejections": gate.ejections,
        "confirmed": gate.confirmed,
        "unconfirmed": gate.unconfirmed,
        "taken": gate.taken,
        "bad_in_pass": sum(part.bad and not part.ejected for part in fallen),
        "good_in_reject": sum(not part.bad and bool(part.ejected) for part in fallen),
        "belt_hours": round(loop.rig.clock.now_ns() / 3.6e12, 2),
    }
