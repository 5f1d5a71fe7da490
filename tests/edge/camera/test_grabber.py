"""A camera of which the first frames may not be used."""

import queue
import threading

import numpy as np
import pytest

from edge.camera.grabber import Grabber
from edge.clock import NS_PER_S, RealClock
from edge.errors import CameraError


class SlowCamera(RealClock):
    """Takes one frame a time-out: each wait for a frame ends without one, and then the frame comes."""

    def __init__(self) -> None:
        self._frames: queue.Queue[bool] = queue.Queue()
        self._asked = threading.Semaphore(0)
        self.silent = False

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        if threading.current_thread().name == "camera-grabber":
            return super().wait(event, timeout_ns)
        self._asked.acquire()
        if self.silent:
            self._asked.release()
            return False
        self._frames.put(True)
        self._asked.acquire()
        self._asked.release()
        return event.is_set()

    def read(self):
        self._asked.release()
        return self._frames.get(), np.zeros((4, 4, 3), np.uint8)

    def stamp_ms(self):
        return None

    def controls(self):
        return {}

    def release(self):
        pass

    def end(self):
        self._frames.put(False)


def test_frames_that_may_not_be_used_are_a_sign_of_life():
    """A camera of five frames a second was reopened for ever: its three settling frames took longer than a read may."""
    camera = SlowCamera()
    grabber = Grabber(lambda: camera, camera, settle=3)
    frame = grabber.next(1)
    assert frame is not None
    camera.silent = True
    assert grabber.next(1) is None
    camera.end()


def test_a_camera_whose_frames_can_never_be_used_is_given_up():
    camera = SlowCamera()
    grabber = Grabber(lambda: camera, camera, settle=1000)
    assert grabber.next(1) is None
    camera.end()


@pytest.mark.parametrize("when", ["open", "read"])
def test_a_mistake_of_a_driver_is_told_and_not_waited_for(when):
    """The thread ended without a word; that the camera did not open in time was all that anybody learned."""
    source = SlowCamera()

    def fail():
        raise ValueError("a stride of 0")

    source.read = fail
    grabber = Grabber(fail if when == "open" else lambda: source, RealClock())

    def wait():
        grabber.wait_open(30 * NS_PER_S)
        grabber.next(30 * NS_PER_S)

    with pytest.raises(CameraError, match="ValueError: a stride of 0"):
        wait()
