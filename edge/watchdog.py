"""systemd's watchdog, fed by real progress: a thread that only sleeps well keeps nothing alive.

Protocol: sd_notify(3), datagrams to the socket named in NOTIFY_SOCKET. Without systemd all of it does nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


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
