"""A line without a photo-eye whose camera fails: what it did not see may not pass.

The picture shows 160 mm of belt and begins 20 mm before the place of the photo-eye, which is not listened to.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from on_the_line import lay_parts, mixed, states

from edge.parts import State
from edge.virtual.line import Layout
from edge.virtual.rig import Rig, read_grey

BORDER_MM = -20.0
PLACES = {"trigger": {"kind": "detect", "camera_mm": 110.0}, "ejector": {"distance_mm": 470.0, "part_mm": 60.0}}


def a_rig(layout=None, **sections):
    return Rig(read_grey, layout=layout or Layout(), **{**PLACES, **sections})


def account_of(rig, part):
    """The number of the account that was opened for a part; None where it was not seen."""
    near = [
        r.account.part.id for r in rig.records if abs(r.account.part.trigger.belt_mm - part.head_mm - BORDER_MM) < 15
    ]
    return near[0] if near else None


def unjudged(rig):
    """Parts that lie in the pass bin without a pass."""
    passed = [part for part in rig.line.fallen if not part.ejected]
    return [part for part in passed if states(rig).get(account_of(rig, part) or 0) is not State.PASSED]


def alarms(rig):
    return {check.name for check in rig.inspector.watch.stop.checks()}


def stall(rig, from_s, seconds):
    rig.run(from_s)
    rig.stalled = True
    rig.run(seconds)
    rig.stalled = False


def test_parts_that_ride_past_a_camera_that_hangs_are_ejected_and_told():
    """They were never seen to come, so nobody threw them out: 4 of 12 lay in the pass bin unjudged."""
    rig = a_rig()
    parts = lay_parts(rig, [False] * 12)
    stall(rig, 1.0, 3.0)
    rig.run_until_empty()
    assert sum(account_of(rig, part) is None for part in parts) > 2
    assert unjudged(rig) == []
    assert alarms(rig) == {"uninspected"}
    assert rig.inspector.watch.tally.unseen_mm == pytest.approx(600 - 160, abs=20)


def test_a_line_that_may_pass_what_nobody_looked_at_only_tells():
    rig = a_rig(verdict={"uninspected": "pass"})
    lay_parts(rig, [False] * 12)
    stall(rig, 1.0, 3.0)
    rig.run_until_empty()
    assert not any(part.ejected for part in rig.line.fallen)
    assert "uninspected" in alarms(rig)


def test_good_parts_before_and_behind_the_gap_are_spared():
    rig = a_rig()
    parts = lay_parts(rig, [False] * 20)
    stall(rig, 3.0, 1.0)
    rig.run_until_empty()
    assert [part.ejected for part in (*parts[:3], *parts[-8:])] == [False] * 11


def test_a_camera_that_works_ejects_nothing_that_it_saw():
    rig = a_rig()
    parts = lay_parts(rig, mixed(40))
    rig.run_until_empty()
    assert [part.ejected for part in parts] == [part.bad for part in parts]
    assert rig.inspector.watch.tally.unseen_mm == 0.0
    assert alarms(rig) == set()


def test_pictures_too_far_apart_for_the_speed_leave_gaps():
    rig = Rig(read_grey, fps=2.0, speed_mm_s=450.0, layout=replace(Layout(), drop_mm=200.0), **PLACES)
    lay_parts(rig, [False] * 30)
    rig.run_until_empty()
    assert rig.inspector.watch.tally.unseen_mm > 0
    assert unjudged(rig) == []


def test_in_the_dark_no_part_is_seen_and_none_passes():
    rig = a_rig()
    lay_parts(rig, [False] * 12)
    rig.run(1.5)
    rig.line.faults.light = 0.02
    rig.run(2.0)
    rig.line.faults.light = 1.0
    rig.run_until_empty()
    assert unjudged(rig) == []
    assert rig.inspector.watch.tally.unseen_mm > 200


def test_pictures_that_come_when_the_part_is_past_the_gate_are_no_look():
    rig = a_rig()
    parts = lay_parts(rig, [False] * 12)
    rig.run(1.0)
    rig.late_ms = 4000.0
    rig.run(2.0)
    rig.late_ms = 0.0
    rig.run_until_empty()
    assert unjudged(rig) == []
    assert any(part.ejected for part in parts)
    assert rig.inspector.counts().balanced


def test_an_unseen_part_at_the_eye_before_the_gate_condemns_no_other():
    """It lay where no part should, and so nobody seemed to know any more where any part lay."""
    layout = replace(Layout(), gate_eye_mm=380.0)
    gate_eye = {"distance_mm": 380.0 - BORDER_MM, "tolerance_mm": 15.0}
    rig = a_rig(layout, gate_eye=gate_eye)
    parts = lay_parts(rig, [False] * 20)
    stall(rig, 3.0, 1.5)
    rig.run_until_empty()
    assert alarms(rig) == {"uninspected"}
    assert unjudged(rig) == []
    assert not any(part.ejected for part in parts[-6:])


def test_an_encoder_that_stands_while_parts_ride_through_the_picture_is_found_out():
    """No part after its last pulse was seen to come, and all of them passed."""
    rig = a_rig(belt={"stall_ms": 300})
    parts = lay_parts(rig, [False] * 14)
    rig.run(2.0)
    rig.line.encoder.faults.dead = True
    rig.run_until_empty()
    assert "belt" in rig.inspector.watch.stop.raised
    assert all(part.ejected for part in parts[2:])


SPEEDS = st.one_of(st.floats(60, 420), st.just(0.0))
TROUBLES = st.sampled_from(["stalled", "dark", "late", "disordered", "none"])


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.03, 2.5), SPEEDS, TROUBLES), min_size=1, max_size=8),
    st.lists(st.floats(15, 120), min_size=1, max_size=6),
    st.floats(50, 2500),
    st.sampled_from([0, 6]),
)
def test_whatever_the_camera_misses_at_whatever_speed_lies_in_the_reject_bin(course, gaps, late_ms, b_pin):
    rig = a_rig(replace(Layout(mm_per_tick=2.0), encoder_b_pin=b_pin), belt={"stall_ms": 300})
    left = iter(gaps * 20)
    lay_parts(rig, [False] * 15, lambda: next(left))
    rig.run(0.1)  # the first picture shows the empty belt in the light
    for seconds, speed, trouble in course:
        rig.set_speed(speed)
        rig.stalled, rig.disordered = trouble == "stalled", trouble == "disordered"
        rig.line.faults.light = 0.02 if trouble == "dark" else 1.0
        rig.late_ms = late_ms if trouble == "late" else 0.0
        rig.run(seconds)
    rig.stalled = rig.disordered = False
    rig.line.faults.light, rig.late_ms = 1.0, 0.0
    rig.set_speed(200.0)
    rig.run_until_empty()
    assert unjudged(rig) == []
    assert "belt" not in rig.inspector.watch.stop.raised
    assert rig.inspector.counts().balanced
