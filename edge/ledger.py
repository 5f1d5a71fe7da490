"""The account of every part: opened by a trigger, closed once, in exactly one state.

`triggered = passed + rejected + uninspected + in flight`, always. The five figures are counted separately, so that
the equation can fail and be noticed; it is not true by construction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from edge.parts import Account, Part, Reason, State, Trigger, Verdict


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the ledger at one moment, since the box started."""

    triggered: int
    passed: int
    rejected: int
    uninspected: int
    in_flight: int

    @property
    def balanced(self) -> bool:
        """Whether every part that came is accounted for."""
        return self.triggered == self.passed + self.rejected + self.uninspected + self.in_flight

    def to_dict(self) -> dict[str, int | bool]:
        """The figures and whether they balance, for JSON."""
        return {**asdict(self), "balanced": self.balanced}


class Ledger:
    """Opens and closes accounts. The first word on a part is the last: what comes later is refused and counted."""

    def __init__(self) -> None:
        self._triggered = 0
        self._open: dict[int, Part] = {}
        self._closed = dict.fromkeys(State, 0)
        self.refused = 0

    def open(self, trigger: Trigger) -> Part:
        """Opens an account; ids count from 1 without a gap."""
        self._triggered += 1
        part = Part(self._triggered, trigger)
        self._open[part.id] = part
        return part

    def close(
        self,
        part_id: int,
        state: State,
        at_ns: int,
        *,
        reason: Reason | None = None,
        verdict: Verdict | None = None,
    ) -> Account | None:
        """Closes an account, or returns None where it is closed already (a verdict that came too late).

        Raises:
            ValueError: the part was never opened, or the reason does not go with the state.
        """
        if not 1 <= part_id <= self._triggered:
            raise ValueError(f"part {part_id} was never opened")
        if (state is State.UNINSPECTED) != (reason is not None):
            raise ValueError(f"an uninspected part needs a reason and no other part has one: {state.value}, {reason}")
        part = self._open.pop(part_id, None)
        if part is None:
            self.refused += 1
            return None
        self._closed[state] += 1
        return Account(part, state, at_ns, reason, verdict)

    def is_open(self, part_id: int) -> bool:
        return part_id in self._open

    def in_flight(self) -> tuple[Part, ...]:
        """Parts without a final state, oldest first."""
        return tuple(self._open.values())

    def counts(self) -> Counts:
        return Counts(
            triggered=self._triggered,
            passed=self._closed[State.PASSED],
            rejected=self._closed[State.REJECTED],
            uninspected=self._closed[State.UNINSPECTED],
            in_flight=len(self._open),
        )
