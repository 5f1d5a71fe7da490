"""How an actuator moves, and what is done with neighbours that it would take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["air_jet", "pusher", "gate"]
Neighbours = Literal["merge", "spare"]


@dataclass(frozen=True, slots=True)
class Profile:
    """An actuator.

    Args:
        kind: `air_jet` is active for `pulse_ns`, windows that touch are joined. `pusher` makes one stroke of `pulse_ns`
            for each part and draws back for `recovery_ns`. `gate` is held over `hold_mm` of belt travel, however long
            that takes.
        lead_ns: the pin is set this much earlier than it shall take effect.
        recovery_ns: rest between the end of one pulse and the beginning of the next; windows of a jet or a gate that
            lie closer are joined.
        neighbours: a good part so close that the pulse would take it: `merge` ejects both, `spare` cuts the pulse.
        part_mm: length of a part along the belt; at 0 no neighbour is ever in the way.
    """

    kind: Kind = "air_jet"
    pulse_ns: int = 60_000_000
    hold_mm: float = 0.0
    lead_ns: int = 0
    recovery_ns: int = 0
    neighbours: Neighbours = "merge"
    part_mm: float = 0.0

    def __post_init__(self) -> None:
        if self.kind == "gate" and self.hold_mm <= 0:
            raise ValueError("a gate is held over some belt travel: hold_mm must be positive")
        if self.neighbours == "spare" and self.part_mm <= 0:
            raise ValueError("a neighbour can only be spared where its length is known: part_mm must be positive")

    @property
    def joins(self) -> bool:
        """Whether two windows may become one."""
        return self.kind != "pusher"
