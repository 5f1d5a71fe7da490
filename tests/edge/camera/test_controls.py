"""Locked controls, against a driver that refuses, clamps and forgets as real ones do."""

import os

import pytest

from edge.camera.controls import EXPOSURE, FOCUS, GAIN, POWER_LINE, WHITE_BALANCE, ControlLock, V4l2Controls
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


def test_a_control_that_did_not_take_is_a_fault_with_wish_and_value(webcam):
    """OpenCV says yes to a control that the driver ignores."""
    webcam.stubborn.add(EXPOSURE)
    [check] = locked(webcam, exposure=120).checks()
    assert (check.name, check.level) == ("camera.exposure", Level.FAULT)
    assert check.text == "asked for 120, the camera says 1"
    assert "camera.exposure" in check.mend


def test_a_value_that_the_driver_rounds_is_a_fault(webcam):
    [check] = locked(webcam, focus=32).checks()
    assert check.text == "asked for 32, the camera says 30"


def test_a_value_out_of_range_is_told_with_the_range(webcam):
    [check] = locked(webcam, gain=1000).checks()
    assert "it takes 0 to 100 in steps of 1" in check.text


def test_a_control_that_the_camera_lacks_is_a_fault(webcam):
    webcam.absent.add(FOCUS)
    [check] = locked(webcam, focus=30).checks()
    assert check.text == "the camera has no such control"


def test_a_camera_that_forgot_its_controls_is_found_out(webcam):
    """A glitch on the bus reset the camera to automatic exposure, and every part was judged in another light."""
    lock = locked(webcam, exposure=120)
    webcam.forget()
    lock.look()
    assert [check.name for check in lock.checks()] == ["camera.exposure"]


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
