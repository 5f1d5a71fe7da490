import socket

import pytest

from edge.watchdog import Watchdog, notify


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """The far end of NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


def heard(channel: socket.socket) -> list[bytes]:
    words = []
    try:
        while True:
            words.append(channel.recv(100))
    except BlockingIOError:
        return words


def test_systemd_is_told(systemd):
    assert notify("READY=1")
    assert heard(systemd) == [b"READY=1"]


def test_without_systemd_nothing_happens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")


def test_progress_feeds_the_watchdog(systemd):
    watchdog = Watchdog()
    assert watchdog.feed({"scoring": 1, "pulse": 5})
    assert watchdog.feed({"scoring": 2, "pulse": 6})
    assert heard(systemd) == [b"WATCHDOG=1", b"WATCHDOG=1"]


def test_one_thread_that_hangs_starves_it(systemd):
    """A watchdog fed by a thread of its own kept a box alive whose scoring had hung for hours."""
    watchdog = Watchdog()
    watchdog.feed({"scoring": 1, "pulse": 5})
    heard(systemd)
    assert not watchdog.feed({"scoring": 1, "pulse": 6})
    assert heard(systemd) == []


def test_a_slow_thread_feeds_it_as_soon_as_it_comes_round(systemd):
    watchdog = Watchdog()
    watchdog.feed({"scoring": 1})
    watchdog.feed({"scoring": 1})
    assert watchdog.feed({"scoring": 2})
