"""Locked controls, against a driver that refuses, clamps and forgets as real ones do."""

import errno
import os

import pytest

from edge.camera.controls import (
    EXPOSURE,
    EXPOSURE_AUTO,
    FOCUS,
    FOCUS_AUTO,
    GAIN,
    POWER_LINE,
    WHITE_BALANCE,
    WHITE_BALANCE_AUTO,
    ControlLock,
    V4l2Controls,
)
from edge.clock import VirtualClock
from edge.config import CameraConfig
from edge.health import Level
from edge.virtual.webcam import VirtualWebcam


@pytest.fixture
def webcam() -> VirtualWebcam:
    return VirtualWebcam(VirtualClock())


def locked(webcam, **controls) -> ControlLock:
    lock = ControlLock(CameraConfig(**controls), webcam.controls("video0"))
    lock.apply()
    return lock


def test_every_control_is_set_and_read_back(webcam):
    lock = locked(webcam, exposure=120, gain=10, white_balance_k=4600, focus=30, power_line_hz=50)
    assert lock.checks() == []
    assert lock.values == {"exposure": 120, "gain": 10, "white_balance_k": 4600, "focus": 30, "power_line_hz": 50}
    assert [webcam.values[one] for one in (EXPOSURE, GAIN, WHITE_BALANCE, FOCUS, POWER_LINE)] == [120, 10, 4600, 30, 1]


def test_a_camera_that_is_left_alone_keeps_its_automatics(webcam):
    before = dict(webcam.values)
    assert locked(webcam).values == {}
    assert webcam.values == before


def test_a_control_that_did_not_take_is_a_fault_with_wish_value_and_mend(webcam):
    """OpenCV says yes to a control that the driver ignores."""
    webcam.stubborn.add(GAIN)
    [check] = locked(webcam, gain=12).checks()
    assert (check.name, check.level) == ("camera.gain", Level.FAULT)
    assert check.text == "asked for 12, the camera says 0; it takes 0 to 100 in steps of 1"
    assert "camera.gain" in check.mend


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        ({"focus": 32}, "asked for 32, the camera says 30; it takes 0 to 250 in steps of 5"),
        ({"gain": 1000}, "asked for 1000, the camera says 100; it takes 0 to 100 in steps of 1"),
        ({"white_balance_k": 100}, "asked for 100, the camera says 2800; it takes 2800 to 6500 in steps of 10"),
    ],
)
def test_a_value_that_the_driver_rounds_or_clamps_without_a_word_is_a_fault(webcam, controls, words):
    [check] = locked(webcam, **controls).checks()
    assert (check.level, check.text) == (Level.FAULT, words)


def test_a_control_that_the_camera_lacks_is_a_fault(webcam):
    webcam.absent.add(FOCUS)
    [check] = locked(webcam, focus=30).checks()
    assert check.text == "the camera has no such control"


@pytest.mark.parametrize(
    ("automatic", "controls"),
    [(EXPOSURE_AUTO, {"exposure": 120}), (WHITE_BALANCE_AUTO, {"white_balance_k": 4600}), (FOCUS_AUTO, {"focus": 30})],
)
def test_an_automatic_that_stays_on_is_a_fault(webcam, automatic, controls):
    webcam.stubborn.add(automatic)
    [check] = locked(webcam, **controls).checks()
    assert check.level is Level.FAULT
    assert "refuses (another control forbids it) and says" in check.text


def test_the_automatic_is_switched_off_before_the_value_is_set(webcam):
    """A driver refuses an exposure while its automatic is on."""
    device = webcam.controls("video0")
    with pytest.raises(OSError, match=os.strerror(errno.EACCES)):
        device.set(EXPOSURE, 120)
    device.close()
    assert locked(webcam, exposure=120).checks() == []


def test_a_menu_without_the_entry_is_a_fault(webcam):
    """A camera without manual exposure."""
    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        webcam.controls("video0").set(EXPOSURE_AUTO, 2)
    with pytest.raises(OSError, match=os.strerror(errno.ERANGE)):
        webcam.controls("video0").set(POWER_LINE, 3)


def test_a_control_that_the_camera_was_not_ready_for_is_set_later(webcam):
    """A focus motor that still ran answered that it was busy, and the lens stayed where it was for the whole shift."""
    webcam.not_ready.add(FOCUS)
    lock = locked(webcam, focus=30)
    [check] = lock.checks()
    assert "refuses (Device or resource busy) and says 0" in check.text
    webcam.not_ready.clear()
    lock.look()
    assert lock.checks() == []
    assert lock.values == {"focus": 30}


def test_a_camera_that_forgot_its_controls_is_set_again_and_that_is_told(webcam):
    """A glitch on the bus reset the camera to automatic exposure, and every part was judged in another light."""
    lock = locked(webcam, exposure=120)
    webcam.forget()
    lock.look()
    [check] = lock.checks()
    assert (check.name, check.level) == ("camera.exposure", Level.WARNING)
    assert "had let go of it: asked for 120, the camera says 2" in check.text
    assert lock.values == {"exposure": 120}


def test_a_camera_that_forgot_and_refuses_is_a_fault(webcam):
    lock = locked(webcam, gain=12)
    webcam.values[GAIN] = 90
    webcam.stubborn.add(GAIN)
    lock.look()
    assert [(check.name, check.level) for check in lock.checks()] == [("camera.gain", Level.FAULT)]


def test_a_device_that_is_no_camera_is_an_error_of_the_kernel(tmp_path):
    file = tmp_path / "video0"
    file.touch()
    device = V4l2Controls(str(file))
    assert device.span(EXPOSURE) is None
    with pytest.raises(OSError, match=os.strerror(25)):
        device.get(EXPOSURE)
    device.close()


def test_the_questions_have_the_kernels_numbers(monkeypatch, tmp_path):
    """linux/videodev2.h: VIDIOC_QUERYCTRL, _S_CTRL and _G_CTRL as they are compiled on x86 and ARM."""
    asked = []
    monkeypatch.setattr("fcntl.ioctl", lambda descriptor, number, fields: asked.append(number) or fields)
    file = tmp_path / "video0"
    file.touch()
    device = V4l2Controls(str(file))
    device.span(GAIN)
    device.set(GAIN, 7)
    device.get(GAIN)
    device.close()
    assert asked == [0xC0445624, 0xC008561C, 0xC008561B]
