import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ejector.unseen import Unseen


@pytest.fixture
def unseen():
    return Unseen(10.0)


def test_what_nobody_looked_at_before_it_came_to_the_gate_is_lost(unseen):
    unseen.looked([(10.0, 20.0), (30.0, 40.0)])
    assert unseen.settle(35.0) == (20.0, 30.0)
    assert unseen.mm == 10.0
    assert unseen.lost(25.0, 26.0)
    assert not unseen.lost(12.0, 19.0)


def test_more_of_the_same_stretch_is_not_told_anew(unseen):
    """A hung camera was an alarm for each millimetre of belt."""
    assert unseen.settle(20.0) == (10.0, 20.0)
    assert unseen.settle(30.0) is None
    assert unseen.lost(10.0, 11.0)
    assert unseen.lost(29.0, 30.0)


def test_a_look_that_comes_after_the_gate_mends_nothing(unseen):
    unseen.settle(20.0)
    unseen.looked([(10.0, 30.0)])
    assert unseen.lost(12.0, 13.0)
    assert unseen.settle(30.0) is None
    assert unseen.mm == 10.0


def test_a_stretch_is_known_where_all_of_it_was_looked_at(unseen):
    unseen.looked([(10.0, 20.0), (20.0, 30.0)])
    assert unseen.known(12.0, 28.0)
    assert not unseen.known(25.0, 35.0)
    unseen.settle(25.0)
    assert unseen.known(12.0, 28.0)
    assert unseen.known(12.0, 24.0)
    unseen.settle(40.0)
    assert not unseen.known(28.0, 35.0)


def test_the_next_place_to_look_at_lies_behind_what_was_looked_at(unseen):
    assert unseen.next_mm() == 10.0
    unseen.looked([(10.0, 20.0), (30.0, 40.0)])
    assert unseen.next_mm() == 20.0
    unseen.settle(25.0)
    assert unseen.next_mm() == 25.0


def test_an_account_that_begins_anew_knows_nothing(unseen):
    unseen.settle(20.0)
    unseen.begin(100.0)
    assert not unseen.lost(10.0, 20.0)
    assert unseen.next_mm() == 100.0


def test_a_stretch_of_which_the_first_part_was_lost_is_not_known(unseen):
    unseen.settle(20.0)
    unseen.looked([(10.0, 40.0)])
    assert unseen.known(22.0, 38.0)
    assert not unseen.known(18.0, 38.0)


def test_before_the_first_look_nobody_is_told_where_the_belt_is_purged_anyway(unseen):
    unseen.begin(50.0, quiet=True)
    assert unseen.settle(100.0) is None
    assert unseen.lost(60.0, 60.0)
    unseen.looked([(100.0, 200.0)])
    assert unseen.settle(300.0) == (200.0, 300.0)


SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)).map(lambda one: (one[0], one[0] + one[1])))


@given(SPANS, SPANS, st.integers(0, 300))
def test_each_place_is_lost_unless_it_was_looked_at_before_it_was_due(before, after, due):
    unseen = Unseen()
    unseen.looked(before)
    unseen.settle(due)
    unseen.looked(after)
    unseen.settle(400)
    for place in range(400):
        middle = place + 0.5
        shown = any(a < middle < b for a, b in before) or (place >= due and any(a < middle < b for a, b in after))
        assert unseen.lost(middle, middle) is not shown
    assert unseen.mm == sum(unseen.lost(place + 0.5, place + 0.5) for place in range(400))
