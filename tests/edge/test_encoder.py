import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import NS_PER_S
from edge.conveyor import EncoderBelt
from edge.encoder import Quadrature

FORWARDS = [("a", True), ("b", True), ("a", False), ("b", False)]
BACKWARDS = [("b", True), ("a", True), ("b", False), ("a", False)]


def decoded(edges):
    steps = []
    decoder = Quadrature(lambda step, at_ns: steps.append(step))
    for channel, high in edges:
        (decoder.edge_a if channel == "a" else decoder.edge_b)(high, 0)
    return steps


@pytest.mark.parametrize(("edges", "step"), [(FORWARDS, 1), (BACKWARDS, -1)])
def test_each_edge_is_a_step_with_its_direction(edges, step):
    assert decoded(edges * 3) == [step] * 12


def test_an_edge_to_the_level_that_was_there_says_that_one_was_missed():
    assert decoded([("a", True), ("a", True)]) == [1, 0]


def test_a_belt_that_ran_back_makes_progress_only_past_its_turning_point():
    """A single channel counted every shake of a standing belt as travel."""
    belt = EncoderBelt(1.0, 100.0, NS_PER_S)
    for number, step in enumerate([1] * 10 + [-1] * 4 + [1] * 4, start=1):
        belt.step(step, number * 10_000_000)
    assert belt.position(180_000_000) == pytest.approx(10.0)
    assert belt.behind_mm == 0.0
    belt.step(1, 190_000_000)
    assert belt.position(190_000_000) == pytest.approx(11.0)


def test_a_belt_that_runs_back_stands_as_far_as_parts_are_concerned():
    belt = EncoderBelt(1.0, 100.0, NS_PER_S)
    for number, step in enumerate([1] * 10 + [-1] * 4, start=1):
        belt.step(step, number * 10_000_000)
    assert belt.behind_mm == 4.0
    assert belt.speed(141_000_000) == 0.0
    assert belt.position(149_000_000) == 10.0


@given(st.lists(st.sampled_from([1, 1, 1, -1]), min_size=1, max_size=200))
def test_the_position_is_the_furthest_place_whatever_the_steps(steps):
    belt, at, net, furthest = EncoderBelt(1.0, 100.0, NS_PER_S), 0, 0, 0
    for step in steps:
        at += 10_000_000
        net += step
        furthest = max(furthest, net)
        belt.step(step, at)
        assert belt.ticks == furthest
        assert belt.behind_mm == furthest - net
