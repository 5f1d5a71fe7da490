import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from trainer.metrics import auroc, average_precision, balanced_accuracy, cost_curve, f1_max, roc_curve

ROWS = st.lists(st.tuples(st.integers(-3, 5), st.booleans()), min_size=2, max_size=30)
BOTH = ROWS.filter(lambda rows: len({bad for _, bad in rows}) == 2)


def split(rows):
    return np.array([score for score, _ in rows], float), np.array([bad for _, bad in rows])


@given(ROWS)
def test_auroc_counts_ties_half(rows):
    scores, bad = split(rows)
    if bad.any() and not bad.all():
        pairs = [(b > g) + 0.5 * (b == g) for b in scores[bad] for g in scores[~bad]]
        assert auroc(scores, bad) == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(auroc(scores, bad))


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_scores_are_not_squashed(factor):
    """Prevents a sigmoid that turns large distances into ties: 0.757 printed where 0.959 was true."""
    scores = np.array([100, 101, 102, 103, 104, 105]) * factor
    assert auroc(scores, np.array([0, 0, 1, 0, 1, 1], bool)) == pytest.approx(8 / 9)


@given(BOTH)
def test_the_curve_is_that_of_scikit_learn(rows):
    scores, bad = split(rows)
    for ours, theirs in zip(
        roc_curve(scores, bad), sklearn.roc_curve(bad, scores, drop_intermediate=False), strict=True
    ):
        assert ours == pytest.approx(theirs)


@given(BOTH)
def test_average_precision_is_that_of_scikit_learn(rows):
    scores, bad = split(rows)
    assert average_precision(scores, bad) == pytest.approx(sklearn.average_precision_score(bad, scores))


@given(BOTH)
def test_the_highest_f1_is_reached_by_rejecting_what_is_above_its_threshold(rows):
    """Prevents a threshold that was found with ≥ and is used with >."""
    scores, bad = split(rows)
    value, threshold = f1_max(scores, bad)
    assert value == pytest.approx(sklearn.f1_score(bad, scores > threshold))
    assert value == pytest.approx(max(sklearn.f1_score(bad, scores >= cut) for cut in scores))


@given(BOTH, st.floats(-4, 6))
def test_balanced_accuracy_is_that_of_scikit_learn(rows, threshold):
    scores, bad = split(rows)
    expected = sklearn.balanced_accuracy_score(bad, scores > threshold)
    assert balanced_accuracy(scores, bad, threshold) == pytest.approx(expected)


@given(BOTH)
def test_the_cost_of_a_threshold_is_what_the_box_would_do_with_it(rows):
    scores, bad = split(rows)
    thresholds, false_rejects, escapes = cost_curve(scores, bad)
    assert (np.diff(thresholds) > 0).all()
    assert (false_rejects[0], escapes[0], false_rejects[-1], escapes[-1]) == (1, 0, 0, 1)
    assert false_rejects == pytest.approx([(scores[~bad] > t).mean() for t in thresholds])
    assert escapes == pytest.approx([(scores[bad] <= t).mean() for t in thresholds])


def test_without_a_bad_one_there_is_nothing_to_find():
    scores, bad = np.arange(3.0), np.zeros(3, bool)
    values = [average_precision(scores, bad), *f1_max(scores, bad), balanced_accuracy(scores, bad, 1)]
    assert np.isnan(values).all()


def test_marks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one mark a score"):
        average_precision([1.0, 2.0], [True])
