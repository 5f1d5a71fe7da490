from collections.abc import Iterable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import VirtualClock
from edge.encoder import Quadrature
from edge.pins import InputPin
from edge.virtual.encoder import VirtualEncoder
from edge.virtual.pins import VirtualPinFactory


class Wheel:
    """An encoder, and the box's decoder on its pins."""

    def __init__(self) -> None:
        clock = VirtualClock()
        pins = VirtualPinFactory(clock)
        self.encoder = VirtualEncoder(pins, 23, 6, 4.0)
        self.steps: list[int] = []
        decoder = Quadrature(lambda direction, at_ns: self.steps.append(direction))
        self._heard = [
            InputPin(number, partial(edge, True), clock, pull="down", factory=pins, on_inactive=partial(edge, False))
            for number, edge in ((23, decoder.edge_a), (6, decoder.edge_b))
        ]

    def turn(self, directions: Iterable[int]) -> list[int]:
        self.steps.clear()
        for direction in directions:
            self.encoder.turned(direction > 0, 0)
        return self.steps


@given(st.lists(st.sampled_from([1, -1]), max_size=60))
def test_two_channels_say_each_step_and_its_direction(directions):
    assert Wheel().turn(directions) == directions


def test_an_edge_comes_each_quarter_of_a_period():
    wheel = Wheel()
    assert (wheel.encoder.behind_mm, wheel.encoder.ahead_mm) == (0.0, 1.0)
    wheel.turn([1, 1, 1])
    assert (wheel.encoder.behind_mm, wheel.encoder.ahead_mm) == (3.0, 4.0)


def test_a_slipping_wheel_turns_though_the_belt_does_not():
    wheel = Wheel()
    wheel.encoder.faults.slipping = 2
    assert wheel.turn([1, 1, 1]) == [1] * 5
    assert wheel.encoder.behind_mm == 3.0


def test_a_whole_period_that_is_not_heard_is_missed_without_a_trace():
    wheel = Wheel()
    wheel.encoder.faults.lost = 4
    assert wheel.turn([1] * 6) == [1, 1]


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_part_of_a_period_that_is_not_heard_is_seen_by_the_decoder(lost):
    wheel = Wheel()
    wheel.encoder.faults.lost = lost
    assert 0 in wheel.turn([1] * 8)


def test_a_dead_second_channel_goes_to_and_fro():
    wheel = Wheel()
    wheel.turn([1] * 4)
    wheel.encoder.faults.b_dead = True
    assert wheel.turn([1] * 8) == [1, -1, 1, -1]


def test_bounces_go_to_and_fro_and_end_where_they_should():
    wheel = Wheel()
    wheel.encoder.faults.bounces = True
    assert wheel.turn([1, -1]) == [1, -1, 1, -1, 1, -1]
