import cv2
import numpy as np
import pytest

from edge.camera.base import make_camera
from edge.clock import NS_PER_S, VirtualClock
from edge.config import CameraConfig
from edge.errors import CameraError, ConfigError, UsageError
from edge.imaging.flat import FlatField, dark_of, flat_of


def vignette(height=90, width=120, fall=0.4) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return (1 - fall * (x * x + y * y) / 2)[..., None].repeat(3, axis=2)


def sheet(grey: float = 200.0) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 2, (90, 120, 3))
    return np.clip(vignette() * grey + 6 + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def field() -> FlatField:
    return FlatField(flat_of([sheet()] * 4), dark_of([np.full((90, 120, 3), 6, np.uint8)] * 4))


def test_a_grey_surface_is_even_after_the_correction(field):
    before, after = sheet(120), field.apply(sheet(120))
    assert np.ptp(cv2.blur(before, (15, 15))) > 40
    assert np.ptp(cv2.blur(after, (15, 15))) < 12
    assert abs(float(after.mean()) - float(before.mean())) < 10


def test_darkness_stays_dark(field):
    assert field.apply(np.full((90, 120, 3), 6, np.uint8)).max() <= 1


def test_a_sheet_with_something_on_it_is_refused():
    spotted = sheet()
    spotted[30:40, 30:40] = 20
    with pytest.raises(UsageError, match="not even"):
        flat_of([spotted] * 4)


@pytest.mark.parametrize(("grey", "words"), [(10, "too dark"), (300, "overexposed")])
def test_a_sheet_in_the_wrong_light_is_refused(grey, words):
    with pytest.raises(UsageError, match=words):
        flat_of([sheet(grey)] * 4)


def test_a_dark_frame_with_the_light_on_is_refused():
    with pytest.raises(UsageError, match="cap"):
        dark_of([sheet()])


def test_a_picture_of_another_size_is_refused(field):
    with pytest.raises(CameraError, match="calibrate flat"):
        field.apply(np.zeros((10, 10, 3), np.uint8))


def test_every_camera_gives_corrected_frames_where_a_flat_field_is_named(field, tmp_path):
    """The desk learnt from pictures without the correction that the box applied."""
    cv2.imwrite(str(tmp_path / "a.png"), sheet(120))
    field.save(tmp_path / "flat.npz")
    config = CameraConfig(source="folder", device=str(tmp_path), flat_field=tmp_path / "flat.npz")
    camera = make_camera(config, VirtualClock())
    camera.open()
    frame = camera.read(NS_PER_S)
    assert frame is not None
    assert np.array_equal(frame.image, field.apply(sheet(120)[..., ::-1]))


@pytest.mark.parametrize("body", [b"", b"PK", b"{}"])
def test_a_file_that_is_no_flat_field_is_refused(tmp_path, body):
    (tmp_path / "flat.npz").write_bytes(body)
    with pytest.raises(ConfigError, match=r"camera\.flat_field"):
        FlatField.load(tmp_path / "flat.npz")
