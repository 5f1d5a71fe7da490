"""One thread that reads the edges of all pins, with the kernel's time stamps."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gpiod import EdgeEvent

_log = logging.getLogger(__name__)


@dataclass
class _Watched:
    request: Any
    tell: Callable[[int, bool], object]
    lose: Callable[[int], object]
    name: str
    last_seqno: int | None = None


@dataclass(frozen=True)
class _Heard:
    at_ns: int
    high: bool
    watched: _Watched
    lost: int  # how many that came before it were lost


class EdgeReader:
    """Tells each edge to its pin as `tell(at_ns, high)`, from the reader's own thread, and the edges of all pins in the
    order in which they happened: an encoder's channels that are told one after the other run back and forth.

    Args:
        now_ns: the clock that the kernel stamps by.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._watched: dict[int, _Watched] = {}
        self._lock = threading.Lock()
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_w, False)
        self._closed = False
        self._thread: threading.Thread | None = None

    def watch(
        self, request: Any, name: str, tell: Callable[[int, bool], object], lose: Callable[[int], object]
    ) -> None:
        """`lose` is told how many edges the kernel could not keep, before the next that it kept."""
        with self._lock:
            self._watched[request.fd] = _Watched(request, tell, lose, name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gpio-edges", daemon=True)
                self._thread.start()
        self._wake()

    def forget(self, request: Any) -> None:
        """After this the request may be released."""
        with self._lock:
            self._watched.pop(request.fd, None)
        self._wake()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # it is awake already
            os.write(self._wake_w, b"x")

    def _run(self) -> None:
        late: list[_Heard] = []
        while not self._closed:
            with self._lock:
                descriptors = [self._wake_r, *self._watched]
            poll = select.poll()
            for descriptor in descriptors:
                poll.register(descriptor, select.POLLIN)
            if not late:
                poll.poll()
            # What is older than this is there to be read. What is younger waits for a round, because an edge of a pin
            # that was looked at already may be older still.
            looked_ns = self._now_ns()
            ready = [descriptor for descriptor, _ in poll.poll(0)]
            if self._wake_r in ready:
                os.read(self._wake_r, 4096)
            heard = [edge for descriptor in ready for edge in self._read(descriptor)]
            due = [*late, *(edge for edge in heard if edge.at_ns <= looked_ns)]
            late = [edge for edge in heard if edge.at_ns > looked_ns]
            for edge in sorted(due, key=lambda edge: edge.at_ns):
                self._tell(edge)

    def _tell(self, edge: _Heard) -> None:
        try:
            if edge.lost:
                _log.error("%s: %d edges were lost", edge.watched.name, edge.lost)
                edge.watched.lose(edge.lost)
            edge.watched.tell(edge.at_ns, edge.high)
        except Exception:
            # With this thread gone, all pins would be deaf.
            _log.exception("%s: who listens to its edges failed", edge.watched.name)

    def _read(self, descriptor: int) -> list[_Heard]:
        with self._lock:
            watched = self._watched.get(descriptor)
            # Another request may have got this descriptor meanwhile, and reading it without need would block.
            if watched is None or not watched.request.wait_edge_events(0):
                return []
            events = watched.request.read_edge_events()
        found = []
        for event in events:
            last, watched.last_seqno = watched.last_seqno, event.line_seqno
            lost = 0 if last is None else max(0, event.line_seqno - last - 1)
            found.append(_Heard(event.timestamp_ns, event.event_type is EdgeEvent.Type.RISING_EDGE, watched, lost))
        return found
