"""The whole web line on the virtual clock: frames, encoder, events, marks, and an account of every millimetre."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_on_the_line import PITCH, ROWS, TILE, assert_account_is_whole, end_roll, start_roll
from web_on_the_line import a_rig as narrow_web

from edge.virtual.membrane import Pinhole
from edge.virtual.web_rig import WebRig
from edge.web.strips import Lost

HOLES = [Pinhole(30.0, 5.0, 0.3), Pinhole(50.0, 12.2, 0.3), Pinhole(77.3, 0.9, 0.3)]


def a_rig(holes: list[Pinhole] | None = None, **more) -> WebRig:
    return narrow_web(HOLES if holes is None else holes, **more)


def broken(image):
    raise RuntimeError("no model")


def test_pinholes_are_found_once_at_their_places_and_marked():
    rig = a_rig()
    start_roll(rig)
    rig.run(2.5)
    end_roll(rig)
    rig.run(15)
    assert_account_is_whole(rig)
    assert rig.rolls[0].lengths().uninspected == 0
    assert len(rig.events) == len(HOLES)
    start = rig.rolls[0].start_row * PITCH
    for event, hole in zip(rig.events, HOLES, strict=True):
        assert start + event.at_mm == pytest.approx(hole.at_mm, abs=1.2)
        assert event.across_mm == pytest.approx(hole.across_mm, abs=1.0)
        assert event.image is not None
        assert event.image.max() > 150, "the picture shows the hole"
    assert rig.marked_mm == pytest.approx([hole.at_mm + 500.0 for hole in HOLES], abs=1.5)


@pytest.mark.parametrize("offset", [0.0, 0.7, 1.6, 2.4, 2.9, 3.1])
def test_a_defect_on_a_seam_is_one_event_wherever_the_seam_is(offset):
    """A scratch over three strips and two columns of tiles was six defects."""
    line = [Pinhole(40.0 + offset + 0.2 * i, 2.0 + 0.1 * i, 0.4) for i in range(60)]
    rig = a_rig(line)
    start_roll(rig)
    rig.run(2.0)
    end_roll(rig)
    (event,) = rig.events
    assert event.length_mm == pytest.approx(60 * 0.2, abs=1.7)
    assert event.width_mm == pytest.approx(60 * 0.1, abs=1.7)


def test_a_camera_that_stops_costs_length_that_is_told_and_marked():
    rig = a_rig([])
    start_roll(rig)
    rig.run(1.0)
    rig.camera_works = False
    rig.run(0.5)
    rig.camera_works = True
    rig.run(1.0)
    end_roll(rig)
    rig.run(15)
    assert_account_is_whole(rig)
    lost = sum(stretch.length_mm for stretch in rig.stretches)
    assert lost == pytest.approx(0.5 * 50.8, abs=ROWS * PITCH)
    # The first frame after the outage leaves one gap more, where it does not reach back to what is given up already.
    assert [stretch.why for stretch in rig.stretches][:1] == [Lost.NO_FRAME]
    assert len(rig.stretches) <= 2
    assert rig.marked_mm[0] == pytest.approx(rig.rolls[0].start_row * PITCH + rig.stretches[0].at_mm + 500.0, abs=1.5)


def test_an_alarm_is_given_as_soon_as_something_is_known():
    web = {"overlap_px": 8, "action": "alarm"}
    rig = a_rig(HOLES[:1], web=web)
    start_roll(rig)
    rig.run(1.0)
    assert len(rig.marked_mm) == 1
    assert HOLES[0].at_mm < rig.marked_mm[0] < HOLES[0].at_mm + 2 * ROWS * PITCH + TILE * PITCH
    rig.camera_works = False
    rig.run(1.0)
    assert len(rig.marked_mm) == 2, "a length that nobody looks at is an alarm too"


def test_small_events_may_be_left_out():
    rig = a_rig(web={"overlap_px": 8, "min_area_mm2": 5.0})
    start_roll(rig)
    rig.run(2.0)
    end_roll(rig)
    rig.run(12)
    assert (rig.events, rig.marked_mm) == ([], [])


def test_a_model_that_fails_inspects_nothing_and_says_so():
    rig = a_rig([])
    rig.look = broken
    start_roll(rig)
    rig.run(1.0)
    end_roll(rig)
    assert_account_is_whole(rig)
    assert rig.rolls[0].lengths().inspected == 0
    assert {stretch.why for stretch in rig.stretches} == {Lost.MODEL_FAULT}


def test_a_model_that_is_too_slow_leaves_out_what_it_says_it_leaves_out():
    rig = a_rig([], takes_ms=lambda: 150.0, model={"queue": 2})
    start_roll(rig)
    rig.run(4.0)
    end_roll(rig)
    rig.run(2.0)
    assert_account_is_whole(rig)
    assert {why for why, _ in rig.rolls[0].lengths().by_reason} == {Lost.BUSY}
    assert rig.rolls[0].lengths().inspected > 0


def test_one_roll_ends_where_the_next_begins():
    rig = a_rig()
    start_roll(rig)
    rig.run(1.0)
    rig.line.signal(rig.clock.now_ns())
    rig.run(3.0)
    end_roll(rig)
    assert_account_is_whole(rig)
    first, second = rig.rolls
    assert first.end_row == second.start_row
    assert first.end_row is not None
    assert first.end_row * PITCH == pytest.approx(1.1 * 50.8 + 100.0, abs=1.0)


def test_what_one_roll_has_seen_is_not_inspected_again_as_the_next_begins_on_a_web_that_stands():
    """A frame shows half a view beyond the camera's axis, where the next roll would begin."""
    rig = a_rig([])
    start_roll(rig)
    rig.run(1.0)
    rig.set_speed(0.0)
    rig.run(0.5)
    end_roll(rig)
    for _ in range(2):
        rig.line.start_roll("", rig.clock.now_ns())
        rig.run(0.5)
        end_roll(rig)
    assert [roll.start_row for roll in rig.rolls[1:]] == [rig.rolls[0].end_row] * 2
    assert_account_is_whole(rig)


