"""How a web stands at one moment: the roll that is under way, and what belongs to none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge.web.ledger import Lengths

_NOTHING = Lengths(0, 0, 0, 0, 1.0)


@dataclass(frozen=True, slots=True)
class WebAccount:
    """`number` (since the box started), `name`, `lengths`, `events` and `models` are those of the newest roll that is
    not wholly known; None and empty where there is none. `open` is whether it still goes on. `outside_mm` is the length
    that passed since the start and belongs to no roll."""

    outside_mm: float
    open: bool = False
    number: int | None = None
    name: str = ""
    lengths: Lengths | None = None
    events: int = 0
    models: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """`web` of the MQTT topic `state` and of the page."""
        return {
            "roll": self.number,
            "name": self.name,
            "open": self.open,
            "events": self.events,
            "outside_mm": round(self.outside_mm, 1),
            **(self.lengths or _NOTHING).to_dict(),
        }
