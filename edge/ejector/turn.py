"""A part's turn at the gate, and what one look at the schedule brings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.conveyor import NEVER_NS
from edge.parts import Ejection, Part


@dataclass(slots=True)
class Turn:
    """A part's turn. `open_ns` and `close_ns` are its window, fixed once it has opened. `told`: its ejection has been
    reported. `narrowed`: its pulse was cut. `taken`: it passed, and a pulse for another part, or a purge, met it."""

    part: Part
    due_mm: float
    eject: bool | None = None
    overdue: bool = False
    open_ns: int | None = None
    close_ns: int = NEVER_NS
    told: bool = False
    narrowed: bool = False
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at the schedule brought.

    `overdue` parts need a decision now. `ejections` are pulses that rose. `missed` went by with nobody at the pin.
    `narrowed` got less than their pulse, because a good neighbour was spared or the actuator had not recovered: nobody
    knows whether they were thrown out. `taken` are good parts that were ejected along with another.
    """

    overdue: tuple[Part, ...] = ()
    ejections: tuple[Ejection, ...] = ()
    missed: tuple[Ejection, ...] = ()
    narrowed: tuple[Ejection, ...] = ()
    taken: tuple[Ejection, ...] = ()


@dataclass
class News:
    ejections: list[Ejection] = field(default_factory=list)
    missed: list[Ejection] = field(default_factory=list)
    narrowed: list[Ejection] = field(default_factory=list)
    taken: list[Ejection] = field(default_factory=list)

    def come_back(self, past: Iterable[Turn], from_mm: float, now_ns: int) -> None:
        """The belt runs back, and with it the good parts that were due after `from_mm`: the actuator, which rests from
        now on, may still meet them."""
        for turn in past:
            if turn.eject is False and not turn.taken and turn.due_mm > from_mm:
                turn.taken = True
                self.taken.append(Ejection(turn.part.id, turn.due_mm, now_ns, now_ns, note="it came back to the gate"))


def along_with(part_id: int | None) -> str:
    """Why a good part was ejected, in words; None: not for another part's sake."""
    return "the belt was being purged" if part_id is None else f"ejected along with part {part_id}"
