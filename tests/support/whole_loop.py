"""A plant in which the whole loop is walked: a virtual line whose box has slots, a store and its HTTP interface, and a
desk with a key. Good parts are plain; some, printed ones, nobody thought of when the good parts were recorded."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from small_dataset import SIDE, stripes

from edge.cli import main
from edge.clock import NS_PER_S, VirtualClock
from edge.inspector.scoring import Scoring
from edge.intake.assemble import make_flasher
from edge.parts import Record, State
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.slots import Slots
from edge.slots.flash import flash
from edge.slots.keeper import Keeper
from edge.slots.loading import Loaded
from edge.status.app import create_app
from edge.status.board import Board
from edge.status.desk import desk_routes
from edge.status.guard import Guard
from edge.status.models import model_routes
from edge.status.server import StatusServer
from edge.store import Store
from edge.token import bearer, make_token, read_token
from edge.trust.folder import TrustFolder
from edge.trust.keys import make_keys
from edge.verdict import Judge
from edge.virtual.belt import LaidPart
from edge.virtual.optics import Optics
from edge.virtual.rig import Rig
from export.exporting import export_bundle
from trainer.padim import Settings
from trainer.train import train

PLAIN, PRINTED, DEFECTIVE = "plain", "printed", "defective"
_GAP_MM = 36.0


class Plant:
    """`truth` says what each part was, by its number on the belt, which is the number of its trigger too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dataset, self.token_file = folder / "parts", folder / "token"
        self.truth: dict[int, str] = {}
        self.records: dict[int, Record] = {}
        self.models: list[str] = []
        make_token(self.token_file)
        self._key, public, _ = make_keys(folder, "desk")
        TrustFolder(folder / "trust").trust(public)
        self._slots = Slots(folder / "slots")
        self.rig = Rig(
            lambda sight: self.recorder.look(sight),
            threshold=1.0,
            takes_ms=lambda sight: 30.0,
            optics=Optics(width_px=200, height_px=SIDE, mm_per_px=1.0, noise=1.0, vignette=0.0, exposure_ms=0.1),
            part_mm=float(SIDE),
            fps=40.0,
            trust={"folder": folder / "trust", "serial_file": folder / "serial.json"},
            slots={"folder": self._slots.folder, "good_after": 30, "defect_share": 0.4, "batch_ms": 60_000},
            verdict={"false_rejects_per_10000": 200},
            store={"folder": folder / "data", "min_free_mb": 0, "keep_good_every": 1, "picture": "png"},
            status={"token_file": self.token_file},
        )
        self.rig.on_record = self._closed
        clock, config = self.rig.clock, self.rig.config
        self.store = Store(config.store, clock, "loop")
        self._server: StatusServer | None = None
        self._keeper: Keeper | None = None
        self._laid = 0

    def close(self) -> None:
        if self._server:
            self._server.stop()
        self.store.close()

    def record(self, parts: int) -> None:
        """The first way: good parts, all of them plain, before there is a model."""
        with PictureSet(self.dataset).opened() as pictures:
            self.recorder = Recorder(self.rig.config, pictures, self.rig.clock)
            self.lay([PLAIN] * parts)
            self.rig.run_until_empty()

    def teach(self, name: str) -> Path:
        """From the data set to a signed bundle. Its serial is later than that of the one before."""
        run, out = self.folder / name, self.folder / f"{name}.ringlight"
        train(self.dataset, run, size=SIDE, layers=["blocks.1"], settings=Settings(shrinkage=0.3, alignment="fixed"))
        clock = VirtualClock(self.rig.clock.wall_ns())
        export_bundle(run, out, name=name, dataset=self.dataset, key=self._key, clock=clock)
        return out

    def begin(self, bundle: Path) -> None:
        """The box gets its first model on the spot, starts with it, and listens to the desk."""
        config, clock = self.rig.config, self.rig.clock
        flash(config, self._slots, bundle, clock=clock)
        self._keeper = Keeper(self._slots, config, clock, self._swap)
        self._swap(self._keeper.open())
        guard = Guard(self.token_file)
        routes = [
            desk_routes(guard, self.store, clock, operator_may_relabel=False),
            model_routes(guard, make_flasher(config, clock, self._keeper), config.slots.good_after),
        ]
        self._server = StatusServer(create_app(Board(clock), self.store, clock, routes), "127.0.0.1", 0)
        self._poll()

    def flash(self, bundle: Path) -> int:
        """From the desk, by its own command, while parts ride; returns its exit code."""
        return self._desk("flash", str(bundle), "--to", self._address, "--until", "waiting")

    def lay(self, truths: Iterable[str]) -> list[int]:
        """Lays parts behind each other; returns their numbers."""
        head, numbers = self.rig.line.position() + 200.0, []
        for truth in truths:
            self._laid += 1
            self.truth[self._laid] = truth
            self.rig.lay(LaidPart(self._laid, head, float(SIDE), _picture(self._laid, truth), truth == DEFECTIVE))
            numbers.append(self._laid)
            head += SIDE + _GAP_MM
        return numbers

    def mixed(self, parts: int, seed: int) -> list[str]:
        draw = random.Random(seed)
        return draw.choices([PLAIN, PRINTED, DEFECTIVE], [0.5, 0.3, 0.2], k=parts)

    def false_rejects(self, numbers: Iterable[int]) -> int:
        return sum(self._rejected(n) for n in numbers if self.truth[n] != DEFECTIVE)

    def caught(self, numbers: Iterable[int]) -> float:
        """Share of the defective parts that was thrown out."""
        bad = [n for n in numbers if self.truth[n] == DEFECTIVE]
        return sum(self._rejected(n) for n in bad) / len(bad)

    def relabel_rejects(self) -> None:
        """An operator looks at every reject, and says truly what it was."""
        self.store.flush()
        for row in self.store.page(State.REJECTED, 0, 10_000):
            bad = self.truth[row.part_id] == DEFECTIVE
            told = {"good": not bad, "kind": "patch" if bad else "", "who": "Ada"}
            connection = http.client.HTTPConnection(self._address, timeout=30)
            headers = {"Content-Type": "application/json", **bearer(read_token(self.token_file))}
            connection.request("POST", f"/api/parts/{row.seq}/label", json.dumps(told), headers)
            assert connection.getresponse().status == 200
            connection.close()

    def pull(self, *wanted: str) -> int:
        """The desk's own command; returns its exit code."""
        return self._desk("pull", "--from", self._address, "--out", str(self.dataset), *wanted)

    @property
    def _address(self) -> str:
        assert self._server
        return f"127.0.0.1:{self._server.port}"

    def _desk(self, *words: str) -> int:
        return main([*words, "--token-file", str(self.token_file)])

    def _rejected(self, number: int) -> bool:
        return self.records[number].account.state is State.REJECTED

    def _closed(self, record: Record) -> None:
        self.records[record.account.part.id] = record
        if self._keeper is not None:
            self._keeper.seen(record)
            self.store.put(record)

    def _poll(self) -> None:
        assert self._keeper
        self._keeper.poll()
        self.rig.clock.at(self.rig.clock.now_ns() + NS_PER_S // 2, self._poll)

    def _swap(self, loaded: Loaded) -> None:
        model = loaded.model
        self.models.append(model.id.rpartition("-")[0])
        threshold = model.threshold(self.rig.config.verdict).value
        self.rig.box.swap(Scoring(lambda sight: model.look(sight.image), Judge(threshold), model.id))


def _picture(number: int, truth: str) -> np.ndarray:
    grey = stripes(number, bad=truth == DEFECTIVE)
    if truth == PRINTED:
        grey[24:34, 8:56] = 20  # a date, printed across
    return np.repeat(grey[..., None], 3, axis=2)
