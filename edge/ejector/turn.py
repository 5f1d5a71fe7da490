"""A part's turn at the gate, and what one look at the schedule brings."""

from __future__ import annotations

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
