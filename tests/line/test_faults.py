"""The closed loop with every fault that the virtual line knows."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.virtual.closed_loop import LINES, Plan, amiss, draw_plan, ride, summary
from edge.virtual.closed_loop.amiss import nothing_unjudged_passes
from edge.virtual.closed_loop.plans import draw_fault
from edge.virtual.faults import KINDS, Fault


@st.composite
def faults(draw, kinds):
    """Up to three faults; each begins some seconds after the one before it is over."""
    found, at_s = [], 0.5
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=3)):
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
        faults=draw(faults(kind.faults)),
        lengths_mm=tuple(draw(st.lists(st.sampled_from(kind.lengths_mm), min_size=1, max_size=20))),
        turns_deg=tuple(draw(st.lists(st.floats(-40, 40), min_size=1, max_size=5))),
        line=line,
    )


def test_a_thousand_parts_with_every_fault_end_where_they_were_sent_or_somebody_is_told():
    loop = ride(draw_plan(7, 1000))
    assert amiss(loop) == []
    assert set(loop.faults) == set(KINDS) - {"backwards"}


@pytest.mark.parametrize("line", LINES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_whatever_goes_wrong_nothing_unjudged_passes_in_silence(line, data):
    assert amiss(ride(data.draw(plans(line)))) == []


@pytest.mark.parametrize("line", LINES)
def test_a_plan_repeats_to_the_nanosecond(line):
    first, again = ride(draw_plan(3, 80, line)), ride(draw_plan(3, 80, line))
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


@pytest.mark.parametrize("line", ["spare", "pusher", "gate"])
def test_a_belt_that_runs_back_and_forth_opens_no_part_twice_and_needs_nobody(line):
    """Each reversal was an alarm: parts that came back before an eye were taken for strangers."""
    backwards = tuple(Fault(kind="backwards", at_s=at_s, value=60) for at_s in (1.3, 3.1, 4.9))
    loop = ride(Plan((False,) * 12, (40.0,), (20.0,), backwards, line=line))
    assert loop.rig.inspector.counts().to_dict() == {
        "triggered": 12,
        "passed": 12,
        "rejected": 0,
        "uninspected": 0,
        "in_flight": 0,
        "balanced": True,
    }
    assert loop.alarms == []
    assert not any(part.ejected for part in loop.parts)


def test_a_dead_channel_of_the_encoder_is_told_at_once():
    loop = ride(
        Plan((False, True) * 6, (40.0,), (20.0,), (Fault(kind="encoder_b_dead", at_s=3, seconds=6),), line="gate")
    )
    assert (3_500_000_000, "belt") in loop.alarms
    assert amiss(loop) == []


@pytest.mark.parametrize("line", ["jet", "spare", "pusher", "gate"])
def test_parts_that_touch_are_thrown_out_and_told(line):
    """One long dark time at the photo-eye is one trigger: the second part would pass by the verdict of the first."""
    loop = ride(Plan((False,) * 6, (60.0, 0.0, 60.0), (20.0,), line=line))
    assert [part.ejected for part in loop.parts][1:3] == [True, True]
    assert "dark for more than 75 mm" in told(loop, "eye")[0]
    assert amiss(loop) == []


def test_a_stranger_that_comes_while_the_belt_is_purged_is_thrown_out_too():
    """The purge ended between the photo-eye before the gate and the gate, and the stranger passed in silence."""
    gaps = (60.0, 0.0, 300.0, 60.0)
    for at_ms in range(3700, 4150, 50):
        loop = ride(Plan((False,) * 5, gaps, (20.0,), (Fault(kind="put_on", at_s=at_ms / 1000),)))
        assert amiss(loop) == []


@pytest.mark.parametrize("kind", ["taken_off", "put_on"])
def test_what_a_hand_changes_between_eye_and_gate_is_told(kind):
    loop = ride(Plan((False,) * 12, (120.0,), (20.0,), (Fault(kind=kind, at_s=4),)))
    assert told(loop, "belt")
    assert amiss(loop) == []


def test_a_frozen_picture_passes_no_other_part():
    """A hung webcam hands out its last picture for ever, as if it were new: parts passed by the picture of another."""
    loop = ride(Plan((False,) * 12, (60.0,), (20.0,), (Fault(kind="camera_frozen", at_s=3, seconds=4),)))
    assert loop.rig.inspector.counts().uninspected >= 5
    assert amiss(loop) == []


@pytest.mark.parametrize(
    "fault", [{"kind": "camera_disorder"}, {"kind": "encoder_bounce"}, {"kind": "eye_bounce", "value": 6}]
)
def test_what_the_box_can_bear_costs_no_part(fault):
    """The photo-eye's trigger is debounced on this line: each tail was a part of its own."""
    loop = ride(Plan((False, True) * 6, (60.0,), (20.0,), (Fault(at_s=1, **fault),), line="gate"))
    assert [part.ejected for part in loop.parts] == [part.bad for part in loop.parts]
    assert loop.alarms == []


def test_a_belt_that_runs_back_unseen_passes_nothing_unjudged():
    """An encoder with one channel counts backwards as forwards. Good parts may be thrown out without their names."""
    backwards = tuple(Fault(kind="backwards", at_s=3.0 + 7 * n, value=20 * n + 10) for n in range(6))
    loop = ride(Plan((False, True, False) * 20, (15.0, 90.0), (20.0,), backwards, line="jet"))
    assert list(nothing_unjudged_passes(loop)) == []
    assert loop.alarms


def test_parts_that_touch_one_that_nobody_triggered_do_not_hide_behind_it_at_the_gate():
    """Three of them are one dark time at the eye before the gate: the purge ended before the third."""
    dead = Fault(kind="eye_dead", at_s=1.52, seconds=2.43)
    bad = (True, True, True, False, False, False, True, False)
    loop = ride(Plan(bad, gaps_mm=(0.0, 90.0, 0.0), takes_ms=(1.0,), faults=(dead,), lengths_mm=(60.0,), line="spare"))
    assert amiss(loop) == []
    assert all(part.ejected for part in loop.rig.line.fallen)
