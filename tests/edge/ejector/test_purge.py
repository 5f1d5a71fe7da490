"""A belt of 100 mm/s, 50 mm from the trigger to the gate; the places from 100 to 120 mm were not looked at."""

import pytest

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import SteadyBelt
from edge.ejector import Profile
from edge.ejector.purge import Purge, Sweep
from edge.ejector.unseen import Unseen


@pytest.fixture
def sweep():
    unseen = Unseen()
    unseen.looked([(0, 100), (120, 1000)])
    return Sweep(unseen, reach_mm=10.0)


def active(purge, until_ms):
    """Millimetres of belt travel at which it purged, looking every millisecond."""
    times = []
    for ms in range(until_ms):
        purge.poll(ms * NS_PER_MS)
        if purge.active:
            times.append(ms / 10)
    return times[0], times[-1]


def test_a_jet_blows_half_a_pulse_before_a_part_may_come_and_behind_it(sweep):
    purge = Purge(SteadyBelt(100.0), Profile(pulse_ns=60 * NS_PER_MS), 50.0, sweep)
    assert active(purge, 3000) == pytest.approx((150 - 10 - 3, 170 + 10 + 3), abs=0.2)


def test_a_gate_is_held_where_a_part_may_lie(sweep):
    purge = Purge(SteadyBelt(100.0), Profile(kind="gate", hold_mm=40.0), 50.0, sweep)
    assert active(purge, 3000) == pytest.approx((150 - 10 - 20, 170 + 10 + 20), abs=0.2)


def test_it_knows_when_to_look_next(sweep):
    purge = Purge(SteadyBelt(100.0), Profile(pulse_ns=60 * NS_PER_MS, lead_ns=20 * NS_PER_MS), 50.0, sweep)
    purge.poll(0)
    assert list(purge.instants(0)) == [round((150 - 10 - 5) / 100 * NS_PER_S)]


def test_belt_that_was_past_the_gate_before_anybody_looked_is_told(sweep):
    purge = Purge(SteadyBelt(100.0), Profile(), 50.0, sweep)
    purge.poll(0)
    assert not purge.missed
    purge.poll(2 * NS_PER_S)
    assert purge.missed


def test_belt_that_nobody_looks_at_lets_its_thread_rest():
    """More of it comes at every instant: the thread that gives pulses came round twenty times a millisecond."""
    purge = Purge(SteadyBelt(100.0), Profile(pulse_ns=60 * NS_PER_MS), 50.0, Sweep(Unseen(), reach_mm=10.0))
    for ms in range(1000, 1100):
        purge.poll(ms * NS_PER_MS)
        assert purge.active
        assert min(purge.instants(ms * NS_PER_MS)) >= (ms + 1) * NS_PER_MS
