"""A box without the line that it inspects.

What is here holds for parts and for webs: the order in which things are opened, started and stopped, what is told of
them, and what watches over them. `edge.box` adds a line of parts, `edge.web.box` a web.
"""

from __future__ import annotations

import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

from flask import Blueprint

from edge.calibration import Threshold
from edge.clock import Clock, RealClock
from edge.config.models import Config
from edge.errors import NotLocated, RinglightError
from edge.health import Check
from edge.imaging.pitch import pitch_check
from edge.imaging.watch import make_watch
from edge.inspector.assemble import LinePins
from edge.intake.command import flash_command
from edge.light import LightKeeper, make_light
from edge.model import Model
from edge.slots.loading import Loaded
from edge.station.models import Models
from edge.station.report import Report, broker_state, info_body, page_info
from edge.station.rounds import PERIOD_NS, Rounds
from edge.status.app import create_app
from edge.status.board import Board
from edge.status.guard import Guard
from edge.status.history import History
from edge.status.line import line_routes
from edge.status.models import model_routes
from edge.status.server import StatusServer
from edge.store.archivist import Archivist, Backlogged
from edge.telemetry import Telemetry, state_of
from edge.telemetry.acknowledging import acknowledging
from edge.telemetry.commands import Handler
from edge.telemetry.outbox import Unpublished
from edge.watchdog import Watchdog, notify


class Line(Protocol):
    """What inspects, on its own threads. `crash` says what ended it, if it ended by itself."""

    @property
    def crash(self) -> str | None: ...

    def stop(self) -> None: ...

    def beats(self) -> dict[str, int]: ...

    def checks(self) -> list[Check]: ...

    def acknowledge(self, seen: Mapping[str, int] | None = None) -> bool: ...


class Memory(Backlogged, Unpublished, Protocol):
    """What the line leaves behind: kept on disk, and published from there."""

    def outbox_depth(self) -> int: ...

    def checks(self) -> list[Check]: ...

    def close(self) -> None: ...


