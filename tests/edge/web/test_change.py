import pytest

from edge.web.assemble import WebScoring
from edge.web.change import ChangeOver


class ARoll:
    def __init__(self, model_id: str) -> None:
        self.model_id = model_id


def named(name: str) -> WebScoring:
    return WebScoring(lambda image: pytest.fail("nothing is looked at"), 0.5, name)


@pytest.mark.parametrize(
    ("rolls", "at_once", "scores"),
    [
        ([], False, "new"),
        ([ARoll("")], False, "new"),
        ([ARoll("old")], False, "old"),
        ([ARoll("old"), ARoll("")], False, "old"),
        ([ARoll("old")], True, "new"),
    ],
    ids=["no roll", "one not judged yet", "one under way", "the end of one", "the way back"],
)
def test_a_model_begins_with_a_roll_that_none_has_judged(rolls, at_once, scores):
    change = ChangeOver(named("old"))
    done = change.swap(named("new"), at_once=at_once)
    assert change.choose(rolls).model_id == scores
    assert done.is_set() is (scores == "new")


def test_a_model_that_was_withdrawn_does_not_follow():
    change = ChangeOver(named("old"))
    done = change.swap(named("new"), at_once=False)
    change.withdraw()
    assert change.choose([]).model_id == "old"
    assert not done.is_set()
