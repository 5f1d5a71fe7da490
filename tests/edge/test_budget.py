"""400 mm from camera to gate, 10 mm of it tolerance; pulse 60 ms, decided 5 ms before: 35 ms are fixed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.budget import Histogram, make_budget, measure_ms, running_check
from edge.config import parse_config
from edge.health import Level

TEXT = """
[camera]
fps = 60
[part]
tolerance_mm = 10
[trigger]
camera_mm = 100
[belt]
speed_mm_s = 200
[ejector]
distance_mm = 500
"""


@pytest.fixture
def config():
    return parse_config(TEXT)


def test_the_time_from_picture_to_decision_is_what_the_belt_leaves(config):
    budget = make_budget(config, p99_ms=100.0)
    assert budget.travel_mm == 390.0
    assert budget.available_ms == pytest.approx(390 / 200 * 1000 - 35)
    assert budget.slack_ms == pytest.approx(budget.available_ms - 100)


def test_at_the_highest_speed_nothing_is_left(config):
    most = make_budget(config, p99_ms=800.0).most_mm_s
    assert most == pytest.approx(390 / 0.835)
    assert make_budget(config, 800.0, most).slack_ms == pytest.approx(0.0)


def test_a_camera_that_is_too_slow_limits_the_belt(config):
    assert make_budget(config, p99_ms=1.0).most_mm_s == 600.0


def test_what_limits_the_belt_is_told(config):
    """Two seconds of slack, and a belt that might not run a quarter faster: nobody saw why."""
    assert make_budget(config, 1.0).check().text.endswith("600 mm/s, for the camera's sake")
    assert make_budget(config, 800.0).check().text.endswith("467 mm/s")


def test_a_belt_too_fast_for_the_camera_is_told_what_mends_that(config):
    check = make_budget(config, 1.0, 700.0).check()
    assert check.level is Level.WARNING
    assert "camera.fps" in check.mend


def test_half_a_pulse_and_half_a_part_are_not_both_taken_off(config):
    short = parse_config(TEXT + "part_mm = 2\n")
    assert make_budget(short, 1.0).available_ms == make_budget(config, 1.0).available_ms
    fast, slow = make_budget(short, 1.0, 500.0), make_budget(short, 1.0, 10.0)
    assert fast.available_ms == pytest.approx(390 / 500 * 1000 - 35)
    assert slow.available_ms == pytest.approx(389 / 10 * 1000 - 5)


def test_a_gate_right_behind_the_camera_lets_nothing_run():
    near = parse_config(TEXT.replace("distance_mm = 500", "distance_mm = 120\npart_mm = 80"))
    budget = make_budget(near, 1.0)
    assert budget.most_mm_s == 0.0
    assert budget.check().level is Level.FAULT


def test_a_slow_belts_speed_is_not_rounded_away(config):
    """14 mm/s was reckoned as 10, and a budget that was used up looked whole."""
    times = Histogram()
    for _ in range(20):
        times.add(30_000_000)
    (check,) = running_check(config, times, 14.4)
    assert "at 14 mm/s" in check.text


def test_a_long_part_must_be_decided_on_before_its_front_is_at_the_gate(config):
    long = parse_config(TEXT + "part_mm = 80\n")
    assert make_budget(long, 1.0).available_ms == pytest.approx((390 - 40) / 200 * 1000 - 5)


@pytest.mark.parametrize(
    ("p99_ms", "level"), [(500.0, Level.OK), (1600.0, Level.WARNING), (1914.0, Level.WARNING), (1916.0, Level.FAULT)]
)
def test_it_warns_before_the_time_is_used_up(config, p99_ms, level):
    assert make_budget(config, p99_ms).check().level is level


def test_a_line_that_runs_is_judged_once_there_are_enough_parts(config):
    times = Histogram()
    for _ in range(19):
        times.add(30_000_000)
    assert running_check(config, times, 200.0) == []
    times.add(30_000_000)
    (check,) = running_check(config, times, 200.0)
    assert check.level is Level.OK
    assert running_check(config, times, 0.0) == []


@given(st.lists(st.integers(20_000, 50_000_000_000), min_size=1, max_size=300), st.sampled_from([0.5, 0.99, 1.0]))
def test_a_quantile_is_never_too_small_and_within_a_bin(durations, share):
    times = Histogram()
    for duration in durations:
        times.add(duration)
    rank = next(n for n in range(1, len(durations) + 1) if n >= share * len(durations))
    exact_ms = sorted(durations)[rank - 1] / 1e6
    found = times.quantile_ms(share)
    assert found is not None
    assert exact_ms <= found * 1.0000001
    assert found <= exact_ms * 1.0600


@given(st.lists(st.integers(20_000, 50_000_000_000), max_size=100), st.integers(1, 20))
def test_of_what_is_long_past_nothing_is_left(durations, keep):
    """After a good day, a computer that became slow had to be slow for a quarter of an hour until its p99 said so."""
    lately, last = Histogram(keep), Histogram()
    for duration in durations:
        lately.add(duration)
    kept = (len(durations) - 1) % keep + 1 + (keep if len(durations) > keep else 0) if durations else 0
    for duration in durations[len(durations) - kept :]:
        last.add(duration)
    assert lately.count == kept <= 2 * keep
    assert lately.quantile_ms(0.9) == last.quantile_ms(0.9)


def test_nothing_was_measured_yet():
    assert Histogram().quantile_ms(0.99) is None


def test_timing_leaves_the_first_call_out():
    """The first call of a model is slower than all others."""
    now = [0]

    def look():
        now[0] += 900_000_000 if now[0] == 0 else 10_000_000

    _, p99 = measure_ms(look, lambda: now[0])
    assert p99 == pytest.approx(10.0, rel=0.06)
