"""The loop that the product sells, walked once: record, train, export, flash, inspect, relabel, pull, and again."""

import json

import pytest
from whole_loop import PRINTED, Plant

from edge.parts import State
from edge.recording.pictures import PROVENANCE
from trainer.dataset import open_dataset


@pytest.fixture
def plant(tmp_path):
    plant = Plant(tmp_path)
    yield plant
    plant.close()


def test_what_an_operator_says_of_rejects_makes_the_next_model_reject_fewer_good_parts(plant):
    plant.record(40)
    plant.begin(plant.teach("first"))
    shift = plant.lay(plant.mixed(100, seed=1))
    plant.rig.run_until_empty()
    printed = [n for n in shift if plant.truth[n] == PRINTED]
    assert plant.false_rejects(printed) > 0.8 * len(printed)  # nobody had shown it a printed part
    assert plant.caught(shift) == 1.0

    plant.relabel_rejects()
    assert plant.pull("--relabelled", "--good", "20") == 0
    dataset = open_dataset(plant.dataset, need_test=True)
    assert {sample.kind for sample in dataset.test} == {"good", "patch"}
    second = plant.teach("second")
    again = plant.lay(plant.mixed(100, seed=2))
    plant.rig.run(8)
    assert plant.flash(second) == 0
    plant.rig.run_until_empty()

    assert plant.models == ["first", "second"]
    after = [n for n in again if plant.records[n].model_id.startswith("second-")]
    before = [n for n in again if n not in after]
    assert len(before) >= 10
    assert plant.false_rejects(after) / len(after) < 0.25 * plant.false_rejects(shift) / len(shift)
    assert plant.caught(after) == 1.0
    counts = plant.rig.inspector.counts()
    assert counts.balanced
    assert counts.uninspected == counts.in_flight == 0
    fallen = {part.number: part.ejected for part in plant.rig.line.fallen}
    assert fallen == {n: record.account.state is State.REJECTED for n, record in plant.records.items()}
    told = [json.loads(line) for line in (plant.dataset / PROVENANCE).read_text().splitlines()]
    assert {line["how"] for line in told} == {"recorded", "relabelled", "passed"}
