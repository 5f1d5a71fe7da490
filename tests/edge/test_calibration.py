import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from edge.calibration import Calibration
from edge.errors import UsageError


def gumbel(n: int, seed: int = 0) -> np.ndarray:
    return 10 + np.random.default_rng(seed).gumbel(size=n)


def truth(rate: float) -> float:
    return 10 - np.log(-np.log(1 - rate))


def test_with_many_pictures_the_threshold_is_counted():
    calibration = Calibration.fit(gumbel(20_000))
    threshold = calibration.threshold(500)
    assert threshold.how == "empirical"
    assert np.mean(gumbel(100_000, 1) > threshold.value) == pytest.approx(0.05, rel=0.1)


def test_with_few_pictures_the_tail_reaches_beyond_the_highest():
    calibration = Calibration.fit(gumbel(400))
    threshold = calibration.threshold(10)
    assert threshold.how == "tail"
    assert threshold.low < truth(0.001) < threshold.high


def test_the_tail_is_right_on_average():
    values = [Calibration.fit(gumbel(200, seed)).threshold(20).value for seed in range(40)]
    assert np.mean(values) == pytest.approx(truth(0.002), rel=0.06)


def test_the_tail_of_an_exponential_has_its_scale_and_no_shape():
    scores = np.random.default_rng(0).exponential(3.0, 50_000)
    calibration = Calibration.fit(scores)
    assert calibration.scale == pytest.approx(3, rel=0.25)
    assert abs(calibration.shape) < 0.15


@pytest.mark.parametrize("shape", [-0.3, 0.3])
def test_a_short_and_a_heavy_tail_are_followed(shape):
    """Generalised Pareto scores: what exceeds once in 1,000 is known."""
    rng = np.random.default_rng(0)
    samples = [np.expm1(-shape * np.log(rng.random(5000))) / shape for _ in range(8)]
    expected = np.expm1(shape * np.log(1000)) / shape
    assert np.mean([Calibration.fit(x).threshold(10).value for x in samples]) == pytest.approx(expected, rel=0.05)


@given(
    st.lists(st.floats(0, 100), min_size=4, max_size=80),
    st.floats(0.01, 9999),
    st.floats(0.01, 9999),
)
@settings(deadline=None, max_examples=60)
def test_a_lower_rate_never_lowers_the_threshold(scores, a, b):
    calibration = Calibration.fit(scores)
    strict, lax = calibration.threshold(min(a, b)), calibration.threshold(max(a, b))
    assert strict.value >= lax.value - 1e-9
    assert strict.low <= strict.value <= strict.high


def test_it_warns_where_the_pictures_cannot_show_the_rate():
    calibration = Calibration.fit(gumbel(50))
    assert "10000 or more" in calibration.threshold(1).warning
    assert calibration.threshold(1000).warning == ""


def test_equal_scores_are_no_trouble():
    assert Calibration.fit([2.0] * 30).threshold(1).value == 2


def test_it_survives_json():
    calibration = Calibration.fit(gumbel(100))
    again = Calibration.model_validate_json(calibration.model_dump_json())
    assert again.threshold(7) == calibration.threshold(7)


def test_too_few_pictures_are_refused():
    with pytest.raises(UsageError, match="3: add some"):
        Calibration.fit([1, 2, 3])


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(UsageError, match="no finite number"):
        Calibration.fit([1, 2, 3, float("nan")])


def test_scores_out_of_order_are_refused():
    values = Calibration.fit([1, 2, 3, 4]).model_dump() | {"scores": (2, 1, 3, 4)}
    with pytest.raises(ValueError, match="order"):
        Calibration.model_validate(values)


@pytest.mark.parametrize("rate", [0, -1, 10_000])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(UsageError, match="false_rejects_per_10000"):
        Calibration.fit([1, 2, 3, 4]).threshold(rate)


def test_a_few_scores_do_not_make_a_heavy_tail():
    """Twelve excesses that were believed about the shape gave ten times the false rejects that were asked for."""
    samples = [np.random.default_rng(seed).normal(size=25) for seed in range(200)]
    thresholds = np.array([Calibration.fit(sample).threshold(10).value for sample in samples])
    rejected = norm.sf(thresholds)
    assert np.quantile(thresholds, 0.95) < norm.isf(0.001) + 2.5
    assert rejected.mean() < 0.003
