"""A desk flashes a box over its HTTP interface while parts ride past: real threads, a real port, the real command."""

from __future__ import annotations

import json
import threading

import pytest
from real_time_bench import Bench
from small_bundle import write_small_bundle

from edge.bundle import sha256
from edge.cli import main
from edge.clock import RealClock
from edge.slots import Slots
from edge.slots.flash import flash
from edge.token import make_token
from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys


class Plant:
    """A desk with a key, and a box with slots that trusts it and inspects with `old`."""

    def __init__(self, folder):
        private, public, self.key = make_keys(folder, "desk")
        self.folder, self.private = folder, PrivateKey.read(private)
        TrustFolder(folder / "trust").trust(public)
        self.slots = Slots(folder / "slots")
        sections = {
            "trust": {"folder": folder / "trust", "serial_file": folder / "serial.json"},
            "slots": {"folder": self.slots.folder, "good_after": 10, "batch_ms": 60_000, "defect_share": 0.5},
            "status": {"host": "127.0.0.1", "port": 0, "token_file": folder / "token"},
            "verdict": {"false_rejects_per_10000": 100},
        }
        make_token(folder / "token")
        config = Bench.configuration(folder, **sections)
        flash(config, self.slots, self.bundle("old", serial=1), clock=RealClock())
        self.slots.start()
        self.slots.mark_good()
        self.bench = Bench(folder, **sections)
        self.bench.box.start()

    def bundle(self, name, serial, key=None, good=0.235):
        path = self.folder / f"{name}.ringlight"
        return write_small_bundle(path, good=good, spread=0.02, serial=serial, key=key or self.private, model_id=name)

    def flash(self, bundle, *words):
        assert self.bench.box.page
        port = self.bench.box.page.port
        return main(
            ["flash", str(bundle), "--to", f"127.0.0.1:{port}", "--token-file", str(self.folder / "token"), *words]
        )


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
    assert counts.uninspected == 0
    assert {record.model_id for record in plant.bench.records} == {"old", "new"}
    assert list((tmp_path / "slots" / "uploads").iterdir()) == []
