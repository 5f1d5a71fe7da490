"""Time that a test moves by hand, for real threads: who waits for an instant goes on once it is reached."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.clock import NS_PER_S

_LOOK_S = 0.0005
_MOST_LOOKS = 100_000


class SteppedClock:
    """Shared by threads. Nothing happens at a time of its own: a wait ends when its event is set, or when the test has
    moved time past it."""

    def __init__(self) -> None:
        self._now = 3600 * NS_PER_S  # a machine that has run for an hour
        self._waits: dict[str, tuple[threading.Event, int]] = {}

    def now_ns(self) -> int:
        return self._now

    def wall_ns(self) -> int:
        return self._now

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        end, name = self._now + timeout_ns, threading.current_thread().name
        self._waits[name] = event, end
        while self._now < end and not event.wait(_LOOK_S):
            pass
        del self._waits[name]
        return event.is_set()

    def advance(self, by_ns: int) -> None:
        self._now += by_ns

    def settle(self, thread: str) -> None:
        """Returns once the thread of this name waits for something that is still to come."""

        def rests() -> bool:
            event, end = self._waits.get(thread, (None, 0))
            return event is not None and not event.is_set() and end > self._now

        until(rests)


def until(true: Callable[[], bool]) -> None:
    """Returns once other threads have made it so, in real time."""
    for _ in range(_MOST_LOOKS):
        if true():
            return
        threading.Event().wait(_LOOK_S)
    raise AssertionError("it does not come to that")
