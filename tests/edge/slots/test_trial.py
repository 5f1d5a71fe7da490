from dataclasses import replace

import numpy as np
import pytest

from edge.calibration import Calibration
from edge.config.models import SlotsConfig
from edge.parts import Account, Decision, Part, Reason, Record, State, Trigger, Verdict
from edge.slots.trial import Outcome, Trial

SCORES = np.linspace(0.9, 1.1, 101)
CONFIG = SlotsConfig(good_after=40, window=20, late_parts=3, drift_factor=4.0, defect_share=0.05)


def trial(**changes) -> Trial:
    return Trial(CONFIG.model_copy(update=changes), "m", Calibration.fit(SCORES), threshold=1.2)


def inspected(score=1.0, rejected=False, model_id="m") -> Record:
    state = State.REJECTED if rejected else State.PASSED
    verdict = Verdict(Decision.REJECT if rejected else Decision.PASS, score, 1.2)
    return Record(Account(Part(1, Trigger(0, 0.0)), state, 0, verdict=verdict), model_id)


def uninspected(reason) -> Record:
    return Record(Account(Part(1, Trigger(0, 0.0)), State.UNINSPECTED, 0, reason), "m")


def show(trial, *records):
    for record in records:
        trial.seen(record)
    return trial.outcome


def test_enough_parts_make_it_good():
    t = trial()
    assert show(t, *[inspected()] * 39) is Outcome.OPEN
    assert show(t, inspected()) is Outcome.GOOD


def test_the_first_part_that_cannot_be_scored_ends_it():
    t = trial()
    assert show(t, uninspected(Reason.MODEL_FAULT)) is Outcome.FAILED
    assert "could not be scored" in t.why


@pytest.mark.parametrize("reason", [Reason.LATE, Reason.BUSY])
def test_late_parts_end_it(reason):
    t = trial()
    assert show(t, *[uninspected(reason)] * 2) is Outcome.OPEN
    assert show(t, uninspected(reason)) is Outcome.FAILED


@pytest.mark.parametrize("reason", [Reason.NO_FRAME, Reason.STOPPED])
def test_a_lost_camera_is_not_the_models_fault(reason):
    assert show(trial(), *[uninspected(reason)] * 50) is Outcome.OPEN


def test_parts_of_the_old_model_do_not_count():
    """The last parts of the old model close after the change and would have made the new one good."""
    assert show(trial(), *[inspected(model_id="old")] * 100) is Outcome.OPEN


@pytest.mark.parametrize(("rejects", "outcome"), [(4, Outcome.OPEN), (5, Outcome.FAILED)])
def test_more_rejects_than_expected_are_drift(rejects, outcome):
    """Expected: 5 % real defects and no false rejects; at most four times that."""
    assert show(trial(), *[inspected(rejected=at < rejects) for at in range(20)]) is outcome


def test_false_rejects_of_the_calibration_are_expected():
    t = Trial(CONFIG, "m", Calibration.fit(SCORES), threshold=float(np.quantile(SCORES, 0.9)))
    assert show(t, *[inspected(rejected=at < 11) for at in range(20)]) is Outcome.OPEN


@pytest.mark.parametrize(("off", "outcome"), [(3.9, Outcome.OPEN), (4.1, Outcome.FAILED), (-4.1, Outcome.FAILED)])
def test_scores_far_from_the_calibration_are_drift(off, outcome):
    """A black picture scored low and passed; only the high side was watched."""
    score = 1.0 + off * float(np.std(SCORES))
    assert show(trial(), *[inspected(score)] * 20) is outcome


def test_a_few_defects_with_huge_scores_are_no_drift():
    assert show(trial(), *[inspected(1e6 if at < 4 else 1.0, at < 4) for at in range(20)]) is Outcome.OPEN


def test_a_trial_shorter_than_the_window_is_watched_too():
    """With good_after below the window, a model that rejected everything became good unseen."""
    assert show(trial(good_after=10), *[inspected(rejected=True)] * 10) is Outcome.FAILED


def test_only_the_last_window_is_looked_at():
    t = trial(good_after=1000)
    show(t, *[inspected(rejected=at % 5 == 0) for at in range(500)])
    assert show(t, *[inspected(rejected=True)] * 2) is Outcome.FAILED


def test_what_comes_after_the_end_changes_nothing():
    t = trial()
    show(t, uninspected(Reason.MODEL_FAULT))
    assert show(t, *[replace(inspected())] * 100) is Outcome.FAILED
