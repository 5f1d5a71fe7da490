"""The marker: a pulse when a place of the web passes it."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from edge.conveyor import NEVER_NS, Conveyor
from edge.ejector import Output


class Marker:
    """Pulses of `pulse_ns` that begin when a place lies before the marker, `lead_ns` earlier for one that is slow.
    Pulses that touch are joined.

    Args:
        distance_mm: belt travel from the camera's axis to the marker.

    `given` and `missed` count the marks; one is missed where its place had passed before it was known.
    """

    def __init__(
        self, conveyor: Conveyor, output: Output, *, distance_mm: float, pulse_ns: int, lead_ns: int = 0
    ) -> None:
        self.given = self.missed = 0
        self._conveyor = conveyor
        self._output = output
        self._distance = distance_mm
        self._pulse = pulse_ns
        self._lead = lead_ns
        self._due: list[float] = []
        self._off_ns: int | None = None

    def mark(self, place_mm: float) -> None:
        """The place that was under the camera's axis when the belt stood at `place_mm` is to be marked."""
        heapq.heappush(self._due, place_mm + self._distance)

    def pulse(self, now_ns: int) -> None:
        """One pulse, at once: the alarm."""
        self._rise(now_ns)

    def next_ns(self, now_ns: int) -> int | None:
        """When `poll` has work next, as far as can be known now."""
        instants = [] if self._off_ns is None else [self._off_ns]
        if self._due:
            instants.append(self._when(self._due[0], now_ns))
        return min(instants) if instants else None

    def poll(self, now_ns: int, clock_ns: Callable[[], int] | None = None) -> list[tuple[float, int | None]]:
        """Does what is due. Returns for each mark its place and the instant at which the pin rose (None: missed)."""
        out: list[tuple[float, int | None]] = []
        while self._due and self._when(self._due[0], now_ns) <= now_ns:
            due = heapq.heappop(self._due)
            rise = self._when(due, now_ns)
            if now_ns >= rise + self._pulse:
                self.missed += 1
                out.append((due - self._distance, None))
                continue
            self._rise(rise)
            out.append((due - self._distance, clock_ns() if clock_ns else now_ns))
        if self._off_ns is not None and now_ns >= self._off_ns:
            self._off_ns = None
            self._output.off()
        return out

    def release(self) -> None:
        """Puts the pin to its safe level and forgets all marks: the box stops."""
        self._due.clear()
        self._off_ns = None
        self._output.off()

    def close(self) -> None:
        """Puts the pin to its safe level now, whatever else goes on here: for somebody who cannot wait his turn."""
        self._output.off()

    def _rise(self, at_ns: int) -> None:
        self._output.on()
        self.given += 1
        self._off_ns = max(self._off_ns or 0, at_ns + self._pulse)

    def _when(self, mm: float, now_ns: int) -> int:
        due = self._conveyor.when(mm, now_ns)
        return due if due >= NEVER_NS else due - self._lead