class Station(ABC):
    """Opens outputs, model and light; what inherits makes its memory and its line, and calls `_serve` with them.

    Args:
        config: the checked configuration.
        pin_factory: the virtual line's, where there are no real pins.
        allow_older: why the operator goes back to an older model; empty where nobody does.

    Raises:
        RinglightError: the model or a pin cannot be had; nothing is left open.
    """

    def __init__(
        self, config: Config, *, clock: Clock | None = None, pin_factory: Any = None, allow_older: str = ""
    ) -> None:
        self.config = config
        self.clock = clock or RealClock()
        self.boot_id = uuid.uuid4().hex[:12]
        self.page: StatusServer | None = None
        self.telemetry: Telemetry | None = None
        self._started_wall_ns = self.clock.wall_ns()
        self._stopping = threading.Event()
        self._watchdog = Watchdog()
        self._started = False
        with ExitStack() as undo:
            # The outputs first: while the model loads, they already lie at their safe level.
            self._pins = LinePins(config, self.clock, pin_factory)
            undo.callback(self._pins.close)
            self.models = Models(config, self.clock, self.swap, allow_older, self._offer)
            self.light = LightKeeper(make_light(config.light, pin_factory), config.light, self.clock)
            undo.callback(self.light.close)
            self._imaging = make_watch(config.imaging)
            self.board = Board(self.clock)
            self._undo = undo.pop_all()

    def _serve(
        self,
        memory: Memory,
        line: Line,
        *,
        commands: Mapping[str, Handler],
        routes: Iterable[Blueprint],
        history: History,
        kinds: Sequence[str] = (),
        page: str = "page.html",
    ) -> None:
        """Opens the far side: telemetry and the page.

        Args:
            commands: of MQTT, besides those that every box knows. routes: of the page, likewise.
            history: the remembered parts. kinds: of defects that anybody at the page may name.
            page: template of the front page.
        """
        config = self.config
        self._memory, self._line = memory, line
        if config.mqtt.enabled:
            more = {
                "light": self.light.command,
                "flash": flash_command(self.models.flasher, config.flash.mqtt),
                "acknowledge": acknowledging(line.acknowledge),
                **commands,
            }
            self.telemetry = Telemetry(config.mqtt, config.box, memory, self.clock, self.boot_id, more)
        self._archivist = Archivist(memory, self.clock, self.telemetry.notify if self.telemetry else None)
        if config.status.enabled:
            ours = [
                line_routes(self.guard, line.acknowledge),
                model_routes(self.guard, self.models.flasher, config.slots.good_after),
            ]
            app = create_app(self.board, history, self.clock, [*routes, *ours], kinds, page)
            self.page = StatusServer(app, config.status.host, config.status.port)
            self._undo.callback(self.page.stop)
        self._rounds = [Rounds("reporter", self.clock, self._stopping, self._report)]
        if self.models.have_slots:
            self._rounds.append(Rounds("slots", self.clock, self._stopping, self.models.poll))
        self.models.accept()

    @property
    def guard(self) -> Guard:
        """Who may do more than look."""
        return Guard(self.config.status.token_file)

    @property
    def model(self) -> Model:
        """The model that inspects now."""
        return self.models.model

    @property
    def threshold(self) -> Threshold:
        """The threshold with which it does."""
        return self.models.threshold

    def start(self) -> None:
        """Light on, threads running, inputs listened to."""
        self.light.start()
        self._say_info()
        self._archivist.start()
        if self.telemetry:
            self.telemetry.start()
        self._begin()
        self._report()
        for rounds in self._rounds:
            rounds.start()
        self._started = True
        notify("READY=1")

    def wait(self, stop: threading.Event) -> str | None:
        """Runs until `stop` is set. Returns what ended the line if it ended by itself, else None."""
        while not self.clock.wait(stop, PERIOD_NS):
            if self._line.crash:
                return self._line.crash
        return None

    def swap(self, loaded: Loaded) -> None:
        """Changes to another model, which is warm; returns when it inspects.

        Raises:
            RinglightError: the box is being stopped.
        """
        checks = loaded.checks()
        done = self._change_over(loaded)
        # However long that takes: what was asked of the line cannot be taken back, and a line that hangs is the
        # watchdog's to end.
        while not self.clock.wait(done, PERIOD_NS):
            if self._stopping.is_set():
                raise RinglightError(f"the line did not change over to {loaded.model.id}: the box is being stopped.")
        self.models.adopt(loaded, checks)
        self._say_info()

    def stop(self) -> None:
        """Once, from whatever point: closes all accounts, hands over what is left, tells the broker, and puts every
        output to its safe level."""
        if self._stopping.is_set():
            return
        notify("STOPPING=1")
        self._stopping.set()
        self._line.stop()
        self._pins.close()
        if self._started:
            for rounds in self._rounds:
                rounds.join()
            self._report()
            self._archivist.stop()
        if self._started and self.telemetry:
            self.telemetry.stop()
        if self.page:
            self.page.stop()
        self.models.stop()
        self.light.close()
        self._memory.close()

    def checks(self) -> list[Check]:
        """Everything that is to be said of the box's health now."""
        camera, imaging = self.config.camera, self.config.imaging
        found = [*self.models.checks(), *self._line.checks(), *self.light.checks(), *self._memory.checks()]
        found += [*self._imaging.checks(), pitch_check(camera.mm_per_px, imaging.smallest_px)]
        return found + (self.telemetry.checks() if self.telemetry else [])

    def _lit(self, taken_ns: int) -> bool:
        """Whether a frame of that instant was taken in the light that the model knows."""
        try:
            self.light.require(taken_ns)
        except NotLocated:
            return False
        return True

    @abstractmethod
    def summary(self) -> str:
        """What became of all that came since the start, in a line."""

    @abstractmethod
    def _begin(self) -> None:
        """The line's threads run, and it listens to its inputs."""

    def _offer(self, loaded: Loaded | None) -> str:
        """Why the line has to wait with a flashed model, see `Keeper`: a line of parts never does."""
        return ""

    @abstractmethod
    def _change_over(self, loaded: Loaded) -> threading.Event:
        """Asks the line to go on with another model; the event is set when it has."""

    @abstractmethod
    def _look(self) -> Report:
        """How the line stands. Called twice a second, from one thread."""

    def _report(self) -> None:
        report = self._look()
        if not self._stopping.is_set():
            self.light.report(report.came)
        beats = self._line.beats()
        if not self._line.crash:
            self._watchdog.feed({name: beats[name] for name in ("scoring", "pulse")})
        checks = self.checks()
        self.board.set_state(report.line)
        self.board.set_checks(checks)
        if self.telemetry:
            self.board.set_mqtt(broker_state(self.config.mqtt, self.telemetry, self._memory.outbox_depth()))
            belt_mm_s = round(report.line.belt_mm_s or 0.0, 1)
            said = {"flash": self.models.flash, "gate": report.gate, "web": report.web}
            self.telemetry.set_state(state_of(report.counts, checks, belt_mm_s=belt_mm_s, **said))

    def _say_info(self) -> None:
        info = page_info(self.config.box, self.boot_id, self.model, self._started_wall_ns)
        self.board.set_info(info)
        if self.telemetry:
            self.telemetry.set_info(info_body(info, self._started_wall_ns))
