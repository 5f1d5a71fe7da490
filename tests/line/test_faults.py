"""The closed loop with every fault that the virtual line knows."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.virtual.closed_loop import LINES, Plan, amiss, draw_plan, ride, summary
from edge.virtual.closed_loop.plans import draw_fault
from edge.virtual.faults import KINDS, Fault


@st.composite
def faults(draw):
    """Up to three faults; each begins some seconds after the one before it is over."""
    found, at_s = [], 0.5
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=3)):
        at_s += draw(st.floats(0, 6))
        found.append(draw_fault(draw(st.randoms(use_true_random=False)), kind, at_s))
        at_s += found[-1].seconds or 0.0
    return tuple(found)


@st.composite
def plans(draw, line):
    kind = LINES[line]
    return Plan(
        bad=tuple(draw(st.lists(st.booleans(), min_size=1, max_size=20))),
        gaps_mm=tuple(draw(st.lists(st.sampled_from(kind.gaps_mm), min_size=1, max_size=20))),
        takes_ms=tuple(draw(st.lists(st.floats(1, 700), min_size=1, max_size=20))),
        faults=draw(faults()),
        lengths_mm=tuple(draw(st.lists(st.sampled_from(kind.lengths_mm), min_size=1, max_size=20))),
        line=line,
    )


def test_two_thousand_parts_with_every_fault_end_where_they_were_sent_or_somebody_is_told():
    loop = ride(draw_plan(7, 2000))
    assert amiss(loop) == []
    assert set(loop.faults) == set(KINDS)


@pytest.mark.parametrize("line", LINES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_goes_wrong_nothing_unjudged_passes_in_silence(line, data):
    assert amiss(ride(data.draw(plans(line)))) == []


@pytest.mark.parametrize("line", LINES)
def test_a_plan_repeats_to_the_nanosecond(line):
    first, again = ride(draw_plan(3, 120, line)), ride(draw_plan(3, 120, line))
    assert summary(first) == summary(again)
    assert first.accounts == again.accounts
    assert first.told == again.told
    assert [(p.eye_ns, p.blown_ns, p.fell_ns) for p in first.parts] == [
        (p.eye_ns, p.blown_ns, p.fell_ns) for p in again.parts
    ]


@pytest.mark.parametrize(
    ("faults", "without"),
    [
        ([Fault(kind="slip", at_s=at_s, value=35) for at_s in (2.0, 2.4)], {"gate_eye_mm": 0.0}),
        ([Fault(kind="weak_jet", seconds=30, value=0)], {"chute_ms": 0.0}),
    ],
)
def test_a_line_without_its_sensors_is_found_out(faults, without, monkeypatch):
    """The loop judges the line, so it must be able to say no."""
    jet = LINES["jet"]
    sections = {**jet.sections, "trigger": {"longest_mm": 0.0}}
    monkeypatch.setitem(LINES, "jet", replace(jet, layout=replace(jet.layout, **without), sections=sections))
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
    assert "has been dark for more than 75 mm" in told(loop, "eye")[0]
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
