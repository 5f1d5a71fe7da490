"""Which part comes by a sensor further down the belt, and where it really is.

Between the trigger and here an encoder may have lost pulses, the belt may have slipped, a hand may have reached in.
The sensor says; nothing is taken for a part's arrival that does not lie where the part should.
"""

from __future__ import annotations

from collections import deque

from edge.parts import Part


class Places:
    """Parts on their way to a sensor.

    Args:
        distance_mm: belt travel from the trigger to the sensor, for a part's front.
        tolerance_mm: how far from its place a part may be.
        min_gap_mm: an edge this close to the last one is the same part.
    """

    def __init__(self, distance_mm: float, tolerance_mm: float, min_gap_mm: float = 0.0) -> None:
        self.distance_mm = distance_mm
        self._tolerance = tolerance_mm
        self._min_gap = min_gap_mm
        self._expected: deque[Part] = deque()
        self._last_mm: float | None = None

    def expect(self, part: Part) -> None:
        """A part is under way. Parts come in belt order."""
        self._expected.append(part)

    def arrived(self, belt_mm: float) -> tuple[Part | None, float] | None:
        """Something came by at `belt_mm`: the part that it is, and how far (mm) it is behind its place. The part is
        None for something that should not be there. None altogether where it is still the last thing."""
        if self._last_mm is not None and belt_mm - self._last_mm < self._min_gap:
            return None
        self._last_mm = belt_mm
        if self._expected:
            behind = belt_mm - self._place(self._expected[0])
            if abs(behind) <= self._tolerance:
                return self._expected.popleft(), behind
        return None, 0.0

    def around(self, belt_mm: float) -> tuple[float, float]:
        """Where what comes by at `belt_mm` was triggered, from and to."""
        return belt_mm - self.distance_mm - self._tolerance, belt_mm - self.distance_mm + self._tolerance

    def lost(self, belt_mm: float) -> list[Part]:
        """Parts that should have come by `belt_mm` and did not, each named once."""
        gone = []
        while self._expected and belt_mm > self._place(self._expected[0]) + self._tolerance:
            gone.append(self._expected.popleft())
        return gone

    def next_mm(self) -> float | None:
        """Belt position at which the next part is lost."""
        return self._place(self._expected[0]) + self._tolerance if self._expected else None

    def forget(self) -> None:
        """Nobody knows any more where anything is."""
        self._expected.clear()

    def _place(self, part: Part) -> float:
        return part.trigger.belt_mm + self.distance_mm
