"""A box's slots on a virtual disk, with an old model that is good, and a new one to flash."""

from __future__ import annotations

from pathlib import Path

from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.clock import RealClock
from edge.config.models import ModelConfig
from edge.model import Model
from edge.slots import Slots, Start, Status
from edge.slots.install import install
from edge.slots.self_test import accept, self_test
from edge.virtual.disk import VirtualDisk


class Bay:
    """Slot A is active and good (`old`), slot B is empty; `new` is the bundle to flash."""

    def __init__(self, folder: Path, *, virgin: bool = False) -> None:
        for inner in ("bundles", "box/slots"):
            (folder / inner).mkdir(parents=True)
        self.old = write_small_bundle(folder / "bundles" / "old.ringlight", good=0.25)
        self.new = write_small_bundle(folder / "bundles" / "new.ringlight", good=0.30)
        self.disk = VirtualDisk(folder / "box")
        self.slots = Slots(folder / "box" / "slots", self.disk)
        if not virgin:
            self.flash(self.old)
            self.slots.start()
            self.slots.mark_good()
            self.disk.operations.clear()

    def flash(self, bundle: Path | None = None, accept=accept, prove=None) -> str:
        return install(self.slots, bundle or self.new, accept=accept, prove=prove or self.prove)

    @staticmethod
    def prove(path: Path) -> Model:
        return self_test(path, ModelConfig(), 60_000, RealClock())

    def take_over(self) -> None:
        """What a running box does with a pending slot."""
        state = self.slots.state()
        assert state.pending
        self.slots.activate(state.pending, state[state.pending].sha256)

    def model_of(self, start: Start) -> str:
        """`old` or `new`: which bundle a start found, read as the box reads it."""
        scores = Bundle.read(start.bundle).manifest.calibration.scores
        return "old" if scores == Bundle.read(self.old).manifest.calibration.scores else "new"

    def statuses(self) -> tuple[Status, Status]:
        state = self.slots.state()
        return state.a.status, state.b.status
