"""OpenCV's captures, with a real video file, and with one that hangs."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.base import Backoff, make_camera
from edge.camera.capture import CaptureCamera, _Grabber
from edge.clock import NS_PER_S, RealClock, VirtualClock
from edge.config import CameraConfig
from edge.errors import CameraError

LONG_NS = 30 * NS_PER_S


@pytest.fixture
def video(tmp_path) -> Path:
    """Twenty frames, each as red as its number times ten."""
    file = tmp_path / "belt.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for number in range(20):
        frame = np.zeros((48, 64, 3), np.uint8)
        frame[..., 2] = number * 10
        writer.write(frame)
    writer.release()
    return file


def test_a_video_is_played_as_rgb_frames(video):
    camera = CaptureCamera(CameraConfig(source="video", device=str(video)), RealClock())
    camera.open()
    frame = camera.read(LONG_NS)
    camera.close()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    assert frame.image[..., 1:].max() < 40


def test_the_end_of_a_video_is_said(video):
    camera = CaptureCamera(CameraConfig(source="video", device=str(video)), RealClock())
    camera.open()
    with pytest.raises(CameraError, match="no more frames"):
        list(iter(lambda: camera.read(LONG_NS), None))
    camera.close()


def test_a_video_that_is_not_there_is_named(tmp_path):
    camera = CaptureCamera(CameraConfig(source="video", device=str(tmp_path / "no.avi")), RealClock())
    with pytest.raises(CameraError, match=r"no\.avi"):
        camera.open()


def test_a_webcam_that_is_not_there_is_named():
    camera = make_camera(CameraConfig(device="/dev/video-not-there"), RealClock())
    with pytest.raises(CameraError, match="video-not-there: is not there"):
        camera.open()


def test_reading_a_camera_that_is_not_open_is_an_error():
    with pytest.raises(CameraError, match="not open"):
        CaptureCamera(CameraConfig(device="/dev/video0"), VirtualClock()).read(1)


def test_the_virtual_lines_camera_needs_the_virtual_line():
    with pytest.raises(CameraError, match="ringlight demo"):
        make_camera(CameraConfig(source="virtual"), VirtualClock())


class Hanging:
    """A capture whose read does not return until it is let go, as a webcam's does after a bad cable."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.released = threading.Event()

    def read(self):
        self.let_go.wait()
        return False, None

    def release(self) -> None:
        self.released.set()

    def get(self, prop: int) -> float:
        return 0.0


def test_a_capture_that_hangs_costs_its_reader_only_the_time_out():
    """One lost frame blocked the camera for good: the read had no time-out, and held a lock."""
    capture, clock = Hanging(), VirtualClock()
    grabber = _Grabber(capture, clock)
    assert grabber.next(NS_PER_S) is None
    assert clock.now_ns() == NS_PER_S
    grabber.abandoned = True
    capture.let_go.set()
    assert capture.released.wait(30)


class Ready:
    """A capture that gives frames as fast as they are read, with the driver's time stamp `age_ms` in the past."""

    def __init__(self, clock: RealClock, age_ms: float) -> None:
        self._clock, self._age_ms = clock, age_ms

    def read(self):
        return True, np.zeros((4, 4, 3), np.uint8)

    def release(self) -> None:
        pass

    def get(self, prop: int) -> float:
        return self._clock.now_ns() / 1e6 - self._age_ms


def taken_before_now_ns(age_ms: float) -> int:
    clock = RealClock()
    grabber = _Grabber(Ready(clock, age_ms), clock)
    frame = grabber.next(LONG_NS)
    grabber.abandoned = True
    assert frame is not None
    return clock.now_ns() - frame.taken_ns


def test_a_frame_is_as_old_as_its_driver_says():
    assert taken_before_now_ns(age_ms=300) >= 300_000_000


@pytest.mark.parametrize("age_ms", [-50_000.0, 3_600_000.0])
def test_a_time_stamp_of_another_clock_is_not_believed(age_ms):
    """A stamp of the wall clock would put every frame decades away, and no part would ever get one."""
    assert 0 <= taken_before_now_ns(age_ms) < NS_PER_S


def test_waits_grow_and_a_success_starts_again():
    backoff = Backoff(first_ns=1, last_ns=5)
    assert [backoff.wait_ns() for _ in range(4)] == [1, 2, 4, 5]
    backoff.succeeded()
    assert backoff.wait_ns() == 1


class Stubborn(Ready):
    """A webcam that takes every setting but the exposure, which stays at 200."""

    def __init__(self, device: str, how: int) -> None:
        super().__init__(RealClock(), 0)
        self._values: dict[int, float] = {cv2.CAP_PROP_EXPOSURE: 200.0}

    def isOpened(self) -> bool:
        return True

    def set(self, prop: int, value: float) -> None:
        if prop != cv2.CAP_PROP_EXPOSURE:
            self._values[prop] = value

    def get(self, prop: int) -> float:
        return self._values.get(prop, 0.0)


def test_a_frame_goes_with_the_controls_that_the_camera_itself_reads_back(tmp_path, monkeypatch):
    """What was asked for stood in the records, and the camera had done something else."""
    monkeypatch.setattr(cv2, "VideoCapture", Stubborn)
    device = tmp_path / "video0"
    device.touch()
    camera = CaptureCamera(CameraConfig(device=str(device), exposure=100, gain=10), RealClock())
    camera.open()
    frame = camera.read(LONG_NS)
    camera.close()
    assert frame is not None
    assert frame.controls == {"exposure": 200.0, "gain": 10.0}
    assert [check.name for check in camera.checks()] == ["camera.exposure"]
