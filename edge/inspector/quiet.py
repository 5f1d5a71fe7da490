"""Notices that no part has come for longer than it should: an eye that sees nothing says nothing, either."""

from __future__ import annotations

from edge.clock import NS_PER_S
from edge.conveyor import Conveyor

# What lies between two looks that are further apart says nothing of whether the belt ran.
_LOOK_NS = NS_PER_S


class Quiet:
    """Belt travel, and time at a running belt, without a part.

    Args:
        most_mm: more travel is too long; 0: nobody looks.
        most_ns: more time is too long, while the belt runs; 0: nobody looks.

    `too_long` is from then on, until a part comes.
    """

    def __init__(self, conveyor: Conveyor, *, most_mm: float = 0.0, most_ns: int = 0) -> None:
        self._conveyor = conveyor
        self._most_mm = most_mm
        self._most_ns = most_ns
        self._last_mm: float | None = None
        self._looked_ns: int | None = None
        self._ran_ns = 0
        self.too_long = False

    def came(self, belt_mm: float) -> None:
        """A part came at a place."""
        self._last_mm, self._ran_ns, self.too_long = belt_mm, 0, False

    def poll(self, now_ns: int) -> str | None:
        """What is to be said of it, once."""
        mm = self._conveyor.position(now_ns)
        if self._last_mm is None:
            self._last_mm = mm
        since_ns = 0 if self._looked_ns is None else now_ns - self._looked_ns
        if self._conveyor.speed(now_ns) > 0.0:
            self._ran_ns += min(since_ns, _LOOK_NS)
        self._looked_ns = now_ns
        if self.too_long:
            return None
        if self._most_mm and mm - self._last_mm > self._most_mm:
            said = f"{self._most_mm:g} mm of belt"
        elif self._most_ns and self._ran_ns > self._most_ns:
            said = f"{self._most_ns / NS_PER_S:g} s of running belt"
        else:
            return None
        self.too_long = True
        return f"no part has come for more than {said}: what sees them come may be blind"
