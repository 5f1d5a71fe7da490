from dataclasses import replace

import numpy as np
import pytest

from trainer.simulate.camera import Camera
from trainer.simulate.scene import Window

CAMERA = Camera(320, 240, blur=0.8, vignette=0.25, gain=1.0, balance=(1.0, 1.0, 1.0), quality=90, seed=3)
WHOLE = Window(0, 0, 240, 320)


def grey(level=0.3):
    return np.full((240, 320, 3), level, np.float32)


def test_corners_lose_the_vignettes_share_of_light():
    picture = CAMERA.develop(grey(), WHOLE)
    middle, corner = ((float(picture[at].mean()) / 255) ** 2.2 for at in ((120, 160), (0, 0)))
    assert corner / middle == pytest.approx(0.75, abs=0.02)


def test_a_window_is_developed_as_the_whole_is():
    """Prevents masks that compare a part of the picture in another light."""
    window = Window(100, 200, 150, 260)
    np.testing.assert_array_equal(
        CAMERA.develop(grey()[window.slices], window), CAMERA.develop(grey(), WHOLE)[window.slices]
    )


def test_noise_is_the_shots_own_and_grows_with_the_light_it_counts():
    one, again, other = CAMERA.take(grey()), CAMERA.take(grey()), replace(CAMERA, seed=4).take(grey())
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    dark, bright = (((CAMERA.take(grey(level))[90:150, 130:190] / 255) ** 2.2).std() for level in (0.02, 0.5))
    assert bright > 2 * dark
    assert 0.5 < one[90:150, 130:190].std() < 4


def test_white_balance_and_gain_are_applied_to_light():
    warm = replace(CAMERA, balance=(1.1, 1.0, 0.9)).develop(grey(), WHOLE)[120, 160]
    assert warm[0] > warm[1] > warm[2]
    assert replace(CAMERA, gain=0.5).develop(grey(), WHOLE)[120, 160, 0] == pytest.approx(
        255 * (0.15) ** (1 / 2.2), abs=2
    )
