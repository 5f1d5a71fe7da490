"""What is watched behind the verdict: whether the gate did what it was told, and what a person has to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from edge.budget import Histogram
from edge.conveyor import NEVER_NS
from edge.ejector import Poll
from edge.ejector.confirm import Confirm, Finding, Found
from edge.ejector.places import Places
from edge.ejector.purge import Purge
from edge.ledger import Counts
from edge.line_stop import Alarm, LineStop
from edge.parts import Account, Ejection, Part, State


@dataclass(slots=True)
class GateTally:
    """What the gate did since start.

    `missed` went by with nobody at the pin, `narrowed` got less than their pulse, `taken` are good parts that were
    ejected with a neighbour or by a purge. `confirmed` ejections were seen by the chute's sensor (None: there is none);
    `unconfirmed` ones are those of which nobody knows that the part was thrown out; `double` is what came into the
    chute and was not thrown out by anybody. `unseen_mm` is belt that came to the gate without having been looked at.
    """

    ejections: int = 0
    missed: int = 0
    narrowed: int = 0
    taken: int = 0
    confirmed: int | None = None
    unconfirmed: int = 0
    double: int = 0
    unseen_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class GateState:
    """What the gate did, whether the line is stopped, and how often each alarm came since it was last acknowledged."""

    tally: GateTally
    stopped: bool
    alarms: Mapping[str, int]


class Watch:
    """Holds the gate to its word, and sounds the alarms.

    Args:
        confirm: the chute's sensor; None where there is none.
        pass_eye: parts on their way to a photo-eye over the belt behind the gate; None where there is none.
        uninspected: so many uninspected parts in a row are an alarm.
        on_ejection: called with each turn at the ejector at once, and again when the sensor has spoken.

    `pulse_late` is how long after its instant each pulse began.
    """

    def __init__(
        self,
        stop: LineStop,
        confirm: Confirm | None = None,
        *,
        uninspected: int = 5,
        pass_eye: Places | None = None,
        on_ejection: Callable[[Ejection], object] = lambda ejection: None,
    ) -> None:
        self.stop = stop
        self.tally = GateTally(confirmed=None if confirm is None else 0)
        self.pulse_late = Histogram()
        self._confirm = confirm
        self._pass_eye = pass_eye
        self._thrown: dict[int, Ejection] = {}
        self._limit = uninspected
        self._in_a_row = 0
        self._on_ejection = on_ejection

    def polled(self, poll: Poll, purging: bool, now_ns: int) -> None:
        """What one look at the schedule brought."""
        if purging and self._confirm is not None:
            self._confirm.purging(now_ns)
        for ejection in poll.ejections:
            self.tally.ejections += 1
            if ejection.done_ns is not None:
                self.pulse_late.add(ejection.done_ns - ejection.due_ns)
            self._tell(ejection, certain=True)
        for ejection in poll.taken:
            self.tally.taken += 1
            self._tell(ejection, certain=False)
        self.tally.missed += len(poll.missed)
        self.tally.narrowed += len(poll.narrowed)
        for ejection in (*poll.missed, *poll.narrowed):
            self.tally.unconfirmed += 1
            self._tell(ejection, certain=False)
            self.stop.sound(Alarm.UNCONFIRMED, f"part {ejection.part_id}: {ejection.note}")

    def swept(self, purge: Purge) -> None:
        """What one look at the belt that nobody looked at brought."""
        if purge.sweep is None:
            return
        self.tally.unseen_mm = purge.sweep.unseen.mm
        if purge.missed:
            self.stop.sound(Alarm.UNCONFIRMED, "belt that nobody looked at passed the gate: too busy to eject it")
        if purge.began is not None:
            done = "what lies there is ejected" if purge.sweep.act else "what lies there passes"
            where = f"the belt from {purge.began[0]:.0f} mm on"
            self.stop.sound(Alarm.UNINSPECTED, f"no picture showed {where} before it came to the gate: {done}")

    def expect(self, part: Part) -> None:
        """A part was triggered."""
        if self._pass_eye is not None:
            self._pass_eye.expect(part)

    def condemn(self) -> None:
        """Nobody knows any more which part lies where."""
        if self._pass_eye is not None:
            self._pass_eye.forget()
            self._thrown.clear()

    def passed(self, belt_mm: float, purging: bool) -> None:
        """Something came by the photo-eye behind the gate."""
        if self._pass_eye is None:
            return
        self._missing(belt_mm)
        found = self._pass_eye.arrived(belt_mm)
        if found is None:
            return
        part = found[0]
        if part is None:
            if not purging:
                self.stop.sound(Alarm.BELT, "something came behind the gate that nobody expected there")
        elif part.id in self._thrown:
            ejection = replace(self._thrown.pop(part.id), confirmed=False, note="it came behind the gate")
            self.tally.unconfirmed += 1
            self._on_ejection(ejection)
            self.stop.sound(Alarm.UNCONFIRMED, f"part {part.id} was to be ejected and came behind the gate")

    def _missing(self, belt_mm: float) -> None:
        for part in self._pass_eye.lost(belt_mm) if self._pass_eye is not None else ():
            if self._thrown.pop(part.id, None) is None:
                self.stop.sound(Alarm.UNCONFIRMED, f"part {part.id} passed, and did not come behind the gate")

    def chute(self, dark: bool, at_ns: int) -> None:
        """The sensor in the reject chute went dark, or bright again."""
        if self._confirm is not None:
            self._found(self._confirm.edge(dark, at_ns))

    def poll(self, now_ns: int, belt_mm: float) -> None:
        """Looks for what did not come."""
        self._missing(belt_mm)
        if self._confirm is not None:
            self._found(self._confirm.poll(now_ns))

    def next_ns(self) -> int | None:
        """When `poll` has something to say next."""
        return None if self._confirm is None else self._confirm.next_ns()

    def closed(self, account: Account, counts: Counts) -> None:
        """An account was closed."""
        self._in_a_row = self._in_a_row + 1 if account.state is State.UNINSPECTED else 0
        if self._in_a_row >= self._limit:
            text = f"{self._in_a_row} parts in a row, up to part {account.part.id}, were not inspected"
            self.stop.sound(Alarm.UNINSPECTED, text)
        if not counts.balanced:
            self.stop.sound(Alarm.IMBALANCE, f"the ledger does not balance after part {account.part.id}: {counts}")

    def _tell(self, ejection: Ejection, *, certain: bool) -> None:
        if self._confirm is not None and (ejection.done_ns is not None or ejection.due_ns < NEVER_NS):
            self._confirm.expect(ejection, certain=certain)
        if self._pass_eye is not None:
            self._thrown[ejection.part_id] = ejection
        self._on_ejection(ejection)

    def _found(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            ejection = finding.ejection
            after = (
                "no ejection before it"
                if ejection is None
                else f"the last ejection was that of part {ejection.part_id}"
            )
            if finding.found is Found.CONFIRMED and ejection is not None:
                self.tally.confirmed = (self.tally.confirmed or 0) + 1
                self._on_ejection(ejection)
            elif finding.found is Found.MISSED and ejection is not None:
                self.tally.unconfirmed += 1
                self._on_ejection(ejection)
                self.stop.sound(Alarm.UNCONFIRMED, f"part {ejection.part_id}: {ejection.note}")
            elif finding.found is Found.DOUBLE:
                self.tally.double += 1
                text = f"something came into the reject chute that was not thrown out ({after})"
                self.stop.sound(Alarm.UNCONFIRMED, text)
            elif finding.found is Found.JAM:
                self.stop.sound(Alarm.JAM, f"the reject chute is jammed ({after})")
