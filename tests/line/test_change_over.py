"""Models change while the belt runs; no part goes uninspected because of it."""

import pytest
from changing import ChangingLine
from on_the_line import assert_bins_match_the_ledger, lay_parts, mixed

from edge.health import Level
from edge.inspector.scoring import Scoring
from edge.parts import Account, Part, Reason, Record, State, Trigger
from edge.slots import Status
from edge.slots.keeper import Keeper
from edge.verdict import Judge
from edge.virtual.rig import Rig, read_grey


@pytest.fixture
def line(tmp_path):
    return ChangingLine(tmp_path, good_after=30, window=20, defect_share=0.1)


def run(line, parts):
    laid = lay_parts(line.rig, parts, lambda: 40.0)
    line.rig.run(4)
    return laid


def test_a_flashed_model_takes_over_without_costing_a_part(line):
    parts = run(line, mixed(60, share_bad=0.1))
    line.flash("new")
    line.rig.run_until_empty()
    assert line.models() == ["old", "new"]
    assert [number for number, _ in line.looks] == list(range(1, 61))
    assert line.rig.inspector.counts().uninspected == 0
    assert [p.ejected for p in parts] == [p.bad for p in parts]
    assert_bins_match_the_ledger(line.rig)


def test_each_part_is_told_with_the_model_that_looked_at_it(line):
    """A map was judged by the next model's threshold when the change fell between look and verdict."""
    line.takes_ms["old"] = 350.0
    run(line, [False] * 40)
    line.flash("new", good=0.25)
    line.rig.run_until_empty()
    looked = dict(line.looks)
    assert {r.account.part.id: r.model_id for r in line.rig.records} == looked
    thresholds = {(r.model_id, r.account.verdict.threshold) for r in line.rig.records}
    assert len(thresholds) == 2


def test_the_part_that_a_model_has_begun_is_finished_by_it():
    looks, begun = [], []

    def look_as(name):
        return lambda sight: looks.append(name) or read_grey(sight)

    rig = Rig(look_as("old"), takes_ms=lambda sight: begun.append(sight) or 400.0)
    lay_parts(rig, [False] * 3)
    while not begun:
        rig.run(0.01)
    rig.box.swap(Scoring(look_as("new"), Judge(0.5), "new"))
    rig.run_until_empty()
    assert looks == ["old", "new", "new"]
    assert [record.model_id for record in rig.records] == ["rig", "new", "new"]


def test_a_model_becomes_good_after_enough_parts(line):
    run(line, [False] * 60)
    line.flash("new")
    line.rig.run(0.6)
    assert line.slots.state().b.status is Status.TRIAL
    assert line.keeper.check().level is Level.INFO
    line.rig.run_until_empty()
    assert line.slots.state().b.status is Status.GOOD
    assert line.keeper.check().level is Level.OK


def test_a_model_whose_scores_drift_is_sent_back(line):
    parts = run(line, [False] * 80)
    line.flash("new", good=0.5)
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert line.slots.active() == "a"
    assert "standard deviations" in line.slots.state().b.why
    assert line.rig.inspector.counts().uninspected == 0
    assert not any(p.ejected for p in parts)


def test_a_model_that_rejects_everything_is_sent_back(line):
    run(line, [False] * 80)
    line.flash("new", good=0.1)
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert "it rejected 100%" in line.slots.state().b.why
    assert_bins_match_the_ledger(line.rig)


def test_a_model_that_breaks_costs_one_part_and_goes(line):
    run(line, [False] * 40)
    line.breaks.add("new")
    line.flash("new")
    line.rig.run_until_empty()
    faults = [r for r in line.rig.records if r.account.reason is Reason.MODEL_FAULT]
    assert 1 <= len(faults) <= 3  # as many as come before the keeper is asked
    assert line.models() == ["old", "new", "old"]
    assert_bins_match_the_ledger(line.rig)


def test_a_model_that_misses_its_deadlines_is_sent_back(line):
    run(line, [False] * 80)
    line.takes_ms["new"] = 2900.0
    line.flash("new")
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert "too late" in line.slots.state().b.why
    assert line.rig.records[-1].account.state is State.PASSED
    assert_bins_match_the_ledger(line.rig)


def test_the_line_goes_back_even_if_the_disk_refuses(line):
    """The old model is kept in memory during a trial: what fails may be the disk itself."""
    run(line, [False] * 80)
    line.flash("new", good=0.5)
    line.rig.run(0.6)
    line.disk.read_only = True
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert line.keeper.check().level is Level.WARNING


def test_a_change_that_the_disk_cannot_note_is_not_made(line):
    run(line, [False] * 20)
    line.flash("new")
    line.disk.full = line.disk.read_only = True
    line.rig.run_until_empty()
    assert line.models() == ["old"]
    assert "Read-only" in line.keeper.check().text
    assert line.loads.count("new") == 1  # it is not loaded twice a second until somebody mends the disk


