"""When a part has come. The trigger's time is the edge's own, not that of the thread that noticed it."""

from __future__ import annotations

from edge.conveyor import Conveyor
from edge.parts import Trigger


class PhotoEye:
    """A light barrier across the belt: its leading edge opens a part.

    An edge within `min_gap_mm` of belt travel after the last trigger belongs to the same part (a hole in it, a bouncing
    contact) and is counted in `swallowed`. The gap is measured on the belt, not in time: a slow belt bounces longer.
    While the belt runs back over what it carried past already, nothing new can come.
    """

    def __init__(self, conveyor: Conveyor, min_gap_mm: float) -> None:
        self._conveyor = conveyor
        self._min_gap = min_gap_mm
        self._last_mm: float | None = None
        self.swallowed = 0

    def edge(self, at_ns: int) -> Trigger | None:
        """The eye became dark at `at_ns`. Returns the trigger, or None where the edge belongs to the last part."""
        mm = self._conveyor.position(at_ns)
        backwards = getattr(self._conveyor, "behind_mm", 0.0) > 0.0
        if backwards or (self._last_mm is not None and mm - self._last_mm < self._min_gap):
            self.swallowed += 1
            return None
        self._last_mm = mm
        return Trigger(at_ns, mm)


class EveryDistance:
    """A trigger every `every_mm` of belt travel, each with the instant and place that are its own however late it is
    asked for."""

    def __init__(self, conveyor: Conveyor, every_mm: float) -> None:
        if every_mm <= 0:
            raise ValueError(f"a distance must be positive: {every_mm}")
        self._conveyor = conveyor
        self._every = every_mm
        self._next_mm = every_mm
        self._last_mm = 0.0

    def due(self, now_ns: int) -> list[Trigger]:
        """The triggers that have come since the last call."""
        found = []
        while self._conveyor.position(now_ns) >= self._next_mm:
            found.append(Trigger(min(now_ns, self._conveyor.when(self._next_mm, now_ns)), self._next_mm))
            self._last_mm = self._next_mm
            self._next_mm += self._every
        return found

    def align(self, mm: float) -> None:
        """A part was seen that began at `mm`: pockets lie there, and every so many millimetres from there. Pulses
        that the encoder lost would put each trigger beside its pocket for good."""
        half = self._every / 2
        self._next_mm += (mm - self._next_mm + half) % self._every - half
        if self._next_mm - self._last_mm < half:
            self._next_mm += self._every

    def next_ns(self, now_ns: int) -> int:
        """When the next one comes, as far as can be known now."""
        return self._conveyor.when(self._next_mm, now_ns)
