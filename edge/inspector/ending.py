"""The end of a line: it comes once, whoever finds a reason first, and nothing happens after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)


class Ending:
    """One call at a time into a line's state machine, and none once it is over.

    `lock` is held for microseconds. `over` is read with it held. `crash` says which mistake ended the line, None where
    none did.

    Args:
        stop: set as soon as the line ends.
        close: closes all accounts and puts every output to its safe level; called once, with the lock held.
    """

    def __init__(self, stop: threading.Event, close: Callable[[], object]) -> None:
        self.lock = threading.Lock()
        self.over = False
        self.crash: str | None = None
        self._stop = stop
        self._close = close

    def tell(self, who: str, call: Callable[..., Any], *facts: Any) -> Any:
        """Calls; returns None where the line is over. A mistake in the call ends the line: in the thread that reads
        the pins it would end that thread, and nobody would see another part come."""
        try:
            with self.lock:
                return None if self.over else call(*facts)
        except Exception as error:
            self.fail(who, error)

    def guard(self, who: str, work: Callable[[], None]) -> None:
        """Runs a thread's work. A mistake of ours in one thread ends the line: half a line would pass what nobody
        inspected. Outputs go to their safe level, and whoever runs the line sees `crash` and starts the program anew.
        """
        try:
            work()
        except Exception as error:
            self.fail(who, error)

    def fail(self, who: str, error: Exception) -> None:
        """A mistake ended the line."""
        _log.error("the %s thread failed", who, exc_info=error)
        # Told first: a pin that cannot be set will refuse its safe level, too.
        self.crash = f"the {who} thread failed: {type(error).__name__}: {error}"
        try:
            self.end()
        except Exception:
            _log.exception("not every output could be put to its safe level")

    def end(self) -> None:
        """The line is over. Whoever waits for threads afterwards keeps no output active meanwhile."""
        self._stop.set()
        with self.lock:
            if not self.over:
                self.over = True
                self._close()
