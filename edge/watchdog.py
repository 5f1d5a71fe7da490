"""What ends a box that hangs: systemd's watchdog within seconds, the dead man's switch of the gate within one.

systemd's is fed by real progress: a thread that only sleeps well keeps nothing alive. Protocol: sd_notify(3), datagrams
to the socket named in NOTIFY_SOCKET. Without systemd it does nothing.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping

from edge.clock import NS_PER_S, Clock

_log = logging.getLogger(__name__)


def notify(message: str) -> bool:
    """Tells systemd something (`READY=1`, `STOPPING=1`, `STATUS=…`); False where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(message.encode(), address)
        except OSError:
            return False
    return True


class Watchdog:
    """Feeds the watchdog only if every watched thread has come round since the last time."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def feed(self, beats: Mapping[str, int]) -> bool:
        """`beats`: how often each thread has come round. Returns whether the watchdog was fed (or would be)."""
        alive = all(count > self._last.get(name, -1) for name, count in beats.items())
        if alive:
            self._last = dict(beats)
            notify("WATCHDOG=1")
        return alive


class DeadMan:
    """The gate does not stay open when the thread hangs that would close it.

    That thread calls `round` whenever it comes round. If it does not,

    - a thread of its own calls `release` after half of `bound_ns`, three quarters at the latest;
    - the kernel ends the process after `bound_ns` (SIGALRM of an interval timer, see setitimer(2)), and takes its pins
      back with it. That needs no thread and not the interpreter's lock. What every thread was doing is written to
      stderr before.

    One a process: there is one such timer, and its signal is taken for it. Suspended time does not count.

    Args:
        bound_ns: far more than the thread is ever late on a busy machine.
    """

    _LOOKS = 4

    def __init__(self, clock: Clock, bound_ns: int = NS_PER_S) -> None:
        self._clock = clock
        self._bound = bound_ns
        self._rounds = 0
        self._ended = threading.Event()

    def start(self, release: Callable[[], object]) -> None:
        """From now on the thread has to come round. `release` must take no lock that it may hold."""
        faulthandler.register(signal.SIGALRM, file=2, all_threads=True, chain=True)
        threading.Thread(target=self._watch, args=(release,), name="ringlight-dead-man", daemon=True).start()
        self.round()

    def round(self) -> None:
        """The thread has come round."""
        self._rounds += 1
        signal.setitimer(signal.ITIMER_REAL, self._bound / NS_PER_S)

    def end(self) -> None:
        """It need not come round any more: it ended, and left the gate as it should be."""
        self._ended.set()
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _watch(self, release: Callable[[], object]) -> None:
        seen, missed = -1, 0
        while not self._clock.wait(self._ended, self._bound // self._LOOKS):
            rounds = self._rounds
            missed = missed + 1 if rounds == seen else 0
            seen = rounds
            if missed == self._LOOKS // 2:
                release()
                _log.critical("the pulse thread hangs: its pin was put to its safe level, and the process ends")
