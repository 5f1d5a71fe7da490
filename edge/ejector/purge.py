"""When the gate throws out whatever comes: nobody knows which part lies where, or nobody looked at the belt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import NEVER_NS, Conveyor
from edge.ejector.profile import Profile
from edge.ejector.unseen import Span, Unseen

# While a stretch that nobody looked at runs through the gate, more of it comes at every instant: often enough.
_LOOK_NS = NS_PER_MS


@dataclass(frozen=True, slots=True)
class Sweep:
    """How travel that nobody looked at is swept from the belt.

    Args:
        unseen: the account of it.
        reach_mm: half of the longest part: so far before its middle, and behind it, a part may touch such travel.
        act: whether it is ejected; it is accounted for all the same.
    """

    unseen: Unseen
    reach_mm: float = 0.0
    act: bool = True


class Purge:
    """Whether the gate ejects all that passes now.

    `sweep` is None where nothing is swept. `active` is what the last `poll` found. `began` is a stretch that nobody
    looked at, when it comes to the gate; it is there for one `poll`. `missed` says that some of it was gone before the
    gate could move.

    Args:
        distance_mm: belt travel from the trigger to the gate.
    """

    def __init__(self, conveyor: Conveyor, profile: Profile, distance_mm: float, sweep: Sweep | None = None) -> None:
        self._conveyor = conveyor
        self._lead = profile.lead_ns
        self._half = 0 if profile.kind == "gate" else profile.pulse_ns // 2
        self._distance = distance_mm
        self.sweep = sweep
        self._reach = (sweep.reach_mm if sweep else 0.0) + profile.hold_mm / 2
        self._until_mm: float | None = None
        self._swept_ns = 0
        self._sweeping = False
        self.active = False
        self.began: Span | None = None
        self.missed = False

    def until(self, mm: float) -> None:
        """All that passes before the belt is at `mm`."""
        self._until_mm = mm if self._until_mm is None else max(self._until_mm, mm)
        self.active = True

    def clear(self) -> None:
        """Nothing is purged any more: the box stops."""
        self._until_mm = None
        self.active = False

    def poll(self, now_ns: int) -> None:
        """Looks what is at the gate."""
        if self._until_mm is not None and self._conveyor.position(now_ns) >= self._until_mm:
            self._until_mm = None
        self._sweeping = self.sweep is not None and self._look(self.sweep, now_ns)
        acts = self.sweep is not None and self.sweep.act
        self.active = self._until_mm is not None or (self._sweeping and acts)

    def instants(self, now_ns: int) -> Iterator[int]:
        """When something begins or ends, as far as can be known now."""
        if self._until_mm is not None:
            yield self._conveyor.when(self._until_mm, now_ns)
        if self.sweep is not None:
            if now_ns < self._swept_ns:
                yield self._swept_ns
            at = self._conveyor.when(self.sweep.unseen.next_mm() + self._distance - self._reach, now_ns)
            if at < NEVER_NS:
                at -= self._lead + self._half
                yield max(at, now_ns + _LOOK_NS) if self._sweeping else at

    def _look(self, sweep: Sweep, now_ns: int) -> bool:
        """Whether something that nobody looked at is before the gate, or will be before the gate can move."""
        here = self._conveyor.position(now_ns) - self._distance
        ahead = self._conveyor.speed(now_ns) * (self._lead + self._half) / NS_PER_S
        first, last = here - self._reach, here + ahead + self._reach
        self.began = sweep.unseen.settle(last)
        self.missed = sweep.act and self.began is not None and self.began[0] < first
        if sweep.unseen.lost(first, last):
            self._swept_ns = now_ns + self._half
        return now_ns < self._swept_ns or (not self._half and sweep.unseen.lost(first, last))
