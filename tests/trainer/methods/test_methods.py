import pytest

from edge.errors import UsageError
from trainer.methods import METHODS, find_method


def test_an_unknown_method_is_answered_with_those_that_exist():
    with pytest.raises(UsageError, match="'magic' is unknown: write padim"):
        find_method("magic")


def test_the_choice_of_alignment_is_told_with_both_numbers():
    choice = {"chosen": "free", "fixed": 0.7, "near": 0.8, "free": 0.9, "good": 20, "defective": 40}
    (line,) = METHODS["padim"].summary({"alignment": choice})
    assert line.startswith("alignment free: image AUROC 0.7000 fixed, 0.8000 near, 0.9000 free, on 20 good pictures")


@pytest.mark.parametrize("method", METHODS)
def test_what_was_not_chosen_is_not_told(method):
    assert not METHODS[method].summary({})
