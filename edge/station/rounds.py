"""A thread that comes round."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge.clock import NS_PER_S, Clock

PERIOD_NS = NS_PER_S // 2
_log = logging.getLogger(__name__)


class Rounds:
    """Does one thing twice a second until `stopping` is set, and outlives every mistake in it: without this thread the
    page goes blind, and systemd ends a line that works.

    Args:
        name: of the thread, and in the log.
        do: what is done. It may wait for disks and lamps; nobody waits for it.
    """

    def __init__(self, name: str, clock: Clock, stopping: threading.Event, do: Callable[[], object]) -> None:
        self._name, self._clock, self._stopping, self._do = name, clock, stopping, do
        self._thread = threading.Thread(target=self._run, name=f"ringlight-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Waits for the end of the last round; `stopping` is to be set before."""
        self._thread.join()

    def _run(self) -> None:
        while not self._clock.wait(self._stopping, PERIOD_NS):
            try:
                self._do()
            except Exception:
                _log.exception("the %s stumbled", self._name)
