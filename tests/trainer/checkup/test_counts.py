import pytest

from trainer.checkup.counts import auroc_width, more_to_halve


def test_the_interval_is_that_of_hanley_and_mcneil():
    """Their paper's example: 58 normal and 51 abnormal, area 0.893, standard error 0.032."""
    assert auroc_width(58, 51, 0.893) / 2 / 1.96 == pytest.approx(0.0325, abs=0.0005)


def test_the_interval_ends_at_one():
    assert auroc_width(5, 5, 0.99) < 2 * (0.99 - 0.9)


def test_what_is_asked_for_halves_the_interval_and_one_less_does_not():
    more = more_to_halve(500, 40, 0.97)["defective"]
    assert more is not None
    half = auroc_width(500, 40, 0.97) / 2
    assert auroc_width(500, 40 + more, 0.97) <= half < auroc_width(500, 40 + more - 1, 0.97)


def test_no_number_of_one_kind_makes_up_for_too_few_of_the_other():
    """Asking for more good pictures where ten defective ones limit the number would be work for nothing."""
    more = more_to_halve(500, 10, 0.97)
    assert more["good"] is None
    assert more["defective"] is not None
