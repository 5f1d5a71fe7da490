"""What is watched beside the findings of a web: whether the line has to stop, and what a person has to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from edge.clock import NS_PER_S
from edge.inspector.trust import Trust
from edge.inspector.watch import GateState, GateTally
from edge.line_stop import Alarm, LineStop
from edge.web.ledger import Lengths

_WINDOW_MM = 1000.0


class PerMetre:
    """A sum over the last metre of web, and a limit that it must not exceed."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._sum = 0.0
        self._added: deque[tuple[float, float]] = deque()

    def add(self, place_mm: float, amount: float) -> bool:
        """So much came at a place of the web, later places later. Returns whether that is too much; the sum then
        begins anew, so that one cause is told once a metre at the most."""
        self._added.append((place_mm, amount))
        self._sum += amount
        while self._added[0][0] < place_mm - _WINDOW_MM:
            self._sum -= self._added.popleft()[1]
        if self._sum <= self._limit:
            return False
        self._added.clear()
        self._sum = 0.0
        return True


@dataclass(slots=True)
class _OfRoll:
    """What is remembered of a roll; `lost_mm` is its uninspected length as it was last looked at."""

    blind: PerMetre
    events: PerMetre
    lost_mm: float = 0.0


class WebWatch:
    """Sounds the alarms of a web; some of them stop the line.

    Args:
        stop: the output, and what stays until somebody acknowledges.
        trust: what is believed of the encoder.
        asked: alarms that are sounded only where the line shall stop for them: `events`, `camera_fault`,
            `light_fault`, `no_roll`.
        uninspected_mm: so much of a metre may go uninspected, and pass outside of rolls.
        events_per_m: so many events a metre may have.
        fault_s: so long may camera or light fail.
    """

    def __init__(
        self,
        stop: LineStop,
        trust: Trust,
        asked: frozenset[Alarm] = frozenset(),
        *,
        uninspected_mm: float = 100.0,
        events_per_m: float = 10.0,
        fault_s: float = 5.0,
    ) -> None:
        self.stop = stop
        self.trust = trust
        self._asked = asked
        self._limit_mm, self._limit_events, self._fault_ns = uninspected_mm, events_per_m, round(fault_s * NS_PER_S)
        self._rolls: dict[int, _OfRoll] = {}
        self._faults: dict[Alarm, int] = {}
        self._outside_told_mm: float | None = None

    def event(self, roll_id: int, place_mm: float) -> None:
        """An event of a roll begins at a place of the web."""
        if self._of(roll_id).events.add(place_mm, 1) and Alarm.EVENTS in self._asked:
            text = f"roll {roll_id} has more than {self._limit_events:g} events in a metre"
            self.stop.sound(Alarm.EVENTS, text)

    def looked(self, roll_id: int, lengths: Lengths) -> None:
        """How a roll stands now."""
        of_roll, lost_mm = self._of(roll_id), lengths.uninspected * lengths.mm_per_row
        more, of_roll.lost_mm = lost_mm - of_roll.lost_mm, lost_mm
        if more > 0 and of_roll.blind.add(lengths.travelled * lengths.mm_per_row, more):
            why = ", ".join(reason.value for reason, _ in lengths.by_reason)
            text = f"more than {self._limit_mm:g} mm of a metre of roll {roll_id} were not inspected ({why})"
            mend = "Look at camera, light and model above, and at the roll map; then acknowledge."
            self.stop.sound(Alarm.UNINSPECTED, text, mend)
        if not lengths.balanced:
            self.stop.sound(Alarm.IMBALANCE, f"the lengths of roll {roll_id} do not balance: {lengths.to_dict()}")

    def forget(self, roll_id: int) -> None:
        """Everything is known of a roll."""
        self._rolls.pop(roll_id, None)

    def outside(self, piece_mm: float) -> None:
        """So much has passed since the last roll ended; 0 while one is under way."""
        if piece_mm <= self._limit_mm:
            self._outside_told_mm = None
        elif Alarm.NO_ROLL in self._asked and (
            self._outside_told_mm is None or piece_mm - self._outside_told_mm > _WINDOW_MM
        ):
            self._outside_told_mm = piece_mm
            self.stop.sound(Alarm.NO_ROLL, f"{piece_mm / 1000:.2f} m passed, and no roll is under way")

    def unmarked(self, place_mm: float) -> None:
        """A place passed the marker before it was known."""
        text = f"a place that was before the camera at {place_mm / 1000:.2f} m of travel passed the marker unmarked"
        mend = "Mark it by the roll map. Put the marker further from the camera (ejector.distance_mm), or slow the web."
        self.stop.sound(Alarm.UNCONFIRMED, text, mend)

    def runs_unseen(self) -> None:
        """The web runs, and the encoder does not say so: what passes is in no account."""
        text = "the picture moves, and the encoder says that the web stands: its pulses do not arrive"
        mend = (
            "Look at the encoder's cable and coupling, then acknowledge; what passed meanwhile is in no roll's account."
        )
        self.stop.sound(Alarm.BELT, text, mend)

    def failing(self, faults: Mapping[Alarm, str], now_ns: int) -> None:
        """What camera and light say of themselves while a roll is under way: texts of those that fail."""
        self._faults = {alarm: self._faults.get(alarm, now_ns) for alarm in faults}
        for alarm, since in self._faults.items():
            if alarm in self._asked and now_ns - since >= self._fault_ns:
                self._faults[alarm] = now_ns
                self.stop.sound(alarm, f"for {self._fault_ns / NS_PER_S:g} s: {faults[alarm]}")

    def poll(self, now_ns: int) -> None:
        """Looks at the encoder."""
        trouble = self.trust.poll(now_ns)
        if trouble:
            self.stop.sound(*trouble)

    def state(self, marks: int, missed: int) -> GateState:
        """The marker and the alarms, in the words of a gate."""
        tally = GateTally(ejections=marks, missed=missed, unconfirmed=missed)
        return GateState(tally, self.stop.stopped, self.stop.raised)

    def _of(self, roll_id: int) -> _OfRoll:
        return self._rolls.setdefault(roll_id, _OfRoll(PerMetre(self._limit_mm), PerMetre(self._limit_events)))