def test_stopped_in_the_middle_the_account_is_whole_and_the_pin_safe():
    rig = a_rig(takes_ms=lambda: 300.0)
    start_roll(rig)
    rig.run(1.0)
    rig.line.stop(rig.clock.now_ns())
    rig._job = None
    assert_account_is_whole(rig)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), overlap=st.floats(0.1, 0.7))
def test_whatever_speed_and_frames_each_millimetre_is_accounted_for_once(seed, overlap):
    """Any speed profile, frames dropped and late, a slow model: inspected + uninspected = travelled at every step, and
    no pinhole in an inspected length is missed or doubled."""
    draw = random.Random(seed)
    holes = [Pinhole(20.0 + 9.0 * i, draw.uniform(1, 15), 0.3) for i in range(40)]
    rig = a_rig(holes, overlap=overlap, takes_ms=lambda: draw.choice((5.0, 20.0, 120.0)), model={"queue": 3})
    rig.drop = lambda: draw.random() < 0.1
    start_roll(rig)
    for _ in range(12):
        rig.run(draw.uniform(0.05, 0.5))
        rig.set_speed(draw.choice((0.0, 20.0, 50.8, 60.0, 200.0)))
        assert all(roll.lengths().balanced for roll in rig.line.rolls)
    rig.set_speed(50.8)
    rig.run(0.3)
    rig.line.end_roll(rig.clock.now_ns())
    rig.run(2.0)
    assert_account_is_whole(rig)
    roll = rig.rolls[0]
    assert roll.end_row is not None
    start = roll.start_row * PITCH
    blind = [(start + s.at_mm - 2.5, start + s.at_mm + s.length_mm + 2.5) for s in rig.stretches]
    seen = [
        h
        for h in holes
        if start + 2.5 < h.at_mm < roll.end_row * PITCH - 2.5 and not any(a < h.at_mm < b for a, b in blind)
    ]
    for hole in seen:
        near = [e for e in rig.events if abs(start + e.at_mm + e.length_mm / 2 - hole.at_mm) < 2.0]
        assert len(near) == 1, hole
