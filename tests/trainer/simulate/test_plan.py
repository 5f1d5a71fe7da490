import pytest

from edge.errors import UsageError
from trainer.simulate.plan import Plan


def test_the_default_is_the_size_of_the_thesis():
    shots = list(Plan().shots())
    folders = [shot.folder for shot in shots]
    assert (folders.count("train/good"), folders.count("test/good"), len(folders)) == (340, 10, 403)
    kinds = ("scratch", "dent", "colour", "bevel-1", "bevel-2")
    assert [folders.count(f"test/{kind}") for kind in kinds] == [11, 11, 11, 10, 10]


@pytest.mark.parametrize("share", [0.05, 0.15, 1.0])
def test_borderline_parts_have_their_share_of_any_number(share):
    """Prevents a study of 5 % that drew 9 % by chance."""
    for n in (20, 100):
        shots = list(Plan(train=n, good=n, defects=5, borderline=share).shots())
        for folder in ("train/good", "test/good"):
            assert abs(sum(shot.borderline for shot in shots if shot.folder == folder) - share * n) < 1
        assert not any(shot.borderline for shot in shots if shot.kind)


def test_more_pictures_leave_the_first_ones_as_they_were():
    few, many = Plan(train=10, good=5, defects=5, borderline=0.3), Plan(train=90, good=50, defects=50, borderline=0.3)
    assert set(few.shots()) <= set(many.shots())


def test_the_lamp_loses_its_share_in_100_pictures():
    plan = Plan(train=101, drift=0.2)
    levels = [plan.level(shot) for shot in plan.shots() if shot.folder == "train/good"]
    assert levels[0] == 1
    assert levels[100] == pytest.approx(0.8)
    assert levels == sorted(levels, reverse=True)


def test_leaked_pictures_are_different_ones():
    copied = Plan(train=20, leak=15).copied()
    assert len(set(copied)) == 15
    assert set(copied) <= set(range(20))


@pytest.mark.parametrize(
    "wrong",
    [
        {"train": -1},
        {"leak": 400},
        {"width": 100},
        {"borderline": 1.1},
        {"drift": 1.0},
        {"highlight": -0.1},
        {"kinds": ()},
        {"kinds": ("dent", "dent")},
    ],
)
def test_a_plan_that_nobody_can_draw_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong)).replace("width", "size")):
        Plan(**wrong)
