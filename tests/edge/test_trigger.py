import pytest

from edge.clock import NS_PER_S
from edge.conveyor import SteadyBelt
from edge.trigger import EveryDistance, PhotoEye

S = NS_PER_S


def test_a_trigger_has_the_time_and_place_of_its_edge():
    eye = PhotoEye(SteadyBelt(100.0), min_gap_mm=5.0)
    trigger = eye.edge(2 * S)
    assert trigger is not None
    assert (trigger.at_ns, trigger.belt_mm) == (2 * S, 200.0)


def test_a_bouncing_edge_opens_no_second_part():
    eye = PhotoEye(SteadyBelt(100.0), min_gap_mm=5.0)
    eye.edge(S)
    assert eye.edge(S + S // 100) is None
    assert eye.swallowed == 1


def test_the_gap_is_measured_from_the_last_trigger():
    """A contact that bounces for long must not push the gap before it and swallow the next part."""
    eye = PhotoEye(SteadyBelt(100.0), min_gap_mm=5.0)
    eye.edge(S)
    for millis in range(5, 50, 5):
        assert eye.edge(S + millis * 1_000_000) is None
    assert eye.edge(S + 50_000_000) is not None


def test_each_distance_is_a_trigger_at_its_own_place_and_instant():
    """A thread that was late gave all of them its own time."""
    every = EveryDistance(SteadyBelt(100.0), 50.0)
    assert every.due(400_000_000) == []
    assert [(t.belt_mm, t.at_ns) for t in every.due(1_600_000_000)] == [
        (50.0, 500_000_000),
        (100.0, 1_000_000_000),
        (150.0, 1_500_000_000),
    ]
    assert every.next_ns(1_600_000_000) == 2_000_000_000


@pytest.mark.parametrize(
    ("seen_mm", "next_mm"), [(130.0, 130.0), (120.0, 170.0), (1_120.0, 170.0), (85.0, 135.0), (100.0, 150.0)]
)
def test_pockets_are_followed_where_they_are_seen(seen_mm, next_mm):
    """Pulses that the encoder had lost put each trigger beside its pocket for good."""
    every = EveryDistance(SteadyBelt(100.0), 50.0)
    every.due(S)  # the last one lies at 100
    every.align(seen_mm)
    assert every.next_ns(S) == round(next_mm / 100 * S)


def test_a_distance_is_positive():
    with pytest.raises(ValueError, match="positive"):
        EveryDistance(SteadyBelt(100.0), 0.0)
