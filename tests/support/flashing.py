"""A box's slots on a virtual disk, with an old model that is good, and a new one to flash."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from small_bundle import write_small_bundle

from edge.bundle import Bundle, sha256
from edge.clock import RealClock
from edge.config.models import ModelConfig
from edge.model import Model
from edge.slots import Slots, Start, Status
from edge.slots.install import install
from edge.slots.self_test import self_test
from edge.slots.state import USABLE
from edge.virtual.disk import VirtualDisk


@cache
def small_bundle(good: float) -> bytes:
    """The bytes of a small bundle, made once."""
    with TemporaryDirectory() as folder:
        return write_small_bundle(Path(folder) / "m.ringlight", good=good).read_bytes()


def model_id(path: Path) -> str:
    return Bundle.read(path).manifest.model_id


class Bay:
    """Slot A is active and good (`old`), slot B is empty; `new` is the bundle to flash. `virgin`: no slot has a model.

    `proven` tells whether the new bundle passed its self-test.
    """

    def __init__(self, folder: Path, *, virgin: bool = False) -> None:
        for inner in ("bundles", "box/slots"):
            (folder / inner).mkdir(parents=True)
        self.old, self.new = folder / "bundles" / "old.ringlight", folder / "bundles" / "new.ringlight"
        self.old.write_bytes(small_bundle(0.25))
        self.new.write_bytes(small_bundle(0.30))
        self.disk = VirtualDisk(folder / "box")
        self.slots = Slots(folder / "box" / "slots", self.disk)
        if not virgin:
            self.flash(self.old)
            self.slots.start()
            self.slots.mark_good()
            self.disk.operations.clear()
        self.proven = False

    def flash(
        self,
        bundle: Path | None = None,
        accept: Callable[[Path], str] = model_id,
        prove: Callable[[Path], object] = Bundle.read,
    ) -> str:
        def proved(path: Path) -> None:
            prove(path)
            self.proven = True

        return install(self.slots, bundle or self.new, accept=accept, prove=proved)

    @staticmethod
    def prove(path: Path) -> Model:
        """The real self-test."""
        return self_test(path, ModelConfig(), 60_000, RealClock())

    def take_over(self) -> None:
        """What a running box does with a pending slot."""
        state = self.slots.state()
        assert state.pending
        self.slots.activate(state.pending, state[state.pending].sha256)

    def start(self) -> str:
        """Starts, checks that exactly the slot that the box was given is active, usable and whole, and says which
        model that is: `old` or `new`."""
        start = self.slots.start()
        if not start.note:
            assert self.slots.active() == start.name
            assert self.slots.state().pending is None
        assert self.slots.state()[start.name].status in USABLE
        assert self.slots.whole(start.name)
        return self.model_of(start)

    def model_of(self, start: Start) -> str:
        """`old` or `new`: which bundle a start found."""
        Bundle.read(start.bundle)
        digest = sha256(start.bundle.read_bytes())
        return {sha256(small_bundle(0.25)): "old", sha256(small_bundle(0.30)): "new"}[digest]

    def statuses(self) -> tuple[Status, Status]:
        state = self.slots.state()
        return state.a.status, state.b.status
