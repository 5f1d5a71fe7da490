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
