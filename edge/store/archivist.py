"""The thread that empties a backlog: the store's, or that of the book of rolls."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from edge.clock import NS_PER_S, Clock

PERIOD_NS = 1 * NS_PER_S
_log = logging.getLogger(__name__)


class Backlogged(Protocol):
    """What keeps in memory what is to be written. `wake` is set when something was put; `fault` says why the disk
    refuses, and is None while it does not; `waiting` counts what is not written yet."""

    @property
    def wake(self) -> threading.Event: ...

    @property
    def fault(self) -> str | None: ...

    @property
    def waiting(self) -> int: ...

    def flush(self) -> object:
        """Writes what waits; true where there may be something new for others."""
        ...


class Archivist:
    """Flushes a store as soon as something was put, and tells others when rows were written.

    Args:
        store: the store.
        clock: a real clock.
        then: called after rows were written, on this thread (telemetry's `notify`).
    """

    def __init__(self, store: Backlogged, clock: Clock, then: Callable[[], object] | None = None) -> None:
        self._store = store
        self._clock = clock
        self._then = then
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archivist", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Writes everything that is left and ends; False where the disk did not take it all in time."""
        self._stopping.set()
        self._store.wake.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and self._store.waiting == 0

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._clock.wait(self._store.wake, PERIOD_NS)
            self._store.wake.clear()
            self._flush()
            if self._store.fault:
                self._clock.wait(self._stopping, PERIOD_NS)
        self._flush()

    def _flush(self) -> None:
        try:
            if self._store.flush() and self._then is not None:
                self._then()
        except Exception:
            # This thread must outlive any mistake: with it gone the backlog fills and every later result is lost.
            _log.exception("the store could not be flushed")
