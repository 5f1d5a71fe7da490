import numpy as np
import pytest

from trainer.simulate.sleeve import CHAMFER_SLOPE, LENGTH, RADIUS, Sleeve

U = np.linspace(-LENGTH / 2, LENGTH / 2, 801, dtype=np.float32)


def test_marks_run_around_the_part():
    u, s = np.meshgrid(U, np.linspace(0, 20, 401, dtype=np.float32))
    slopes, _ = Sleeve(0).mark_slopes(u, s)
    du, ds = np.abs(np.diff(slopes, axis=1)).mean(), np.abs(np.diff(slopes, axis=0)).mean()
    assert du > 5 * ds
    assert slopes.std() == pytest.approx(0.05, rel=0.3)


def test_marks_close_after_a_turn():
    """Prevents a seam that looks like a scratch."""
    turn = 2 * np.pi * RADIUS
    before, after = (Sleeve(0).mark_slopes(U, np.full_like(U, turn + step))[0] for step in (-0.01, 0.01))
    assert np.abs(before - after).max() < 0.02


def test_every_part_has_marks_of_its_own():
    one, other = (Sleeve(seed).mark_slopes(U, np.zeros_like(U))[0] for seed in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.3


def test_the_slope_is_that_of_the_radius():
    """Prevents shading that belongs to another shape than the outline."""
    sleeve = Sleeve(0)
    fine = np.linspace(-LENGTH / 2, LENGTH / 2, 8001)
    radius, slope = sleeve.profile(fine, sleeve.chamfer)
    measured = np.gradient(radius, fine)
    # The outline's corner is sharp, the light's is rounded as a tool leaves it.
    corner = np.abs(np.abs(fine) - (sleeve.length / 2 - sleeve.chamfer)) < 0.1
    np.testing.assert_allclose(slope[~corner], measured[~corner], atol=0.02)
    assert slope[-1] == pytest.approx(-CHAMFER_SLOPE)
