"""A box that is flashed from afar: its slots, its HTTP interface on a real port, and a wire that breaks on order."""

from __future__ import annotations

import functools
import http.client
from pathlib import Path
from typing import cast

from small_bundle import write_small_bundle

from edge.clock import RealClock, VirtualClock
from edge.config import Config, parse_config
from edge.disk import Disk, RealDisk
from edge.intake.flasher import Flasher
from edge.intake.uploads import Limits, Uploads
from edge.remote.address import Address
from edge.remote.box import RemoteBox
from edge.slots import Slots
from edge.slots.flash import flash
from edge.status.app import create_app
from edge.status.board import Board
from edge.status.guard import Guard
from edge.status.models import model_routes
from edge.status.server import StatusServer
from edge.store import Store
from edge.token import make_token

PART = 2000
GOOD_AFTER = 40


def box_config(folder: Path) -> Config:
    """Slots in `folder`, and bundles that nobody signed are taken."""
    return parse_config(
        "[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[slots]\nfolder = 'slots'\nbatch_ms = 60000\n"
        "[trust]\nallow_unsigned = true\nfolder = 'trust'\nserial_file = 'serial.json'\n[store]\nfolder = 'data'\n"
        "[status]\ntoken_file = 'token'\n[flash]\ninbox = 'inbox'\n",
        folder=folder,
    )


def make_flasher(config: Config, slots: Slots, clock=None, altogether: int = 2 << 20, **settings) -> Flasher:
    """The box's flasher, with parts of `PART` bytes."""
    clock = clock or RealClock()
    assert config.slots.folder
    uploads = Uploads(config.slots.folder / "uploads", slots.disk, clock, Limits(1 << 20, altogether), part=PART)
    return Flasher(uploads, slots, clock, functools.partial(flash, config, slots, clock=clock), **settings)


class AfarBox:
    """A box whose slot A is good. It has no line: `take_over` and the like do what the keeper of a line would."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.config = box_config(folder)
        assert self.config.slots.folder
        self.slots = Slots(self.config.slots.folder, disk or RealDisk())
        self.token = make_token(folder / "token")
        self.inspected: int | None = None
        flash(self.config, self.slots, self.bundle("old", 0.25), clock=RealClock())
        self.slots.start()
        self.slots.mark_good()
        self.start()

    def bundle(self, name: str, good: float = 0.3, **settings) -> Path:
        path = self.folder.parent / f"{name}.ringlight"
        return write_small_bundle(path, good=good, model_id=name, **settings)

    def start(self) -> None:
        self.clock = RealClock()
        self.flasher = make_flasher(self.config, self.slots, self.clock, inspected=lambda: self.inspected)
        self.store = Store(self.config.store, self.clock, "boot")
        self.board = Board(self.clock)
        more = [model_routes(Guard(self.config.status.token_file), self.flasher, GOOD_AFTER)]
        self.app = create_app(self.board, self.store, self.clock, more)
        self.server = StatusServer(self.app, "127.0.0.1", 0)

    def stop(self) -> None:
        self.server.stop()
        self.flasher.stop()
        self.store.close()

    def configure(self, section: str, **changes: object) -> None:
        """Restarts with a changed configuration."""
        changed = getattr(self.config, section).model_copy(update=changes)
        self.config = self.config.model_copy(update={section: changed})
        self.restart()

    def restart(self) -> None:
        self.stop()
        self.start()

    def take_over(self) -> None:
        self.flasher.stop(60)
        state = self.slots.state()
        assert state.pending
        self.slots.activate(state.pending, state[state.pending].sha256)


class Wire:
    """Leads to a box. `before` and `after` are called with the number of a request (from 0) before it is sent and
    before its answer is read; what they raise breaks the connection there."""

    base = ""

    def __init__(self, box: AfarBox) -> None:
        self._box = box
        self.requests: list[str] = []
        self.before = lambda number: None
        self.after = lambda number: None

    def connect(self, timeout_s: float) -> http.client.HTTPConnection:
        wire, number = self, len(self.requests)

        class Connection(http.client.HTTPConnection):
            def request(self, method, url, body=None, headers=None, **rest):  # type: ignore[override]
                wire.requests.append(f"{method} {url}")
                wire.before(number)
                self.port = wire._box.server.port
                super().request(method, url, body=body, headers=headers or {}, **rest)

            def getresponse(self):
                answer = super().getresponse()
                wire.after(number)
                return answer

        return Connection("127.0.0.1", self._box.server.port, timeout=timeout_s)

    def __str__(self) -> str:
        return "box:8080"

    def to_box(self, clock: VirtualClock, say=lambda words: None) -> RemoteBox:
        return RemoteBox(cast(Address, self), self._box.token, clock, say=say)
