import cv2
import numpy as np
import pytest

from edge.errors import DatasetError
from trainer.headers import Header, read_header


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tiff"])
@pytest.mark.parametrize("shape", [(5, 9), (6, 4, 3)])
def test_the_size_is_read_as_it_would_be_decoded(suffix, shape, tmp_path):
    path = tmp_path / f"part.{suffix}"
    cv2.imwrite(str(path), np.zeros(shape, np.uint8))
    assert read_header(path) == Header(*shape[:2], bits=8)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits_are_seen(suffix, tmp_path):
    path = tmp_path / f"part.{suffix}"
    cv2.imwrite(str(path), np.zeros((5, 9), np.uint16))
    assert read_header(path).bits == 16


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_file_that_was_cut_off_is_named(suffix, tmp_path):
    """A decoder fills the rest of a truncated JPEG with grey, and the model learns grey."""
    path = tmp_path / f"part.{suffix}"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DatasetError, match=rf"part\.{suffix}: is cut off"):
        read_header(path)


def test_a_jpeg_with_a_long_comment_before_its_frame_is_read(tmp_path):
    path = tmp_path / "part.jpg"
    cv2.imwrite(str(path), np.zeros((5, 9), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xfe" + (60_002).to_bytes(2, "big") + b"\xc0" * 60_000 + data[2:])
    assert read_header(path) == Header(5, 9, 8)


@pytest.mark.parametrize("name", ["part.png", "part.jpg", "part.bmp"])
def test_an_empty_file_is_named(name, tmp_path):
    (tmp_path / name).touch()
    with pytest.raises(DatasetError, match="is empty"):
        read_header(tmp_path / name)
