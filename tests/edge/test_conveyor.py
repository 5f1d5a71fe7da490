from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import NS_PER_S
from edge.conveyor import NEVER_NS, EncoderBelt, SteadyBelt

S = NS_PER_S


def ticked(times_ms: Sequence[float], mm_per_tick: float = 1.0) -> EncoderBelt:
    belt = EncoderBelt(mm_per_tick, speed_guess_mm_s=100.0, stall_ns=S)
    for t in times_ms:
        belt.tick(round(t * 1e6))
    return belt


def test_a_steady_belt_is_where_its_speed_says():
    belt = SteadyBelt(200.0, start_ns=S)
    assert belt.position(2 * S) == pytest.approx(200.0)
    assert belt.when(100.0, 0) == 1.5 * S


@given(st.floats(1, 1000), st.floats(0, 1e5))
def test_a_steady_belts_two_questions_agree(speed, mm):
    belt = SteadyBelt(speed)
    assert belt.position(belt.when(mm, 0)) == pytest.approx(mm, abs=speed * 1e-8)


def test_between_pulses_the_position_is_extrapolated():
    belt = ticked([10 * i for i in range(1, 11)])  # 1 mm every 10 ms
    assert belt.position(round(104e6)) == pytest.approx(10.4)


def test_the_position_never_runs_ahead_of_the_next_pulse():
    """A belt that stopped went on in the box's mind, and parts were ejected that had not come yet."""
    belt = ticked([10 * i for i in range(1, 11)])
    assert belt.position(5 * S) == pytest.approx(11.0)


def test_a_past_position_is_interpolated():
    belt = ticked([10, 20, 40])
    assert belt.position(round(30e6)) == pytest.approx(2.5)


def test_a_past_instant_is_found_again():
    belt = ticked([10, 20, 40])
    assert belt.when(2.5, round(41e6)) == pytest.approx(30e6)


def test_where_a_pulse_came_the_belt_was_at_that_pulses_instant():
    times_ms = [10, 25, 31, 90, 91]
    belt = ticked(times_ms)
    assert [belt.when(float(mm), S) for mm in range(1, 6)] == [round(ms * 1e6) for ms in times_ms]


def test_a_future_instant_follows_the_recent_speed():
    belt = ticked([10 * i for i in range(1, 11)])
    assert belt.when(20.0, round(100e6)) == pytest.approx(200e6)


def test_a_stopped_belt_never_gets_there():
    belt = ticked([10 * i for i in range(1, 11)])
    assert belt.when(20.0, 5 * S) == NEVER_NS
    assert belt.speed(5 * S) == 0.0


def test_an_overdue_pulse_postpones_what_lies_behind_it():
    belt = ticked([10 * i for i in range(1, 11)])
    assert belt.when(20.0, round(150e6)) == pytest.approx(240e6)  # 9 mm past a pulse that may come any moment


def test_a_change_of_speed_is_followed_within_the_window():
    belt = ticked([10 * i for i in range(1, 11)] + [100 + 5 * i for i in range(1, 9)])
    assert belt.speed(round(140e6)) == pytest.approx(200.0)


def test_a_pulse_with_an_old_time_stamp_still_moves_the_belt():
    belt = ticked([10, 20, 15])
    assert belt.ticks == 3
    assert belt.disordered == 1
    assert belt.position(round(20e6)) >= 3.0


@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=300), st.floats(0.2, 5))
def test_the_position_never_decreases(gaps_ms, pitch):
    belt, now = EncoderBelt(pitch, 100.0, S), 0
    last = 0.0
    for gap in gaps_ms:
        for share in (0.3, 0.9):
            here = belt.position(now + round(gap * 1e6 * share))
            assert here >= last - 1e-6
            last = here
        now += round(gap * 1e6)
        belt.tick(now)


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_a_belt_needs_a_speed(bad):
    with pytest.raises(ValueError, match="positive"):
        SteadyBelt(bad)
    with pytest.raises(ValueError, match="positive"):
        EncoderBelt(1.0, bad, S)


def stepped(belt: EncoderBelt, directions: Sequence[int], every_ms: float = 10.0, from_ms: float = 0.0) -> int:
    """Steps one after the other; returns the instant of the last."""
    now = 0
    for n, direction in enumerate(directions, start=1):
        now = round((from_ms + n * every_ms) * 1e6)
        belt.step(direction, now)
    return now


def test_a_belt_that_shakes_by_a_pulse_does_not_run_back():
    belt = EncoderBelt(1.0, 100.0, S)
    stepped(belt, [1] * 20 + [-1, 1, -1])
    assert not belt.runs_back
    belt.step(-1, S)
    assert belt.runs_back


def test_channels_that_are_swapped_are_not_believed():
    """They say that the belt runs back for ever, where it was never before; whoever believes that ejects nothing."""
    belt = EncoderBelt(1.0, 100.0, S)
    stepped(belt, [-1] * 50)
    assert not belt.runs_back


def test_a_belt_runs_back_by_a_metre_at_most():
    belt = EncoderBelt(1.0, 100.0, S)
    stepped(belt, [1] * 2000 + [-1] * 1000, every_ms=1.0)
    assert belt.runs_back
    belt.step(-1, 4 * S)
    assert not belt.runs_back


def test_a_channel_that_is_silent_is_noticed_within_ten_edges():
    """One channel goes to and fro, and the belt seemed to stand: what lay before the gate passed."""
    belt = EncoderBelt(1.0, 100.0, S)
    stepped(belt, [1] * 20)
    now = stepped(belt, [1, -1] * 5, every_ms=20.0, from_ms=200.0)
    assert belt.is_silent(now)


def test_a_belt_that_shakes_slower_than_it_ran_is_not_silent():
    belt = EncoderBelt(1.0, 100.0, S)
    stepped(belt, [1] * 20)
    now = stepped(belt, [1, -1] * 8, every_ms=60.0, from_ms=200.0)
    assert not belt.is_silent(now)
