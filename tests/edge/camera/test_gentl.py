"""GenICam for real: harvesters, and the GenTL producer that comes with the package genicam. Its three cameras show a
ball, the first a red one, on white."""

import importlib.util
import threading
from pathlib import Path

import numpy as np
import pytest

from edge.camera.base import make_camera
from edge.clock import NS_PER_S, RealClock
from edge.config import CameraConfig
from edge.errors import CameraError

GENICAM = importlib.util.find_spec("genicam")
PRODUCER = Path(GENICAM.origin or "").parent / "viky.cti" if GENICAM else Path("absent")
pytestmark = pytest.mark.skipif(
    not PRODUCER.is_file(), reason="genicam with its GenTL producer is not installed: pip install 'ringlight[genicam]'"
)
LONG_NS = 30 * NS_PER_S
SETTINGS = {
    "source": "genicam", "producer": PRODUCER, "device": "0", "pixel_format": "RGBa8", "width_px": 400,
    "height_px": 400, "fps": 100, "settle_frames": 0,
}  # fmt: skip


@pytest.fixture
def camera():
    made = []

    def make(**settings):
        made.append(make_camera(CameraConfig(**{**SETTINGS, **settings}), RealClock()))
        return made[-1]

    yield make
    for one in made:
        one.close()
    join_grabbers()


def join_grabbers() -> None:
    for thread in threading.enumerate():
        if thread.name == "camera-grabber":
            thread.join(30)


@pytest.mark.parametrize(("device", "ball"), [("0", [255, 0, 0]), ("1", [0, 255, 0]), ("2", [0, 0, 255])])
def test_colours_are_those_of_the_camera_that_was_asked_for(camera, device, ball):
    one = camera(device=device)
    one.open()
    frame = one.read(LONG_NS)
    assert frame is not None
    assert one.checks() == []
    assert frame.image.shape == (400, 400, 3)
    colours = np.unique(frame.image.reshape(-1, 3), axis=0).tolist()
    assert colours == sorted([ball, [255, 255, 255]])


def test_what_the_producer_refuses_is_a_fault_with_its_words(camera):
    one = camera(fps=400, exposure=100)
    one.open()
    exposure, fps = one.checks()
    assert (exposure.name, exposure.text) == ("camera.exposure", "the camera has no ExposureTime")
    assert fps.name == "camera.fps"
    assert "OutOfRange" in fps.text
    assert fps.text.endswith("it says 20.0")


def test_a_camera_that_the_producer_has_not_is_named(camera):
    with pytest.raises(CameraError, match=r"camera 9: is not there \(seen: 0, 1, 2\)"):
        camera(device="9").open()


def test_a_producer_that_is_not_there_is_named(camera, tmp_path):
    with pytest.raises(CameraError, match=r"maker\.cti: is not there.*camera\.producer"):
        camera(producer=tmp_path / "maker.cti").open()


def test_opening_and_closing_leaves_no_descriptor_and_no_thread(camera):
    def cycle():
        one = camera()
        one.open()
        assert one.read(LONG_NS) is not None
        one.close()
        join_grabbers()
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    first = cycle()
    assert [cycle() for _ in range(4)] == [first] * 4
