"""The reject schedule and the pulse.

Every part that comes gets its place here, whatever will be said of it, at the belt position where it will lie before
the ejector. A part is spared only if somebody said so in time: the one that nobody spoke for is reported as overdue.
The pin goes through one state machine with one rule: it is active only inside a window that a part has been given.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from edge.conveyor import NEVER_NS, Conveyor
from edge.parts import Ejection, Part


class Output(Protocol):
    """A pin that drives the actuator. Both are idempotent."""

    def on(self) -> None: ...

    def off(self) -> None: ...


@dataclass(slots=True)
class _Turn:
    part: Part
    due_mm: float
    eject: bool | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at the schedule brought: parts that need a decision now, and turns that are over.

    A turn that should have been ejected and has `done_ns` None was missed: the part went by with nobody at the pin.
    """

    overdue: tuple[Part, ...] = ()
    ejections: tuple[Ejection, ...] = ()
    missed: tuple[Ejection, ...] = ()


@dataclass
class _News:
    overdue: list[Part] = field(default_factory=list)
    ejections: list[Ejection] = field(default_factory=list)
    missed: list[Ejection] = field(default_factory=list)


class Ejector:
    """Pulses of `pulse_ns`, centred on the instant when the part's centre lies before the ejector.

    The pin rises `lead_ns` earlier than that, for an actuator that takes time to move. Windows that touch are joined:
    the pin stays active from the first to the last.

    Args:
        distance_mm: belt travel from the trigger to the ejector.
        decide_ns: a part undecided this long before its window opens is overdue.
    """

    def __init__(
        self,
        conveyor: Conveyor,
        output: Output,
        *,
        distance_mm: float,
        pulse_ns: int,
        lead_ns: int = 0,
        decide_ns: int = 0,
    ) -> None:
        self._conveyor = conveyor
        self._output = output
        self._distance = distance_mm
        self._pulse = pulse_ns
        self._lead = lead_ns
        self._decide = decide_ns
        self._turns: deque[_Turn] = deque()
        self._by_id: dict[int, _Turn] = {}
        self._off_ns: int | None = None
        self._purge_mm: float | None = None

    def expect(self, part: Part) -> None:
        """A part is under way. Parts come in belt order."""
        turn = _Turn(part, part.trigger.belt_mm + self._distance)
        self._turns.append(turn)
        self._by_id[part.id] = turn

    def decide(self, part_id: int, *, eject: bool) -> bool:
        """Says what is to become of a part. Returns False where its turn is over."""
        turn = self._by_id.get(part_id)
        if turn is None:
            return False
        turn.eject = eject
        return True

    def purge(self, until_mm: float) -> None:
        """Ejects all that passes until the belt is at `until_mm`: parts that came while nobody watched."""
        self._purge_mm = until_mm
        self._output.on()

    @property
    def purging(self) -> bool:
        return self._purge_mm is not None

    def next_ns(self, now_ns: int) -> int | None:
        """When `poll` has work next, as far as can be known now; None where nothing is under way."""
        instants = [] if self._off_ns is None else [self._off_ns]
        if self._purge_mm is not None:
            instants.append(self._conveyor.when(self._purge_mm, now_ns))
        if self._turns:
            turn = self._turns[0]
            rise = self._rise(turn, now_ns)
            instants.append(rise - self._decide if turn.eject is None and not turn.overdue else rise)
        return min(instants) if instants else None

    def poll(self, now_ns: int, clock_ns: Clockwork | None = None) -> Poll:
        """Does what is due at `now_ns`. `clock_ns` is asked for the instant at which a pin really rose."""
        news = _News()
        self._end_purge(now_ns)
        while self._turns:
            turn = self._turns[0]
            rise = self._rise(turn, now_ns)
            if turn.eject is None and not turn.overdue and now_ns >= rise - self._decide:
                turn.overdue = True
                news.overdue.append(turn.part)
                break  # whoever asked decides, then polls again
            if now_ns < rise:
                break
            self._turns.popleft()
            del self._by_id[turn.part.id]
            if turn.eject is not False:
                self._pulse_for(turn, rise, now_ns, clock_ns, news)
        self._end_pulse(now_ns)
        return Poll(tuple(news.overdue), tuple(news.ejections), tuple(news.missed))

    def release(self) -> None:
        """Puts the pin to its safe level and forgets all turns: the box stops."""
        self._turns.clear()
        self._by_id.clear()
        self._off_ns = self._purge_mm = None
        self._output.off()

    def _rise(self, turn: _Turn, now_ns: int) -> int:
        due = self._conveyor.when(turn.due_mm, now_ns)
        return due if due >= NEVER_NS else due - self._lead - self._pulse // 2

    def _pulse_for(self, turn: _Turn, rise: int, now_ns: int, clock_ns: Clockwork | None, news: _News) -> None:
        end = rise + self._pulse
        if now_ns >= end:
            news.missed.append(Ejection(turn.part.id, turn.due_mm, rise, None))
            return
        self._output.on()
        done = clock_ns() if clock_ns is not None else now_ns
        self._off_ns = end if self._off_ns is None else max(self._off_ns, end)
        news.ejections.append(Ejection(turn.part.id, turn.due_mm, rise, done))

    def _end_pulse(self, now_ns: int) -> None:
        if self._off_ns is not None and now_ns >= self._off_ns:
            self._off_ns = None
            if self._purge_mm is None:
                self._output.off()

    def _end_purge(self, now_ns: int) -> None:
        if self._purge_mm is not None and self._conveyor.position(now_ns) >= self._purge_mm:
            self._purge_mm = None
            if self._off_ns is None:
                self._output.off()


class Clockwork(Protocol):
    """A clock's `now_ns`."""

    def __call__(self) -> int: ...
