"""One edge out of the many of a bouncing contact, with the instant that the kernel stamped it with."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.clock import NS_PER_S, Clock

_log = logging.getLogger(__name__)


class Debounce:
    """Believes a level once it has held for `period_ns`, so that a spike is no edge. It has no thread; `settle` is
    called once `due_ns` has come.

    Args:
        tell: called as `tell(high, at_ns)` with the instant since when the level has held.
        high: the level now.
    """

    def __init__(self, period_ns: int, tell: Callable[[bool, int], object], high: bool) -> None:
        self._period = period_ns
        self._tell = tell
        self._believed = high
        self._held: tuple[bool, int] = high, 0  # the last level that was seen, and since when
        self._open = False  # whether it is still to be believed

    @property
    def due_ns(self) -> int | None:
        """When the last edge can be believed; None where none waits."""
        return self._held[1] + self._period if self._open else None

    def edge(self, high: bool, at_ns: int) -> None:
        """The level changed at `at_ns`."""
        try:
            self.settle(at_ns)  # whoever calls that may be late
        finally:
            self._held, self._open = (high, at_ns), True

    def settle(self, now_ns: int) -> None:
        """Tells the last edge if its level has held until now."""
        high, since = self._held
        if not self._open or now_ns - since < self._period:
            return
        self._open = False
        if high is not self._believed:
            self._believed = high
            self._tell(high, since)


class DebouncedEdges:
    """A `Debounce` that is asked in time: by a thread of its own, or by a virtual clock.

    `edge` is called from any thread; `tell` comes from whichever has to say something, one after the other.
    """

    def __init__(self, period_ns: int, tell: Callable[[bool, int], object], high: bool, clock: Clock) -> None:
        self._clock = clock
        self._debounce = Debounce(period_ns, tell, high)
        self._lock = threading.Lock()
        self._closed = False
        self._came = threading.Event()
        self._book = getattr(clock, "at", None)  # a virtual clock has one thread, and would be moved by a second
        self._thread: threading.Thread | None = None
        if self._book is None:
            self._thread = threading.Thread(target=self._run, name="debounce", daemon=True)
            self._thread.start()

    def edge(self, high: bool, at_ns: int) -> None:
        with self._lock:
            self._debounce.edge(high, at_ns)
            due_ns = self._debounce.due_ns
        if self._book is not None:
            self._book(due_ns, self._settle)
        self._came.set()

    def close(self) -> None:
        """Nothing is told after this."""
        self._closed = True
        self._came.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _settle(self) -> int | None:
        with self._lock:
            if not self._closed:
                self._debounce.settle(self._clock.now_ns())
            return self._debounce.due_ns

    def _run(self) -> None:
        while not self._closed:
            self._came.clear()
            try:
                due_ns = self._settle()
            except Exception:
                # With this thread gone, the pin would be deaf.
                _log.exception("who listens to a pin's edges failed")
                continue
            wait_ns = NS_PER_S if due_ns is None else due_ns - self._clock.now_ns()
            if wait_ns > 0:
                self._clock.wait(self._came, wait_ns)
