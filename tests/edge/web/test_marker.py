import pytest

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import SteadyBelt
from edge.web.marker import Marker


class Pin:
    """Notes what it is told."""

    def __init__(self):
        self.level = False

    def on(self):
        self.level = True

    def off(self):
        self.level = False


@pytest.fixture
def pin() -> Pin:
    return Pin()


def a_marker(pin: Pin, lead_ms: float = 0.0) -> Marker:
    lead = round(lead_ms * NS_PER_MS)
    return Marker(SteadyBelt(100.0), pin, distance_mm=50.0, pulse_ns=20 * NS_PER_MS, lead_ns=lead)


@pytest.mark.parametrize("lead_ms", [0.0, 15.0])
def test_the_pin_rises_when_the_place_passes_and_falls_again(pin, lead_ms):
    marker = a_marker(pin, lead_ms)
    marker.mark(30.0)
    due = round(0.8 * NS_PER_S - lead_ms * NS_PER_MS)
    assert marker.next_ns(0) == due
    assert marker.poll(due - 1) == []
    assert not pin.level
    assert marker.poll(due) == [(30.0, due)]
    assert pin.level
    assert marker.next_ns(due) == due + 20 * NS_PER_MS
    marker.poll(due + 20 * NS_PER_MS)
    assert not pin.level


def test_marks_come_in_the_order_of_their_places_not_of_their_events(pin):
    """A long event is known last and begins first."""
    marker = a_marker(pin)
    marker.mark(40.0)
    marker.mark(30.0)
    assert [place for place, _ in marker.poll(NS_PER_S)] == [30.0, 40.0]
    assert marker.missed == 2


def test_a_place_that_passed_before_it_was_known_is_missed_and_said_so(pin):
    marker = a_marker(pin)
    marker.mark(-45.0)
    assert marker.poll(NS_PER_S) == [(-45.0, None)]
    assert (marker.missed, pin.level) == (1, False)


def test_released_the_pin_is_safe_and_nothing_is_due(pin):
    marker = a_marker(pin)
    marker.mark(0.0)
    marker.poll(NS_PER_S // 2)
    assert pin.level
    marker.release()
    assert not pin.level
    assert marker.next_ns(0) is None
