"""Carries parts past a box while a plan's faults happen, and writes down what was seen."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from edge.camera.aim import Sight
from edge.clock import NS_PER_S
from edge.errors import NotLocated
from edge.parts import Account, Ejection, PartMap, Record, Trigger
from edge.virtual.belt import LaidPart
from edge.virtual.closed_loop import coded, watched
from edge.virtual.closed_loop.lines import LINES, PART_MM, SPEED_MM_S, LineKind
from edge.virtual.closed_loop.plans import Plan
from edge.virtual.fault_desk import FaultDesk
from edge.virtual.rig import Rig

_AHEAD_MM = 2000.0
_STEP_S = 0.5
_OPTICAL = ("light_off", "light_aged", "blur", "lens_knocked")
_LATELY = 60  # parts; a number that is further from the newest was misread


@dataclass
class Loop:
    """What happened.

    `parts` were laid in this order. `owners` says for each account which of them it is about, where there is one, and
    `pictures` the number that its picture showed (None: unreadable). `told` are ejections with the instant at which
    the box told of them; `alarms` those that were raised, with an instant at most half a second later, and again while
    the photo-eye stays dark. `imaging` is what a watched line's pictures told.
    """

    rig: Rig
    kind: LineKind
    parts: list[LaidPart] = field(default_factory=list)
    accounts: dict[int, Account] = field(default_factory=dict)
    owners: dict[int, LaidPart | None] = field(default_factory=dict)
    pictures: dict[int, int | None] = field(default_factory=dict)
    told: list[tuple[int, Ejection]] = field(default_factory=list)
    alarms: list[tuple[int, str]] = field(default_factory=list)
    imaging: watched.ImagingLoop = field(default_factory=watched.ImagingLoop)
    unbalanced: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def look(self, sight: Sight) -> PartMap:
        """The stand-in for a model: reads which part is in the picture, and knows whether that one is bad. On a
        watched line it sees defects, or does not see them, and reads no number."""
        if self.kind.watched:
            part = self.owner(sight.part.trigger)
            self.pictures[sight.part.id] = part.number if part else None
            found = self.imaging.look(sight.image, part.number if part else 0, part is not None and part.bad)
            return PartMap(np.full((2, 2), found, np.float32), found)
        if coded.is_dark(sight.image):
            raise NotLocated("no part is in the picture, or it is too dark to tell")
        number = coded.read(sight.image)
        if number is not None and not len(self.parts) - _LATELY < number <= len(self.parts):
            number = None
        self.pictures[sight.part.id] = number
        score = 1.0 if number is None or self.parts[number - 1].bad else 0.0
        return PartMap(np.full((2, 2), score, np.float32), score)

    def owner(self, trigger: Trigger) -> LaidPart | None:
        """The part that a trigger is about: the one that truly lay where the box said, then."""
        said = self.rig.inspector.conveyor.position(trigger.at_ns) - trigger.belt_mm
        head = self.rig.line.position(trigger.at_ns) - said - self.kind.front_mm
        near = bisect_left(self.parts, head, key=lambda part: part.head_mm)
        found = min(self.parts[max(0, near - 1) : near + 1], key=lambda part: abs(part.head_mm - head), default=None)
        return found if found is not None and abs(found.head_mm - head) <= self.kind.within_mm else None


def ride(plan: Plan) -> Loop:
    """Carries the parts past the box while the faults happen."""
    kind = LINES[plan.line]
    rig = Rig(
        lambda sight: loop.look(sight),
        takes_ms=lambda sight: plan.takes_ms[sight.part.id % len(plan.takes_ms)],
        layout=kind.layout,
        optics=kind.optics,
        part_mm=PART_MM,
        speed_mm_s=SPEED_MM_S,
        actuator=kind.actuator(),
        **kind.sections,
    )
    loop = Loop(rig, kind)
    rig.on_record = lambda record: _record(loop, record)
    rig.on_ejection = lambda ejection: loop.told.append((rig.clock.now_ns(), ejection))
    desk = FaultDesk(rig.line, rig, 0, plan.faults)
    head = kind.first_mm
    while len(loop.parts) < len(plan.bad) or rig.line.riding:
        while len(loop.parts) < len(plan.bad) and head < rig.line.position() + _AHEAD_MM:
            head = _lay(loop, plan, head)
        _step(loop, desk)
    desk.mend(rig.clock.now_ns())
    rig.run(3)
    if kind.every_mm:
        rig.inspector.stop(rig.clock.now_ns())  # empty pockets are triggered for as long as the belt runs
    loop.faults.update(fault.kind for fault in desk.begun)
    return loop


def _lay(loop: Loop, plan: Plan, head_mm: float) -> float:
    """Lays the next part; returns where the one behind it begins."""
    n = len(loop.parts)
    if loop.kind.watched:
        turn = plan.turns_deg[n % len(plan.turns_deg)]
        length, picture = watched.extent_mm(turn), watched.draw(n + 1, plan.bad[n], turn)
    else:
        length = plan.lengths_mm[n % len(plan.lengths_mm)]
        picture = coded.draw(n + 1, round(length / loop.kind.optics.mm_per_px))
    loop.parts.append(LaidPart(n + 1, head_mm, length, picture, plan.bad[n]))
    loop.rig.lay(loop.parts[-1])
    return loop.kind.next_mm(head_mm, length, plan.gaps_mm[n % len(plan.gaps_mm)])


def _step(loop: Loop, desk: FaultDesk) -> None:
    """Half a second, stopping at each instant at which a fault begins or ends."""
    rig = loop.rig
    before = rig.inspector.watch.stop.raised
    end = rig.clock.now_ns() + round(_STEP_S * NS_PER_S)
    while rig.clock.now_ns() < end:
        wake = desk.next_ns()
        until = end if wake is None else min(end, max(wake, rig.clock.now_ns()))
        rig.clock.advance(until - rig.clock.now_ns())
        rig.line.advance()
        begun = len(desk.begun)
        if desk.poll(rig.clock.now_ns()):
            rig.changed()
        if any(fault.kind in _OPTICAL for fault in desk.begun[begun:]):
            loop.imaging.changed()
    loop.unbalanced += not rig.inspector.counts().balanced
    for alarm, times in rig.inspector.watch.stop.raised.items():
        if times != before.get(alarm, 0):
            loop.alarms.append((end, alarm))
    if rig.inspector.trust.eye_stuck:
        loop.alarms.append((end, "eye"))


def _record(loop: Loop, record: Record) -> None:
    account = record.account
    loop.accounts[account.part.id] = account
    loop.owners[account.part.id] = loop.owner(account.part.trigger)
    loop.unbalanced += not loop.rig.inspector.counts().balanced
