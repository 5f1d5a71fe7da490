import numpy as np
import pytest

from trainer.simulate.defects import draw_defect
from trainer.simulate.kinds import KINDS
from trainer.simulate.sleeve import LENGTH

U, S = np.meshgrid(np.linspace(-8, 8, 321, dtype=np.float32), np.linspace(-8, 8, 321, dtype=np.float32))


def drawn(kind, strength=1.0):
    return [draw_defect(kind, strength, np.random.default_rng(seed)) for seed in range(8)]


def heights(defect):
    assert defect.height
    return defect.height(U, S)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_changed_beyond_the_reach(kind):
    """Prevents a defect that is cut off at the border of the part of the picture that is drawn again."""
    for defect in drawn(kind):
        outside = np.hypot(U, S) > defect.reach
        if defect.height:
            assert np.abs(defect.height(U, S)[outside]).max() < 1e-3
        if defect.opacity:
            assert defect.opacity(U, S)[outside].max() == 0
        if defect.chamfer:
            np.testing.assert_array_equal(defect.chamfer(S[np.abs(S) > defect.reach]), 1)


@pytest.mark.parametrize("kind", ["scratch", "dent", "bevel-1"])
def test_what_is_cut_or_struck_lies_below_the_surface_with_metal_thrown_up_around(kind):
    for defect in drawn(kind):
        height = heights(defect)
        assert -0.4 < height.min() < -0.01
        assert 0 < height.max() < -height.min()


@pytest.mark.parametrize("kind", ["scratch", "dent", "bevel-1"])
def test_half_the_strength_is_half_as_deep(kind):
    for whole, half in zip(drawn(kind), drawn(kind, 0.5), strict=True):
        np.testing.assert_allclose(heights(half), heights(whole) / 2, atol=1e-6)


def test_bevel_defects_lie_on_the_chamfers_and_others_between_them():
    for kind in KINDS:
        at_end = [abs(defect.u) > LENGTH / 2 - 1.5 for defect in drawn(kind)]
        assert all(at_end) if kind.startswith("bevel") else not any(at_end)


def test_a_chamfer_is_too_wide_or_missing_over_an_arc():
    factors = []
    for defect in drawn("bevel-2"):
        assert defect.chamfer
        factors.append(float(defect.chamfer(np.zeros(1, np.float32))[0]))
    assert all(factor > 1.4 or 0 < factor < 0.45 for factor in factors)
    assert min(factors) < 1 < max(factors)
