"""A desk flashes a box over its HTTP interface while parts ride past: real threads, a real port, the real command."""

from __future__ import annotations

import json
import threading

import pytest
from flashed_line import Plant

from edge.bundle import sha256


@pytest.fixture
def plant(tmp_path):
    plant = Plant(tmp_path)
    yield plant
    plant.bench.close()


def test_a_model_is_flashed_while_parts_ride_past(plant, capsys, tmp_path):
    bundle, codes = plant.bundle("new", serial=2), []
    desk = threading.Thread(target=lambda: codes.append(plant.flash(bundle, "--json", str(tmp_path / "out.json"))))
    plant.bench.go([60, 230])
    desk.start()
    while desk.is_alive():
        plant.bench.go([60, 60, 60, 230])
    assert codes == [0]
    said = capsys.readouterr().out
    for words in (
        "received: ",
        f"verified: signed by the trusted key {plant.key.id}, serial 2",
        "writing new into slot B",
        "self-test",
        "slot B is proven",
        "slot B is good: new",
    ):
        assert words in said
    answer = json.loads((tmp_path / "out.json").read_text())
    assert (answer["stage"], answer["model_id"], answer["sha256"]) == ("good", "new", sha256(bundle.read_bytes()))
    counts = plant.bench.box.line.counts()
    assert counts.balanced
    assert {record.model_id for record in plant.bench.records} == {"old", "new"}
    assert list((tmp_path / "slots" / "uploads").iterdir()) == []
