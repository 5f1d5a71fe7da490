"""What reads and reopens the camera, for lines of parts and for webs."""

import threading

import numpy as np
import pytest

from edge.camera.watching import NOT_OPENED, Watching
from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.errors import CameraError
from edge.parts import Frame

FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0)


class Scripted:
    """A camera that does what is written: `frame`, `none` (a time-out), `gone`, or `absent` at its opening."""

    def __init__(self, words: str, stop: threading.Event, clock: VirtualClock) -> None:
        self._words, self._stop, self._clock = words.split(), stop, clock
        self.open_now, self.most_open, self.opened_ns = 0, 0, []

    def open(self) -> None:
        self.opened_ns.append(self._clock.now_ns())
        if self._next() == "absent":
            raise CameraError("it is absent")
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)

    def read(self, timeout_ns: int) -> Frame | None:
        word = self._next()
        if word == "gone":
            raise CameraError("it is gone")
        return FRAME if word == "frame" else None

    def close(self) -> None:
        self.open_now = 0

    def checks(self):
        return []

    def _next(self) -> str:
        word = self._words.pop(0)
        if not self._words:
            self._stop.set()
        return word


def run(words: str) -> tuple[Scripted, Watching, int]:
    """The camera, what watched it, and how many frames were handed on."""
    clock, stop, frames = VirtualClock(), threading.Event(), []
    camera = Scripted(words, stop, clock)
    watching = Watching(camera, clock, 500 * NS_PER_MS)
    assert watching.fault == NOT_OPENED
    watching.run(stop, frames.append)
    return camera, watching, len(frames)


@pytest.mark.parametrize("words", ["open frame gone open frame", "open none open frame", "absent open frame"])
def test_a_camera_that_failed_is_opened_again_and_all_is_well(words):
    _, watching, frames = run(words)
    assert watching.fault is None
    assert frames == words.count("frame")


@pytest.mark.parametrize(("words", "fault"), [("open none", "no frame within 0.5 s"), ("absent", "it is absent")])
def test_what_is_wrong_is_said(words, fault):
    assert run(words)[1].fault == fault


def test_a_hundred_outages_leave_one_camera_open_at_most():
    camera, _, frames = run("open frame gone " * 100 + "open frame")
    assert (camera.most_open, camera.open_now, frames) == (1, 1, 101)


def test_waits_grow_while_it_is_away_and_start_anew_once_it_was_there():
    camera, _, _ = run("absent absent absent open frame gone absent open frame")
    gaps = [(later - at) / NS_PER_S for at, later in zip(camera.opened_ns, camera.opened_ns[1:], strict=False)]
    assert gaps == [0.25, 0.5, 1.0, 0.25, 0.5]
