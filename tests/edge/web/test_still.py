import cv2
import numpy as np
import pytest

from edge.web.still import StillWatch

ROWS, PITCH = 96, 0.1
DRAW = np.random.default_rng(3)
FILM = cv2.GaussianBlur(DRAW.standard_normal((40_000, 160)).astype(np.float32), (0, 0), 6)
FILM /= FILM.std()
LAMP = 40 * np.hanning(160)[None, :]


def seen(row: int, grain: float = 4.0, noise: float = 1.5):
    grey = 100 + LAMP + grain * FILM[row : row + ROWS] + noise * DRAW.standard_normal((ROWS, 160))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def run(watch: StillWatch, frames: int = 60, step: int = 70, **film) -> int:
    """A web that runs, and an encoder that says so; returns the row where it is then."""
    for n in range(frames):
        assert not watch.frame(seen(n * step, **film), n * step * PITCH, stands=False)
    return frames * step


def stand(watch: StillWatch, rows, **film) -> list[bool]:
    """The rows that the camera sees while the encoder says that the web stands."""
    return [watch.frame(seen(row, **film), 1000.0, stands=True) for row in rows]


def test_a_web_that_goes_on_running_is_found_out_in_a_second_or_two():
    watch = StillWatch(PITCH)
    row = run(watch)
    assert any(stand(watch, range(row, row + 700, 70)))


@pytest.mark.parametrize("noise", [0.5, 1.5, 4.0])
def test_a_web_that_stands_is_believed_to_whatever_the_noise(noise):
    watch = StillWatch(PITCH)
    row = run(watch, noise=noise)
    assert not any(stand(watch, [row] * 100, noise=noise))


def test_the_lamp_s_pattern_which_never_moves_hides_nothing():
    """The vignette is the same in each frame: with it, frames of two places looked alike."""
    watch = StillWatch(PITCH)
    row = run(watch, grain=2.0)
    assert any(stand(watch, range(row, row + 1400, 70), grain=2.0))


def test_of_a_web_without_texture_nothing_is_said():
    """Two frames of it agree nowhere, whether it runs or stands."""
    watch = StillWatch(PITCH)
    row = run(watch, grain=0.0)
    assert not any(stand(watch, [row] * 100, grain=0.0))


def test_one_hand_before_the_camera_is_no_running_web():
    watch = StillWatch(PITCH)
    row = run(watch)
    hand = [watch.frame(seen(row + 300), 1000.0, stands=True), watch.frame(seen(row), 1000.0, stands=True)]
    assert not any([*stand(watch, [row] * 5), *hand, *stand(watch, [row] * 5)])
