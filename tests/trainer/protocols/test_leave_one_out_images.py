import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.metrics import balanced_accuracy
from trainer.protocols.leave_one_out.images import best_balance, best_f1, leave_one_out


def f1_score(bad, rejected) -> float:
    hits = (bad & rejected).sum()
    return 2 * hits / (2 * hits + (bad ^ rejected).sum())


def balanced_accuracy_score(bad, rejected) -> float:
    return (rejected[bad].mean() + (~rejected)[~bad].mean()) / 2


def slow(scores, bad, metric) -> float:
    """The threshold of the highest metric among all that differ, halfway to the next score; the higher of equals."""
    values = sorted(set(scores.tolist()), reverse=True)
    best, found = -1.0, float("nan")
    for value, lower in zip(values, [*values[1:], values[-1] - 1e-9], strict=True):
        worth = metric(bad, scores >= value)
        if worth > best + 1e-12:
            best, found = worth, (value + lower) / 2
    return found


@given(st.integers(0, 100_000), st.integers(3, 12))
@settings(deadline=None, max_examples=40)
def test_each_threshold_is_the_best_of_the_others(seed, levels):
    rng = np.random.default_rng(seed)
    bad = np.arange(14) % 3 == 0
    scores = rng.integers(0, levels, 14) + 3.0 * bad
    for choose, metric in ((best_f1, f1_score), (best_balance, balanced_accuracy_score)):
        found = leave_one_out(scores, bad, choose)
        for i in range(14):
            others = np.arange(14) != i
            expected = slow(scores[others], bad[others], metric)
            if choose is best_balance and balanced_accuracy(scores[others], bad[others], expected) <= 0.5:
                continue  # nothing is better than a coin: no threshold is wrong
            assert found.threshold[i] == pytest.approx(expected)
            assert found.inner[i] == pytest.approx(balanced_accuracy_score(bad[others], scores[others] > expected))
            assert found.rejected[i] == (scores[i] > expected)


def test_a_lone_outlier_cannot_save_itself():
    """Good at 1, 2 and 6, bad at 5, 8 and 9: whoever leaves out the 6 draws the line below it."""
    scores, bad = np.array([1, 2, 6, 5, 8, 9.0]), np.array([False] * 3 + [True] * 3)
    found = leave_one_out(scores, bad, best_balance)
    assert found.threshold[2] == 3.5
    assert found.rejected.tolist() == [False, False, True, False, True, True]
    assert found.inner[2] == 1


def test_the_balance_weighs_both_kinds_alike():
    """F1 of many bad pictures throws good ones away for the last bad one."""
    scores = np.array([0, 1, 2, 3, *np.linspace(1.5, 9, 40)])
    bad = np.array([False] * 4 + [True] * 40)
    assert best_balance(scores, bad) > best_f1(scores, bad)


def test_two_of_each_kind_are_the_least():
    with pytest.raises(ValueError, match="1 bad and 3 good"):
        leave_one_out(np.arange(4.0), np.array([True, False, False, False]), best_f1)
