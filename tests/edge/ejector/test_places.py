"""A sensor 100 mm down the belt; parts may be 10 mm off their place."""

import pytest

from edge.ejector.places import Places
from edge.parts import Part, Trigger


@pytest.fixture
def places():
    places = Places(100.0, 10.0, min_gap_mm=5.0)
    for number in (1, 2):
        places.expect(Part(number, Trigger(0, 60.0 * number)))
    return places


def test_a_part_is_known_by_its_place_and_says_how_far_it_is_behind(places):
    part, behind = places.arrived(163.0)
    assert (part.id, behind) == (1, 3.0)


def test_what_lies_between_two_places_is_none_of_them(places):
    """Taking whatever comes for the next part hands one part's pass to another."""
    part, _ = places.arrived(190.0)
    assert part is None


def test_a_second_edge_of_the_same_part_is_no_part(places):
    places.arrived(160.0)
    assert places.arrived(163.0) is None


def test_a_part_that_does_not_come_is_named_once(places):
    assert places.lost(170.0) == []
    assert [part.id for part in places.lost(170.1)] == [1]
    assert places.lost(171.0) == []
    assert places.next_mm() == 230.0


def test_what_is_forgotten_is_neither_awaited_nor_missed(places):
    places.forget()
    assert places.next_mm() is None
    assert places.lost(1000.0) == []
    assert places.arrived(160.0) == (None, 0.0)


def test_what_comes_by_was_triggered_a_distance_before_give_or_take_the_tolerance(places):
    assert places.around(160.0) == (50.0, 70.0)
