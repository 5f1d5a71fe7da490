"""OpenCV's captures, with a real video file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.base import Backoff, make_camera
from edge.camera.capture import CaptureCamera
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
    camera = CaptureCamera(CameraConfig(source="video", device=str(video), fps=500), RealClock())
    camera.open()
    frame = camera.read(LONG_NS)
    camera.close()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    assert frame.image[..., 1:].max() < 40


def test_the_end_of_a_video_is_said(video):
    camera = CaptureCamera(CameraConfig(source="video", device=str(video), fps=500), RealClock())
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


def test_waits_grow_and_a_success_starts_again():
    backoff = Backoff(first_ns=1, last_ns=5)
    assert [backoff.wait_ns() for _ in range(4)] == [1, 2, 4, 5]
    backoff.succeeded()
    assert backoff.wait_ns() == 1
