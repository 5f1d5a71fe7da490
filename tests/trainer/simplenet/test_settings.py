import pytest

from edge.errors import UsageError
from trainer.simplenet import Settings


@pytest.mark.parametrize(
    "values",
    [
        {"alignment": "loose"},
        {"epoch": "best"},
        {"noise": 0},
        {"meta_epochs": 0},
        {"clip": -1},
        {"shrinkage": 0},
        {"top": 2},
    ],
)
def test_a_wrong_setting_is_named(values):
    with pytest.raises(UsageError, match=next(iter(values))):
        Settings(**values)
