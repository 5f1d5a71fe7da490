import math

import pytest
from scipy import stats

from trainer.protocols.summary import summarize

VALUES = [0.90, 0.92, 0.94, 0.96]


def results(key: str, values) -> list[dict]:
    return [{key: value} for value in values]


def test_independent_folds_have_students_interval():
    figure = summarize(results("image_auroc", VALUES), None)["image_auroc"]
    low, high = stats.t.interval(0.95, 3, loc=0.93, scale=stats.sem(VALUES))
    assert (figure.mean, figure.low, figure.high) == pytest.approx((0.93, low, high))


def test_splits_that_share_pictures_have_a_wider_one():
    """Ten random splits of one data set were taken for ten data sets, and the interval came out far too narrow."""
    alone = summarize(results("image_auroc", VALUES), None)["image_auroc"]
    shared = summarize(results("image_auroc", VALUES), 3 / 7)["image_auroc"]
    assert alone.low is not None
    assert shared.low is not None
    widened = math.sqrt((1 / 4 + 3 / 7) / (1 / 4))
    assert (shared.mean - shared.low) / (alone.mean - alone.low) == pytest.approx(widened)


def test_the_worst_rate_is_the_highest():
    figure = summarize(results("escape_rate", VALUES), None)["escape_rate"]
    assert (figure.worst, figure.best) == (0.96, 0.90)


def test_one_fold_has_no_interval():
    figure = summarize(results("image_auroc", [0.9]), None)["image_auroc"]
    assert (figure.low, figure.high, figure.folds) == (None, None, 1)


def test_an_interval_stays_within_what_is_possible():
    figure = summarize(results("image_auroc", [0.99, 1.0]), None)["image_auroc"]
    assert figure.high == 1.0


def test_what_a_fold_could_not_measure_is_left_out():
    assert "aupro" not in summarize([{"aupro": 0.8}, {"aupro": None}], None)
