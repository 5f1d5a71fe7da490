import json
from dataclasses import replace

import numpy as np
import pytest

from edge.ledger import Ledger
from edge.parts import Decision, Ejection, Reason, Record, State, Trigger, Verdict
from edge.virtual.belt import LaidPart
from edge.virtual.demo.summary import Outcome, failures, summarize

MS = 1_000_000


def outcome(*parts: tuple[bool, bool, State], heard_times: int = 1, lose_account_of: int | None = None) -> Outcome:
    """A run of parts, each (bad, ejected, final state); a bad part scores 0.9, a good one 0.1."""
    ledger, records, fallen = Ledger(), [], []
    for number, (bad, ejected, state) in enumerate(parts, start=1):
        at_ns = number * 500 * MS
        part = LaidPart(number, 0.0, 10.0, np.zeros((1, 1, 3), np.uint8), bad, eye_ns=at_ns, ejected=ejected)
        fallen.append(part)
        if number == lose_account_of:
            continue
        ledger.open(Trigger(at_ns, 0.0))
        seen = state is not State.UNINSPECTED
        verdict = Verdict(Decision.PASS, 0.9 if bad else 0.1, 0.5) if seen else None
        reason = None if seen else Reason.LATE
        account = ledger.close(ledger.counts().triggered, state, at_ns + 40 * MS, reason=reason, verdict=verdict)
        assert account is not None
        records.append(Record(account, "m", taken_ns=at_ns + 30 * MS))
    return Outcome(
        counts=ledger.counts(),
        records=records,
        fallen=fallen,
        ejections=[Ejection(1, 0.0, 100 * MS, 100 * MS + 200_000)],
        heard={("boot", n): heard_times for n in range(len(records))},
        published=len(records),
        tiles=10,
        scoring_ns=500 * MS,
        provider="CPUExecutionProvider",
        peak_rss_mb=100.0,
    )


GOOD_RUN = ((False, False, State.PASSED), (True, True, State.REJECTED))


def test_a_good_run_has_no_failures_and_all_keys():
    summary = summarize(outcome(*GOOD_RUN))
    assert failures(summary) == []
    assert summary["bins"] == {
        "good_in_pass": 1,
        "good_in_reject": 0,
        "bad_in_pass": 0,
        "bad_in_reject": 1,
        "misplaced": 0,
    }
    assert summary["latency_ms"] == {"p50": 40.0, "p95": 40.0, "p99": 40.0}
    assert summary["picture_to_verdict_ms"] == {"p50": 10.0, "p95": 10.0, "p99": 10.0}
    assert summary["pulse_jitter_ms"] == {"p50": 0.2, "p99": 0.2}
    assert summary["tiles_per_second"] == 20.0
    assert summary["image_auroc"] == 1.0
    assert json.loads(json.dumps(summary)) == summary


@pytest.mark.parametrize(
    "part", [(True, False, State.REJECTED), (False, True, State.PASSED), (False, False, State.UNINSPECTED)]
)
def test_a_part_in_the_wrong_bin_is_a_failure(part):
    summary = summarize(outcome(*GOOD_RUN, part))
    assert summary["bins"]["misplaced"] == 1
    assert "another bin" in failures(summary)[0]


def test_a_bad_part_that_the_model_passed_is_told_but_is_no_fault_of_the_line():
    summary = summarize(outcome(*GOOD_RUN, (True, False, State.PASSED)))
    assert summary["bins"]["bad_in_pass"] == 1
    assert failures(summary) == []


def test_a_part_without_an_account_is_lost():
    summary = summarize(outcome(*GOOD_RUN, lose_account_of=1))
    assert summary["lost"] == 1
    assert "1 parts were lost" in failures(summary)


def test_a_part_that_nobody_saw_and_the_gate_threw_out_is_not_lost():
    assert summarize(outcome(*GOOD_RUN, lose_account_of=2))["lost"] == 0


def test_a_part_in_the_wrong_bin_that_the_box_told_of_is_not_misplaced():
    ran = outcome((True, False, State.REJECTED))
    assert summarize(ran)["bins"]["misplaced"] == 1
    told = Ejection(1, 0.0, 100 * MS, None, confirmed=False, note="nothing came into the reject chute")
    summary = summarize(replace(ran, ejections=[told]))
    assert (summary["bins"]["misplaced"], summary["told"]) == (0, 1)


def test_results_heard_twice_and_never_are_counted():
    assert summarize(outcome(*GOOD_RUN, heard_times=2))["mqtt"]["duplicates"] == 2
    silent = summarize(outcome(*GOOD_RUN, heard_times=1))
    assert silent["mqtt"]["missing"] == 0


def test_the_uninspected_are_told_by_reason():
    summary = summarize(outcome(*GOOD_RUN, (False, True, State.UNINSPECTED)))
    assert summary["uninspected_reasons"] == {"late": 1}
