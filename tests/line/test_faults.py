"""The closed loop with every fault that the virtual line knows."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.virtual.closed_loop import LAYOUT, Plan, amiss, draw_plan, ride
from edge.virtual.faults import KINDS, Fault

AMOUNTS = {
    "speed": st.floats(60, 320),
    "slip": st.floats(1, 120),
    "lost_ticks": st.integers(1, 40).map(float),
    "camera_late": st.floats(1, 1500),
    "light_aged": st.floats(0.5, 1),
    "weak_jet": st.floats(0, 1),
}


def a_fault(kind):
    lasts = st.none() if kind in ("slip", "lost_ticks") else st.floats(0.05, 8)
    return st.builds(Fault, kind=st.just(kind), seconds=lasts, value=AMOUNTS.get(kind, st.none()))


@st.composite
def plans(draw):
    """A few parts and faults; a fault begins when the one before it has been over for some seconds."""
    faults, at_s = [], 0.5
    for fault in draw(st.lists(st.sampled_from(KINDS).flatmap(a_fault), max_size=3)):
        at_s += draw(st.floats(0, 6))
        faults.append(fault.model_copy(update={"at_s": at_s}))
        at_s += fault.seconds or 0.0
    bad = draw(st.lists(st.booleans(), min_size=1, max_size=20))
    gaps = draw(st.lists(st.floats(8, 150), min_size=1, max_size=20))
    takes = draw(st.lists(st.floats(1, 700), min_size=1, max_size=20))
    return Plan(tuple(bad), tuple(gaps), tuple(takes), tuple(faults))


def test_two_thousand_parts_with_every_fault_end_where_they_were_sent_or_somebody_is_told():
    loop = ride(draw_plan(7, 2000))
    assert amiss(loop) == []
    assert set(loop.faults) == set(KINDS)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_whatever_goes_wrong_nothing_unjudged_passes_in_silence(plan):
    assert amiss(ride(plan)) == []


def test_a_plan_repeats_to_the_nanosecond():
    first, again = ride(draw_plan(3, 120)), ride(draw_plan(3, 120))
    assert [(p.eye_ns, p.blown_ns, p.fell_ns) for p in first.parts] == [
        (p.eye_ns, p.blown_ns, p.fell_ns) for p in again.parts
    ]
    assert first.told == again.told


@pytest.mark.parametrize(
    ("faults", "without"),
    [
        ([Fault(kind="slip", at_s=at_s, value=35) for at_s in (2.0, 2.4)], {"gate_eye_mm": 0.0}),
        ([Fault(kind="weak_jet", seconds=30, value=0)], {"chute_ms": 0.0}),
    ],
)
def test_a_line_without_its_sensors_is_found_out(faults, without, monkeypatch):
    """The loop judges the line, so it must be able to say no."""
    monkeypatch.setattr("edge.virtual.closed_loop.LAYOUT", replace(LAYOUT, **without))
    assert amiss(ride(Plan((True, False) * 8, (10.0,), (20.0,), tuple(faults))))


def told(loop, kind):
    return [check.text for check in loop.rig.inspector.watch.stop.checks() if check.name == kind]


def one(kind, parts=8, **fault):
    return ride(Plan((False, True) * (parts // 2), (60.0,), (20.0,), (Fault(kind=kind, **fault),)))


def test_a_weak_jet_is_told_with_the_part_that_it_left_on_the_belt():
    loop = one("weak_jet", seconds=60, value=0.1)
    assert loop.rig.inspector.watch.tally.unconfirmed == 4
    assert told(loop, "unconfirmed")[0].startswith("part 8: nothing came into the reject chute")


def test_a_jammed_chute_is_told():
    assert "the reject chute is jammed" in told(one("jam", at_s=1, seconds=4), "jam")[0]


def test_an_encoder_that_stops_while_parts_come_is_told_and_nothing_passes():
    loop = one("encoder_dead", at_s=0.2, seconds=60)
    assert "the encoder says that the belt stands" in told(loop, "belt")[0]
    assert all(part.ejected for part in loop.rig.line.fallen[2:])


def test_a_photo_eye_that_stays_dark_is_told_and_nothing_passes_unseen():
    loop = one("eye_stuck", parts=20, at_s=1.2, seconds=4)
    assert "has been dark for more than 100 mm" in told(loop, "eye")[0]
    assert loop.rig.inspector.counts().triggered < 20
    assert amiss(loop) == []


def test_a_few_lost_pulses_are_made_good_by_the_eye_before_the_gate():
    loop = one("lost_ticks", at_s=1.5, value=2)
    assert [part.ejected for part in loop.rig.line.fallen] == [part.bad for part in loop.rig.line.fallen]
    assert loop.rig.inspector.watch.tally.confirmed == 4


def test_a_belt_without_faults_has_no_alarm():
    loop = ride(Plan((False, True, False, True), (8.0, 200.0), (20.0,)))
    assert loop.rig.inspector.watch.stop.checks() == []
    assert loop.rig.inspector.watch.tally.taken == 0
