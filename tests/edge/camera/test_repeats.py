import numpy as np
import pytest

from edge.camera.repeats import Repeats
from edge.parts import Frame


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (40, 30, 3)).astype(np.uint8)


def asked(*frames, least_mm=1.0):
    repeats = Repeats(least_mm)
    return [repeats.is_repeated(Frame(image, at), mm) for at, (image, mm) in enumerate(frames)]


def test_the_same_picture_of_a_belt_that_moved_is_refused():
    """A hung webcam hands out its last picture with new time stamps: parts passed by the picture of another."""
    assert asked((picture(1), 0.0), (picture(1), 8.0), (picture(1), 16.0)) == [False, True, True]


def test_other_pictures_are_taken_again():
    assert asked((picture(1), 0.0), (picture(1), 8.0), (picture(2), 16.0), (picture(2), 24.0)) == [
        False,
        True,
        False,
        True,
    ]


def test_a_belt_that_stands_may_look_the_same():
    assert asked((picture(1), 5.0), (picture(1), 5.0), (picture(1), 5.5)) == [False, False, False]


def test_a_belt_that_creeps_is_measured_from_the_first_of_the_same_pictures():
    assert asked(*((picture(1), 0.4 * n) for n in range(5))) == [False, False, False, True, True]


@pytest.mark.parametrize("row", [0, 7, 39])
def test_one_pixel_is_a_difference_wherever_it_is(row):
    other = picture(1)
    other[row, 3, 1] ^= 1
    assert asked((picture(1), 0.0), (other, 8.0)) == [False, False]


def test_a_picture_without_contrast_is_no_repetition():
    dark = np.zeros((40, 30, 3), np.uint8)
    assert asked((dark, 0.0), (dark, 8.0)) == [False, False]
