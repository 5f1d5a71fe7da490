"""A webcam that is pulled, plugged, hangs and repeats itself."""

import threading
from pathlib import Path

import numpy as np
import pytest

from edge.camera.capture import CaptureCamera
from edge.camera.controls import GAIN
from edge.camera.grabber import Stamps
from edge.clock import NS_PER_S, RealClock
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.virtual.webcam import VirtualWebcam

LONG_NS = 30 * NS_PER_S
SETTINGS = {"device": "/dev/v4l/by-id/webcam", "exposure": 100, "gain": 10, "settle_frames": 0}


def picture(number: int) -> np.ndarray:
    image = np.zeros((4, 4, 3), np.uint8)
    image[0, 0] = number
    return image


@pytest.fixture
def webcam():
    webcam = VirtualWebcam(RealClock())
    yield webcam
    webcam.hang(False)
    webcam.unplug()


def opened(webcam, **settings) -> CaptureCamera:
    camera = CaptureCamera(CameraConfig(**{**SETTINGS, **settings}), RealClock(), webcam)
    camera.open()
    return camera


def grabbers() -> int:
    return sum(thread.name == "camera-grabber" for thread in threading.enumerate())


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def read_on(camera: CaptureCamera) -> None:
    while camera.read(LONG_NS):
        pass


def join_grabbers() -> None:
    for thread in threading.enumerate():
        if thread.name == "camera-grabber":
            thread.join(30)


def test_a_frame_goes_with_the_controls_that_the_camera_itself_reads_back(webcam):
    """What was asked for stood in the records, and the camera had done something else."""
    webcam.stubborn.add(GAIN)
    camera = opened(webcam)
    webcam.give(picture(1))
    frame = camera.read(LONG_NS)
    assert frame is not None
    assert frame.controls == {"exposure": 100, "gain": 0}
    assert [check.name for check in camera.checks()] == ["camera.gain"]
    camera.close()


def test_a_hundred_times_unplugged_and_plugged_in_again_leave_nothing_behind(webcam):
    """No thread, no file descriptor, and never a frame out of the queue of before."""
    camera = CaptureCamera(CameraConfig(**SETTINGS), RealClock(), webcam)
    join_grabbers()
    before = (grabbers(), descriptors())
    for cycle in range(100):
        camera.open()
        webcam.give(picture(cycle + 1))
        frame = camera.read(LONG_NS)
        assert frame is not None
        assert frame.image[0, 0, 0] == cycle + 1
        if cycle % 2:
            webcam.hang(True)  # every other time, the driver does not even say that it is gone
            assert camera.read(NS_PER_S // 1000) is None
            webcam.unplug()
            webcam.hang(False)
        else:
            webcam.unplug()
            with pytest.raises(CameraError, match="no more frames"):
                camera.read(LONG_NS)
        webcam.give(picture(255))  # what the driver still holds
        camera.close()
        with pytest.raises(CameraError, match="not there"):
            camera.open()
        webcam.plug()
    join_grabbers()
    assert (grabbers(), descriptors()) == before


def test_calls_that_never_return_do_not_pile_up(webcam):
    """Each reopening of a camera that hung left one more thread behind, for as long as it hung."""
    camera = CaptureCamera(CameraConfig(**SETTINGS), RealClock(), webcam)
    webcam.hang(True)
    for _ in range(3):
        camera.open()
        assert camera.read(1) is None
        camera.close()
    with pytest.raises(CameraError, match="3 earlier calls to its driver hang"):
        camera.open()
    webcam.unplug()
    webcam.hang(False)
    join_grabbers()
    webcam.plug()
    camera.open()
    camera.close()


def test_the_first_frames_after_opening_are_thrown_away(webcam):
    camera = opened(webcam, settle_frames=2)
    for number in (1, 2, 3):
        webcam.give(picture(number))
    frame = camera.read(LONG_NS)
    assert frame is not None
    assert frame.image[0, 0, 0] == 3
    camera.close()


def test_a_camera_that_repeats_one_picture_is_frozen(webcam):
    """A stuck camera gave its last good part for ever, and everything passed."""
    camera = opened(webcam, frozen_frames=3)
    for _ in range(4):
        webcam.give(picture(7))
    with pytest.raises(CameraError, match="frozen"):
        read_on(camera)
    camera.close()


def test_a_picture_of_another_size_is_not_given_out(webcam):
    """The rectangle of the configuration lay somewhere else in it, and what was there was judged."""
    camera = opened(webcam)
    webcam.give(picture(1))
    assert camera.read(LONG_NS) is not None
    webcam.give(np.zeros((8, 4, 3), np.uint8))
    with pytest.raises(CameraError, match="4 × 8 pixels now, and were 4 × 4"):
        camera.read(LONG_NS)
    camera.close()


def test_darkness_may_be_the_same_for_ever(webcam):
    camera = opened(webcam, frozen_frames=3)
    for _ in range(8):
        webcam.give(np.zeros((4, 4, 3), np.uint8))
    webcam.give(picture(1))
    while (frame := camera.read(LONG_NS)) is not None and frame.image[0, 0, 0] != 1:
        pass
    assert frame is not None
    camera.close()


def test_a_stable_name_is_followed_to_whatever_number_the_camera_has_now(webcam, tmp_path):
    """After a replug /dev/video0 was /dev/video2; pictures and controls have to be one camera's."""
    link = tmp_path / "by-id"
    for number in ("video0", "video2"):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / number)
        opened(webcam, device=str(link)).close()
    assert webcam.opened == [str(tmp_path / number) for number in ("video0", "video0", "video2", "video2")]


def test_a_device_by_its_number_is_told():
    camera = CaptureCamera(CameraConfig(device="/dev/video0"), RealClock())
    assert ["by-id" in check.mend for check in camera.checks()] == [True]


def ms(count: float) -> int:
    return round(count * 1_000_000)


def test_a_frame_is_as_old_as_its_driver_says():
    assert Stamps(0, 0).taken_ns(ms(5000), 4700.0) == ms(4700)


def test_a_frame_of_before_the_opening_is_refused():
    assert Stamps(ms(4800), 0).taken_ns(ms(5000), 4700.0) is None


def test_once_a_stamp_is_believed_an_old_frame_is_not_made_young():
    """After a second's pause a frame out of the driver's queue counted as taken now, and was another part's."""
    stamps = Stamps(0, 0)
    stamps.taken_ns(ms(5000), 4990.0)
    assert stamps.taken_ns(ms(9000), 5020.0) == ms(5020)


@pytest.mark.parametrize("age_ms", [-50_000.0, 3_600_000.0])
def test_a_time_stamp_of_another_clock_is_not_believed(age_ms):
    """A stamp of the wall clock would put every frame decades away, and no part would ever get one."""
    assert Stamps(0, 0).taken_ns(ms(4_000_000), 4_000_000 - age_ms) == ms(4_000_000)


def test_without_time_stamps_the_drivers_queue_is_thrown_away_after_a_pause():
    stamps = Stamps(0, 0)
    assert stamps.taken_ns(ms(100), None) == ms(100)
    later = [stamps.taken_ns(ms(9000 + number), None) for number in range(5)]
    assert later == [None, None, None, None, ms(9004)]
