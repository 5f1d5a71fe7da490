"""The whole line, from the photo-eye to the bins."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from on_the_line import assert_bins_match_the_ledger, lay_parts, mixed, states

from edge.parts import Reason, State
from edge.virtual.rig import Rig, read_grey


def test_each_part_falls_into_the_bin_of_its_own_verdict(rig):
    parts = lay_parts(rig, mixed(200), lambda: random.Random(2).uniform(20, 120))
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert [p.ejected for p in parts] == [p.bad for p in parts]


def test_verdicts_keep_to_their_parts_when_scoring_takes_longer_than_the_gap():
    """Verdicts applied to "the part at the ejector now" hit a neighbour as soon as scoring was slow."""
    rig = Rig(read_grey, takes_ms=lambda sight: 400.0, speed_mm_s=150.0)
    lay_parts(rig, mixed(80))
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert rig.inspector.counts().uninspected == 0


def test_a_part_that_comes_while_the_box_is_busy_is_not_forgotten():
    """A trigger during a busy moment was logged and dropped: the part went on uninspected, into the pass bin."""
    slow = Rig(read_grey, takes_ms=lambda sight: 900.0, model={"queue": 2})
    parts = lay_parts(slow, [False] * 40, lambda: 10.0)
    slow.run_until_empty()
    counts = slow.inspector.counts()
    assert counts.triggered == 40
    assert counts.uninspected > 0
    assert_bins_match_the_ledger(slow)
    lost = [number for number, state in states(slow).items() if state is State.UNINSPECTED]
    assert all(parts[number - 1].ejected for number in lost)
    assert {r.account.reason for r in slow.records if r.account.state is State.UNINSPECTED} <= {
        Reason.BUSY,
        Reason.LATE,
    }


def test_a_verdict_that_comes_after_the_ejector_is_refused():
    rig = Rig(read_grey, takes_ms=lambda sight: 3000.0)
    lay_parts(rig, [False])
    rig.run_until_empty()
    rig.run(5)
    assert states(rig) == {1: State.UNINSPECTED}
    assert rig.inspector.tally.late_verdicts == 1
    assert_bins_match_the_ledger(rig)


def test_a_camera_that_stops_costs_parts_but_passes_none(rig):
    parts = lay_parts(rig, [False] * 30)
    rig.run(3)
    rig.camera_works = False
    rig.run(3)
    rig.camera_works = True
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    unseen = [r for r in rig.records if r.account.reason is Reason.NO_FRAME]
    assert 3 <= len(unseen) <= 8
    assert sum(bool(p.ejected) for p in parts) == len(unseen)


def test_two_parts_closer_than_the_scoring_time_get_their_own_verdicts():
    rig = Rig(read_grey, takes_ms=lambda sight: 350.0)
    lay_parts(rig, [True, False, True, True, False], lambda: 8.0)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert [p.ejected for p in rig.line.fallen] == [True, False, True, True, False]


def test_a_model_that_fails_on_one_part_rejects_that_part_only():
    def look(sight):
        if sight.part.id == 3:
            raise RuntimeError("the graph broke")
        return read_grey(sight)

    rig = Rig(look)
    lay_parts(rig, [False] * 5)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert [r.account.reason for r in rig.records if r.account.part.id == 3] == [Reason.MODEL_FAULT]
    assert [p.number for p in rig.line.fallen if p.ejected] == [3]


def test_a_score_that_is_no_number_rejects_the_part():
    def look(sight):
        part_map = read_grey(sight)
        return type(part_map)(part_map.anomaly_map, float("nan"))

    rig = Rig(look)
    lay_parts(rig, [False])
    rig.run_until_empty()
    assert states(rig) == {1: State.UNINSPECTED}
    assert_bins_match_the_ledger(rig)


def test_a_belt_that_changes_speed_carries_the_rejects_to_their_place(rig):
    lay_parts(rig, mixed(60, seed=4))
    for speed in (150.0, 320.0, 80.0, 0.0, 250.0, 200.0):
        rig.run(2)
        rig.set_speed(speed)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)


def test_a_belt_that_stops_and_starts_forgets_no_part(rig):
    lay_parts(rig, mixed(12, seed=5))
    rig.run(2)
    rig.set_speed(0)
    rig.run(600)
    rig.set_speed(200)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert rig.inspector.counts().uninspected == 0


def test_uninspected_parts_pass_only_where_the_plant_says_so():
    rig = Rig(read_grey, verdict={"uninspected": "pass"})
    rig.camera_works = False
    lay_parts(rig, [False] * 3)
    rig.run_until_empty()
    assert set(states(rig).values()) == {State.UNINSPECTED}
    assert not any(p.ejected for p in rig.line.fallen)


def test_what_lay_on_the_belt_when_the_box_started_is_thrown_out(rig):
    """Between photo-eye and ejector lie parts that the last run had seen and this one knows nothing of."""
    forgotten = lay_parts(rig, [False] * 3)
    rig.run(1.5)  # two are past the photo-eye, the third is still to come
    rig.restart()
    rig.run_until_empty()
    assert [p.ejected for p in forgotten] == [True, True, False]
    assert rig.inspector.counts().triggered == 1


def test_stopping_the_box_closes_every_account(rig):
    lay_parts(rig, [False, True, False])
    rig.run(1.2)
    assert rig.inspector.counts().in_flight > 0
    rig.inspector.stop(rig.clock.now_ns())
    counts = rig.inspector.counts()
    assert counts.in_flight == 0
    assert counts.balanced
    assert Reason.STOPPED in {r.account.reason for r in rig.records}


def test_pulses_rise_on_the_virtual_instant(rig):
    lay_parts(rig, mixed(50, seed=6))
    rig.run_until_empty()
    assert rig.ejections
    assert all(abs(e.done_ns - e.due_ns) <= 100_000 for e in rig.ejections)


@settings(max_examples=60, deadline=None)
@given(
    truths=st.lists(st.booleans(), min_size=1, max_size=25),
    gaps=st.lists(st.floats(6, 150), min_size=25, max_size=25),
    takes=st.lists(st.floats(1, 900), min_size=25, max_size=25),
    speeds=st.lists(st.tuples(st.floats(0.2, 3), st.floats(0, 400)), max_size=5),
    camera_stalls=st.lists(st.tuples(st.floats(0.1, 2), st.floats(0.05, 2)), max_size=2),
)
def test_whatever_happens_nothing_uninspected_passes(truths, gaps, takes, speeds, camera_stalls):
    """Random parts, gaps, scoring times, speeds and camera stalls: the bins agree with the ledger, part for part."""
    spaces, rig = iter(gaps), Rig(read_grey, takes_ms=lambda sight: takes[sight.part.id % len(takes)])
    lay_parts(rig, truths, lambda: next(spaces))
    for seconds, speed in speeds:
        rig.run(seconds)
        assert rig.inspector.counts().balanced
        rig.set_speed(speed)
    for seconds, stall in camera_stalls:
        rig.run(seconds)
        rig.camera_works = False
        rig.run(stall)
        rig.camera_works = True
    rig.set_speed(200)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    for part in rig.line.fallen:
        assert part.ejected or not part.bad
    assert len(rig.line.fallen) == len(truths)
