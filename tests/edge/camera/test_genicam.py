"""GenICam by its contract; `test_gentl` runs a real GenTL producer."""

import sys
import threading

import numpy as np
import pytest

from edge.camera.base import make_camera
from edge.camera.genicam import GenicamCamera
from edge.clock import NS_PER_S, RealClock
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.virtual.genicam import VirtualGenicam

LONG_NS = 30 * NS_PER_S
SETTINGS = {
    "source": "genicam", "producer": "maker.cti", "device": "S1", "pixel_format": "RGB8", "width_px": 64,
    "height_px": 48, "exposure": 500, "gain": 2, "settle_frames": 0,
}  # fmt: skip


@pytest.fixture
def camera():
    return VirtualGenicam()


def opened(camera, **settings) -> GenicamCamera:
    box = GenicamCamera(CameraConfig(**{**SETTINGS, **settings}), RealClock(), camera.harvester)
    box.open()
    return box


def closed(box, camera) -> None:
    box.close()
    for _ in range(10):
        camera.give(None)  # as long as a camera may be silent
    for thread in threading.enumerate():
        if thread.name == "camera-grabber":
            thread.join(30)


@pytest.mark.parametrize(
    ("pixel_format", "pixel", "rgb"),
    [("RGB8", (10, 20, 30), [10, 20, 30]), ("BGR8", (10, 20, 30), [30, 20, 10]), ("Mono8", None, [10, 10, 10])],
)
def test_a_frame_is_rgb_whatever_the_camera_sends(camera, pixel_format, pixel, rgb):
    box = opened(camera, pixel_format=pixel_format)
    camera.give(np.full((48, 64, 3), pixel, np.uint8) if pixel else np.full((48, 64), 10, np.uint8))
    frame = box.read(LONG_NS)
    assert frame is not None
    assert frame.image[5, 5].tolist() == rgb
    assert frame.controls == {"exposure": 500.0, "gain": 2.0}
    closed(box, camera)
    assert (camera.open, camera.left, camera.acquiring) == (0, 0, False)


@pytest.mark.parametrize(("pixel_format", "at"), [("BayerRG8", (0, 0)), ("BayerBG8", (1, 1)), ("BayerGR8", (0, 1))])
def test_the_red_of_a_bayer_pattern_is_red(camera, pixel_format, at):
    """OpenCV names the patterns by another pixel than the standard; red parts came out blue."""
    pixels = np.zeros((48, 64), np.uint8)
    pixels[at[0] :: 2, at[1] :: 2] = 200
    box = opened(camera, pixel_format=pixel_format)
    camera.give(pixels)
    frame = box.read(LONG_NS)
    assert frame is not None
    assert frame.image[10:20, 10:20].reshape(-1, 3).mean(axis=0).round().tolist() == [200, 0, 0]
    closed(box, camera)


def test_features_are_locked_and_a_stubborn_one_is_a_fault(camera):
    camera.stubborn.add("ExposureTime")
    box = opened(camera)
    assert [(check.name, check.text) for check in box.checks()] == [
        ("camera.exposure", "asked for ExposureTime = 500.0, the camera says 1000.0")
    ]
    assert (camera.nodes.ExposureAuto.value, camera.nodes.Gain.value) == ("Off", 2.0)
    closed(box, camera)


def test_a_camera_of_another_serial_number_is_not_taken(camera):
    """A wrong camera was accepted as success."""
    with pytest.raises(CameraError, match=r"S9: is not there \(seen: S1\)"):
        opened(camera, device="S9")
    assert camera.open == 0


def test_a_camera_that_goes_is_an_error_and_comes_back(camera):
    box = opened(camera)
    camera.gone = True
    camera.give(None)
    with pytest.raises(CameraError, match="GC_ERR_IO"):
        box.read(LONG_NS)
    closed(box, camera)
    with pytest.raises(CameraError, match="is not there"):
        box.open()
    camera.gone = False
    while not camera.frames.empty():
        camera.frames.get()
    box.open()
    camera.give(np.full((48, 64, 3), 9, np.uint8))
    assert box.read(LONG_NS) is not None
    closed(box, camera)
    assert camera.open == 0


def test_without_harvesters_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "harvesters.core", None)
    with pytest.raises(CameraError, match=r"ringlight\[genicam\]"):
        make_camera(CameraConfig(**SETTINGS), RealClock()).open()


def test_a_genicam_camera_needs_its_producer():
    with pytest.raises(ValueError, match=r"camera\.producer is missing"):
        CameraConfig(source="genicam")
