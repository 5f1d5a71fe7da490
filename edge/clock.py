"""Time. Nobody else in this house reads a clock or sleeps.

Two clocks with one face: `RealClock` for the box, `VirtualClock` for tests and the virtual line. The virtual clock
stands still until it is advanced; what was booked with `at` then happens in order, each at exactly its own instant.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """What the rooms may ask of time."""

    def now_ns(self) -> int:
        """Monotonic nanoseconds; never steps back, not even when somebody sets the wall clock."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 (UTC), for people and for records. Never used to measure."""
        ...

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        """Waits until `event` is set or the time is over; returns whether it is set."""
        ...


class RealClock:
    """The machine's monotonic clock."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        return event.wait(max(0, timeout_ns) / NS_PER_S)


class VirtualClock:
    """A clock that moves only when it is told to. One thread drives it; no locks, no sleeping.

    `wall_start_ns` is the date that the virtual world begins with.
    """

    def __init__(self, wall_start_ns: int = 1_700_000_000 * NS_PER_S) -> None:
        self._now = 0
        self._wall_start = wall_start_ns
        self._booked: list[tuple[int, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def now_ns(self) -> int:
        return self._now

    def wall_ns(self) -> int:
        return self._wall_start + self._now

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        """Lets virtual time pass, step by step, until the event is set or the time is over."""
        end = self._now + max(0, timeout_ns)
        while not event.is_set() and self._booked and self._booked[0][0] <= end:
            self._happen()
        if not event.is_set():
            self._now = max(self._now, end)
        return event.is_set()

    def at(self, when_ns: int, action: Callable[[], object]) -> None:
        """Books an action. Actions for the same instant happen in the order of booking; the past happens at once
        when the clock is next advanced, at the clock's present instant."""
        heapq.heappush(self._booked, (when_ns, next(self._order), action))

    def advance(self, by_ns: int) -> None:
        """Moves time on by `by_ns`; everything booked up to then happens, whatever it books itself included."""
        if by_ns < 0:
            raise ValueError(f"time does not run backwards: {by_ns} ns")
        end = self._now + by_ns
        while self._booked and self._booked[0][0] <= end:
            self._happen()
        self._now = max(self._now, end)

    def next_booked_ns(self) -> int | None:
        """The instant of the next booked action, or None."""
        return self._booked[0][0] if self._booked else None

    def _happen(self) -> None:
        when, _, action = heapq.heappop(self._booked)
        self._now = max(self._now, when)
        action()