def test_a_return_that_the_disk_could_not_note_is_noted_when_it_can(line):
    """The slot stayed active and on trial on the disk: the next start took the model that had failed."""
    run(line, [False] * 80)
    line.flash("new", good=0.5)
    line.rig.run(0.6)
    line.disk.read_only = True
    line.rig.run_until_empty()
    assert "standard deviations" in line.keeper.check().text
    line.disk.read_only = False
    line.rig.run(1)
    assert line.slots.active() == "a"
    assert line.slots.state().b.status is Status.BAD


def test_a_model_that_was_refused_may_be_flashed_again(line):
    """The same file was passed over in silence until the box was started anew."""
    run(line, [False] * 60)
    line.flash("new")
    line.slots.bundle("b").write_bytes(b"not a bundle")
    line.rig.run(0.6)
    line.flash("new")
    line.rig.run(0.6)
    assert line.slots.active() == "b"


def test_a_model_that_the_disk_kept_out_is_taken_over_when_the_disk_is_mended(line):
    """It waited for the next start of the box, and its file was passed over if it was flashed again."""
    run(line, [False] * 60)
    line.flash("new")
    line.disk.read_only = True
    line.rig.run(0.6)
    line.disk.read_only = False
    line.rig.run(0.6)
    assert line.slots.active() == "b"
    assert line.loads.count("new") == 1


def test_a_model_on_trial_returns_after_a_restart_too(line):
    """After a restart the old model is in no memory: it is loaded from its slot."""
    run(line, [False] * 80)
    line.flash("new", good=0.5)
    line.rig.run(0.6)
    assert line.restart().model.id == "new"
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert line.slots.active() == "a"


def test_a_pending_model_that_is_damaged_is_never_asked(line):
    run(line, [False] * 20)
    line.flash("new")
    line.slots.bundle("b").write_bytes(b"not a bundle")
    line.rig.run_until_empty()
    assert line.models() == ["old"]
    assert line.slots.state().b.status is Status.BAD


def test_a_pending_model_that_computes_something_else_in_the_box_is_never_asked(line):
    run(line, [False] * 20)
    line.flash("new", golden_off=0.5)
    line.rig.run_until_empty()
    assert line.models() == ["old"]
    assert "golden tiles differ" in line.slots.state().b.why


def test_a_pending_model_that_computes_something_else_at_the_start_is_given_up(line):
    line.flash("new", golden_off=0.5)
    assert line.restart().model.id == "old"
    assert line.slots.active() == "a"
    assert "golden tiles differ" in line.keeper.check().text


def test_a_model_that_was_given_up_at_the_start_is_told(line):
    """A model that had crashed the box made way for the old one without a word."""
    line.flash("new")
    line.restart()
    line.restart()
    assert line.restart().model.id == "old"
    assert line.keeper.check().level is Level.WARNING
    assert "slot B is given up: started 2 times without becoming good" in line.keeper.check().text


def test_a_part_that_closes_while_a_trial_ends_harms_nobody(line):
    """Its account was closed on the scoring thread, and the trial was gone between the question and the call."""

    class Ending(Keeper):
        def __getattribute__(self, name):
            return self.__dict__.pop(name, None) if name == "_trial" else super().__getattribute__(name)

    line.flash("new")
    keeper = Ending(line.slots, line.rig.config, line.rig.clock, lambda loaded: None)
    keeper.open()
    part = Part(1, Trigger(0, 0.0))
    keeper.seen(Record(Account(part, State.UNINSPECTED, 0, Reason.LATE), "new"))
    keeper.open()
    assert "on trial" in keeper.check().text


def test_rolling_back_by_hand_changes_the_running_line(line):
    run(line, [False] * 80)
    line.flash("new")
    line.rig.run(1)
    line.slots.rollback()
    line.rig.run_until_empty()
    assert line.models() == ["old", "new", "old"]
    assert line.slots.state().b.why == "rolled back by hand"


def test_a_person_may_end_a_trial_well(line):
    run(line, [False] * 20)
    line.flash("new")
    line.rig.run(0.6)
    line.slots.mark_good()
    line.rig.run(0.6)
    assert line.keeper.check().text == "slot B inspects"


def test_the_only_models_trial_may_fail_and_it_stays(tmp_path):
    line = ChangingLine(tmp_path, good_after=30, window=20)
    line.slots.bundle("a").write_bytes(b"rotten")
    run(line, [False] * 60)
    line.flash("new", good=0.5)
    line.rig.run(0.6)
    line.restart()
    line.rig.run_until_empty()
    assert line.swaps[-1] == "new"
    assert "no model to return to" in line.keeper.check().text
