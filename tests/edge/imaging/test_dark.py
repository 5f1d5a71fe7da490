import numpy as np
import pytest

from edge.errors import TooDark
from edge.imaging.dark import Darkness


def picture(grey: int, bright_pixels: int = 0) -> np.ndarray:
    """Of 100 × 100 pixels in a sensor's noise."""
    image = np.random.default_rng(2).integers(grey, grey + 4, (100, 100, 3), np.uint8)
    image.reshape(-1, 3)[:bright_pixels] = 200
    return image


def test_a_picture_without_light_is_refused():
    with pytest.raises(TooDark, match="brighter than 16 of 255"):
        Darkness(16).require(picture(5))


def test_a_dark_part_on_a_dark_belt_is_looked_at():
    Darkness(16).require(picture(20))


def test_hot_pixels_of_the_sensor_are_no_light():
    with pytest.raises(TooDark):
        Darkness(16).require(picture(5, bright_pixels=40))
    Darkness(16).require(picture(5, bright_pixels=400))


def test_a_level_of_zero_judges_in_the_dark():
    Darkness(0).require(np.zeros((8, 8, 3), np.uint8))


def test_how_long_it_has_been_dark_is_said_until_it_is_light_again():
    darkness = Darkness(16)
    assert darkness.checks() == []
    for _ in range(3):
        with pytest.raises(TooDark):
            darkness.require(picture(5))
    [check] = darkness.checks()
    assert "the last 3 parts were too dark to be inspected: no light, rather than bad parts" in check.text
    darkness.require(picture(90))
    assert darkness.checks() == []
