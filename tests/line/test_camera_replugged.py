"""The line's own threads, with a webcam that comes and goes. A belt at 100 mm/s, a camera after 100 mm, the gate after
400 mm."""

import gc
import queue
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from stepped_clock import SteppedClock, until

from edge.camera.base import Backoff
from edge.camera.capture import CaptureCamera
from edge.clock import NS_PER_MS, NS_PER_S
from edge.config import Config
from edge.health import Level
from edge.inspector.assemble import make_inspector
from edge.inspector.threads import LiveLine
from edge.parts import PartMap, Reason, State
from edge.virtual.webcam import VirtualWebcam

CYCLES = 100
TO_CAMERA_NS = NS_PER_S
FRAME_NS = NS_PER_S // 10
FIRST_WAIT_NS = Backoff().first_ns
STALE = 255
MOST_TRIES = 200
LONG_S = 60


class Pin:
    """The ejector's, which nobody looks at here."""

    def on(self) -> None: ...

    def off(self) -> None: ...

    def close(self) -> None: ...


def picture(number: int) -> np.ndarray:
    image = np.zeros((8, 8, 3), np.uint8)
    image[0, 0] = number
    return image


class Line:
    """A live line on a clock that stands until it is told otherwise."""

    def __init__(self, **camera) -> None:
        self.clock = SteppedClock()
        self.webcam = VirtualWebcam(self.clock)
        config = Config.model_validate(
            {
                "camera": {"device": "webcam", "exposure": 100, "mm_per_px": 1.0, **camera},
                "trigger": {"camera_mm": 100.0},
                "belt": {"speed_mm_s": 100.0},
                "ejector": {"distance_mm": 400.0},
            }
        )
        self._records = queue.Queue()
        self.judged = []
        inspector = make_inspector(config, self.clock, Pin(), threshold=0.5, model_id="m", on_record=self._records.put)
        self.live = LiveLine(
            inspector,
            CaptureCamera(config.camera, self.clock, self.webcam),
            self._look,
            self.clock,
            config.camera.read_timeout_ms * NS_PER_MS,
            realtime=False,
        )
        self.live.start()
        assert self.webcam.wait_asked()

    def _look(self, sight) -> PartMap:
        self.judged.append((sight.part.id, int(sight.image[0, 0, 0])))
        return PartMap(np.zeros((2, 2), np.float32), 0.0)

    def part(self, number: int | None):
        """A part comes, and a picture of it where `number` is given; what the ledger said of it in the end."""
        self.live.trigger(self.clock.now_ns())
        if number is None:
            self.clock.advance(2 * TO_CAMERA_NS)
        else:
            self._frames(TO_CAMERA_NS)
            self.webcam.give(picture(number))
        return self._ended()

    def _ended(self):
        account = self._records.get(timeout=LONG_S).account
        return account.state, account.reason

    def _frames(self, during_ns: int) -> None:
        """The empty belt, ten times a second."""
        for _ in range(during_ns // FRAME_NS):
            self.webcam.give(picture(0))
            assert self.webcam.wait_asked()
            self.clock.settle("ringlight-camera")
            self.clock.advance(FRAME_NS)

    def hold_stale(self) -> None:
        """The driver holds three pictures of before."""
        for _ in range(3):
            self.webcam.give(picture(STALE))

    def lose(self, hanging: bool) -> None:
        """The camera is pulled out; where it hangs first, its driver does not say so."""
        if hanging:
            self.webcam.hang(True)
            self.clock.advance(NS_PER_S)
        self.webcam.unplug()

    def glitch(self, number: int):
        """The plug was loose for a moment while a part was on its way: the camera is opened again just as the part is
        centred, with pictures of before in the driver's queue."""
        self.live.trigger(self.clock.now_ns())
        self._frames(TO_CAMERA_NS - FIRST_WAIT_NS)
        self.webcam.unplug()
        until(lambda: self.live.checks()[0].level is Level.FAULT)
        self.clock.settle("ringlight-camera")
        self.hold_stale()
        self.webcam.plug()
        self.clock.advance(FIRST_WAIT_NS)
        assert self.webcam.wait_asked(LONG_S)
        self.webcam.give(picture(number))
        return self._ended()

    def back(self) -> bool:
        """The camera is plugged in again; whether it was opened in the end."""
        self.webcam.plug()
        self.webcam.hang(False)
        for _ in range(MOST_TRIES):
            if self.webcam.wait_asked(0.004):
                self.clock.settle("ringlight-camera")
                if self.webcam.wait_asked(0):
                    return True
            self.clock.advance(NS_PER_S)
        return False

    def stop(self) -> None:
        self.webcam.unplug()
        self.live.stop()
        join("camera-grabber")


def join(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(LONG_S)
            assert not thread.is_alive()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def footprint(others: frozenset[threading.Thread]) -> tuple[list[str], int]:
    """Names of the threads besides `others`, and the number of open files, once the calls that were left behind have
    ended."""
    return sorted(thread.name for thread in threading.enumerate() if thread not in others), descriptors()


@pytest.fixture
def others():
    """Threads that another test left, and that end while this one runs."""
    yield frozenset(threading.enumerate())
    tracemalloc.stop()  # all tests after this one were five times slower


@pytest.mark.parametrize("stamped", [True, False])
def test_a_hundred_times_unplugged_nothing_leaks_and_nothing_old_is_judged(others, stamped):
    """A lost frame blocked a camera for good; a driver handed the picture of the last part to the next one."""
    gc.collect()
    files = descriptors()
    line = Line(settle_frames=0 if stamped else 3)
    line.webcam.stamped = stamped
    line.hold_stale()
    footprints = []
    for cycle in range(CYCLES):
        assert line.part(cycle + 1) == (State.PASSED, None)
        assert line.glitch(cycle + 1) == (State.PASSED, None)
        line.lose(hanging=cycle % 2 == 1)
        assert line.part(None) == (State.UNINSPECTED, Reason.NO_FRAME)
        line.hold_stale()
        assert line.back()
        if cycle in (CYCLES // 4, CYCLES - 1):
            footprints.append(measured(others))
    (*early, early_bytes), (*late, late_bytes) = footprints
    assert late == early
    assert late_bytes - early_bytes < 100_000
    twice = [number for number in range(1, CYCLES + 1) for _ in range(2)]
    assert [number for _, number in line.judged] == twice
    counts = line.live.counts()
    assert (counts.triggered, counts.balanced) == (3 * CYCLES, True)
    line.stop()
    names, left = footprint(others)
    assert names == []
    assert left <= files


def measured(others: frozenset[threading.Thread]) -> tuple[list[str], int, int]:
    """Footprint and Python's memory in bytes."""
    gc.collect()
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    return *footprint(others), tracemalloc.get_traced_memory()[0]
