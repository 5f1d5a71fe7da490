"""Slots in a whole box, on its real threads."""

import numpy as np
import pytest
from real_time_bench import Bench
from small_bundle import write_small_bundle

from edge.clock import RealClock
from edge.config.models import ModelConfig, VerdictConfig
from edge.errors import RinglightError
from edge.inspector.scoring import Scoring
from edge.parts import PartMap
from edge.slots import Slots, Status
from edge.slots.install import install
from edge.slots.loading import load_slot
from edge.slots.self_test import self_test
from edge.verdict import Judge


def flash(slots, folder, name, good):
    file = write_small_bundle(folder / f"{name}.ringlight", good=good, spread=0.02, model_id=name)
    install(slots, file, accept=lambda path: name, prove=lambda path: self_test(path, ModelConfig(), 6e4, RealClock()))


@pytest.fixture
def slots(tmp_path):
    return Slots(tmp_path / "slots")


@pytest.fixture
def bench(tmp_path, slots):
    flash(slots, tmp_path, "old", good=0.235)
    trust = {"allow_unsigned": True, "folder": tmp_path / "trust", "serial_file": tmp_path / "serial.json"}
    bench = Bench(
        tmp_path, trust=trust, slots={"folder": slots.folder, "good_after": 3, "batch_ms": 60_000, "defect_share": 0.5}
    )
    yield bench
    bench.close()


def run_until(bench, condition):
    """Parts ride past until it is so; a box that never gets there fails the test."""
    for _ in range(50):
        if condition():
            return
        bench.go([60, 230])
    pytest.fail("fifty rounds of parts changed nothing")


def test_a_box_changes_over_while_parts_ride_past(bench, slots, tmp_path):
    bench.box.start()
    assert bench.box.model.id == "old"
    started = bench.box.board.snapshot().info.started_wall_ns
    slots.mark_good()
    flash(slots, tmp_path, "new", good=0.24)
    run_until(bench, lambda: bench.box.model.id == "new")
    bench.go([60, 230])
    assert bench.records[-1].model_id == "new"
    assert bench.box.board.snapshot().info.model_id == "new"
    assert bench.box.board.snapshot().info.started_wall_ns == started
    assert [part.ejected for part in bench.line.fallen[-2:]] == [False, True]
    assert any(check.name == "slots" for check in bench.box.checks())


def test_a_threshold_set_by_hand_is_told_while_the_box_runs(bench):
    bench.box.config = bench.config.model_copy(update={"verdict": VerdictConfig(threshold=3.5)})
    assert any("held against every model" in check.text for check in bench.box.checks())


def test_a_line_that_comes_round_late_is_told_right(bench, slots, tmp_path, monkeypatch):
    """After ten seconds the box gave up waiting, the line changed over all the same, and the page told the old model
    for good."""

    class Late:
        rounds = 0

        def wait(self, event, ns):
            self.rounds += 1
            if self.rounds == 100:
                bench.box.line._change_over()
            return event.is_set()

    flash(slots, tmp_path, "new", good=0.24)
    with monkeypatch.context() as patch:
        patch.setattr(bench.box, "clock", Late())
        bench.box.swap(load_slot(slots.bundle("b"), bench.config))
    assert bench.box.model.id == "new"


def test_a_box_that_is_being_stopped_waits_for_no_change(bench, slots):
    bench.box.stop()
    with pytest.raises(RinglightError, match="being stopped"):
        bench.box.swap(load_slot(slots.bundle("a"), bench.config))


def test_the_model_that_the_box_started_with_becomes_good(bench, slots):
    bench.box.start()
    run_until(bench, lambda: slots.state().a.status is Status.GOOD)
    assert "on trial" not in next(check.text for check in bench.box.checks() if check.name == "slots")


def test_the_scoring_thread_changes_over_after_the_part_that_it_looks_at(bench):
    changes, judge = [], Judge(0.5)

    def look(name):
        def scored(sight):
            if not changes:
                changes.append(bench.box.line.swap(Scoring(look("second"), judge, "second")))
                assert not changes[0].is_set()
            return PartMap(np.zeros((2, 2), np.float32), 0.1)

        return scored

    bench.box.line.swap(Scoring(look("first"), judge, "first"))
    bench.box.start()
    bench.go([60, 60])
    assert changes[0].is_set()
    assert [record.model_id for record in bench.records] == ["first", "second"]
