import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from trainer.metrics import average_precision, bootstrap, delong, resample_mean, wilson


@pytest.fixture
def scored():
    """60 good and 40 bad scores that overlap, with ties."""
    rng = np.random.default_rng(3)
    bad = np.arange(100) < 40
    return np.round(rng.normal(1.2 * bad), 1), bad


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 20, 0, 0.1611), (5, 10, 0.2366, 0.7634), (0, 0, 0, 1)])
def test_wilson_gives_the_published_intervals(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=2e-4)


def test_delong_is_what_its_definition_says_pair_by_pair(scored):
    scores, bad = scored
    pairs = np.array([[(b > g) + 0.5 * (b == g) for g in scores[~bad]] for b in scores[bad]])
    variance = pairs.mean(1).var(ddof=1) / 40 + pairs.mean(0).var(ddof=1) / 60
    expected = pairs.mean() + np.array([-1.96, 1.96]) * variance**0.5
    assert delong(scores, bad) == pytest.approx(expected)


def test_delong_stays_inside_nought_and_one():
    low, high = delong(np.arange(8.0), np.array([0, 0, 0, 1, 0, 1, 1, 1], bool))
    assert low < 1
    assert high == 1


def test_delong_and_the_bootstrap_agree(scored):
    assert bootstrap(*scored) == pytest.approx(delong(*scored), abs=0.02)


def test_the_bootstrap_is_stratified(scored):
    """Prevents resamples with other shares of good and bad, which widen the interval of average precision."""
    scores, bad = scored
    ours = bootstrap(scores, bad, average_precision, resamples=4000)
    theirs = scipy_bootstrap(
        (scores[~bad], scores[bad]),
        lambda good, wrong: average_precision(np.concatenate([good, wrong]), np.repeat([False, True], [60, 40])),
        vectorized=False,
        n_resamples=4000,
        method="percentile",
        rng=1,
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_the_bootstrap_repeats_itself(scored):
    scores, bad = scored
    assert bootstrap(scores, bad, resamples=50) == bootstrap(scores, bad, resamples=50)
    assert bootstrap(scores, bad, resamples=50) != bootstrap(scores, bad, resamples=50, seed=1)


def test_defects_of_one_picture_are_drawn_together():
    """Prevents an interval that takes ten scratches of one picture for ten independent ones."""
    values = np.random.default_rng(0).normal(size=20)
    alone = resample_mean([values[i : i + 1] for i in range(20)])
    tenfold = resample_mean([np.repeat(values[i], 10) for i in range(20)])
    assert tenfold == pytest.approx(alone)
    half = 1.96 * values.std() / 20**0.5
    assert alone == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1)


def test_one_kind_alone_has_no_interval():
    assert np.isnan([*delong([1, 2], [True, True]), *bootstrap([1, 2], [True, True]), *resample_mean([])]).all()
