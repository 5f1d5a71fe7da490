import cv2
import numpy as np
import pytest

from edge.errors import UsageError
from edge.imaging.pitch import find_pitch, pitch_check


def board(square_px: int, tilt: float = 0.0) -> np.ndarray:
    """A target of 9 × 6 squares in a white picture, seen aslant where `tilt` says so."""
    squares = (np.indices((6, 9)).sum(axis=0) % 2 * 255).astype(np.uint8)
    target = np.kron(squares, np.ones((square_px, square_px), np.uint8))
    image = np.full((480, 640), 255, np.uint8)
    image[60 : 60 + target.shape[0], 60 : 60 + target.shape[1]] = target
    far = np.array([[0, 0], [640, 640 * tilt / 2], [640, 480 - 640 * tilt / 2], [0, 480]], np.float32)
    near = np.array([[0, 0], [640, 0], [640, 480], [0, 480]], np.float32)
    image = cv2.warpPerspective(image, cv2.getPerspectiveTransform(near, far), (640, 480), borderValue=(255,))
    return np.repeat(np.asarray(image, np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("square_px", [24, 40, 55])
def test_the_pitch_of_a_printed_target_is_measured(square_px):
    pitch = find_pitch(board(square_px), (8, 5), square_mm=10.0)
    assert pitch.mm_per_px == pytest.approx(10 / square_px, rel=0.003)
    assert pitch.findings() == []


def test_a_camera_that_looks_aslant_is_told():
    with pytest.raises(UsageError, match="aslant"):
        find_pitch(board(40, tilt=0.2), (8, 5), square_mm=10.0)


def test_a_picture_without_a_target_is_told():
    with pytest.raises(UsageError, match="8 × 5 inner corners"):
        find_pitch(np.full((480, 640, 3), 255, np.uint8), (8, 5), square_mm=10.0)


def test_the_smallest_defect_follows_from_the_pitch():
    assert "0.5 mm a pixel: defects from 4 to 5 mm" in pitch_check(0.5, 10).text
