import pytest

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
