"""The box of a web line: the web in real time, and on the far side of it the book, telemetry and the pages."""

from __future__ import annotations

import logging
import platform
import threading
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Literal

from edge import __version__
from edge.camera.base import Camera, make_camera
from edge.clock import NS_PER_MS, NS_PER_S, Clock, RealClock
from edge.config.models import Config
from edge.errors import LightError
from edge.health import Check, Level
from edge.inspector.assemble import LinePins
from edge.ledger import Counts
from edge.light import make_light
from edge.parts import Label, State
from edge.slots.loading import Loaded, load_slot
from edge.slots.slots import Slots
from edge.status.app import create_app
from edge.status.board import Board, Info, LineState, MqttState
from edge.status.guard import Guard
from edge.status.history import Row
from edge.status.server import StatusServer
from edge.telemetry import Telemetry, info_of, state_of
from edge.telemetry.topics import base_topic
from edge.trust.loading import load_trusted
from edge.watchdog import Watchdog, notify
from edge.web.assemble import make_web_line, web_scoring
from edge.web.book import RollBook
from edge.web.line import Listeners
from edge.web.live import LiveWeb
from edge.web.roll import Roll, Stretch
from edge.web.routes import web_routes
from edge.web.talk import roll_command, web_state

_REPORT_NS = NS_PER_S // 2
_LIGHT_EVERY = 10  # reports between two questions to the lamp
_PROGRESS_EVERY = 20  # reports between two notes of how far the roll is
_NO_PARTS = Counts(0, 0, 0, 0, 0)
_log = logging.getLogger(__name__)


class NoParts:
    """The history of parts of a line that has none."""

    def last(self, n: int, states: Sequence[State]) -> Sequence[Row]:
        return ()

    def row(self, seq: int) -> Row | None:
        return None

    def page(self, which: State | Literal["relabelled"], after: int, n: int) -> Sequence[Row]:
        return ()

    def relabel(self, seq: int, label: Label) -> bool:
        return False


class WebBox:
    """Everything that `ringlight run` runs where `web.enabled` is set.

    A new model is taken at the next start: a roll is inspected by one model.

    Args:
        config: the checked configuration.
        camera, pin_factory: virtual ones, where there are no real ones.
        allow_older: why the operator goes back to an older model; empty where nobody does.

    Raises:
        RinglightError: the model, a pin or the page's port cannot be had; nothing is left open.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        camera: Camera | None = None,
        pin_factory: Any = None,
        allow_older: str = "",
    ) -> None:
        self.config = config
        self.clock = clock or RealClock()
        self.boot_id = uuid.uuid4().hex[:12]
        self._started_wall_ns = self.clock.wall_ns()
        self._stopping = threading.Event()
        self._watchdog = Watchdog()
        self._reports = 0
        self._started = False
        self._light_checks: list[Check] = []
        box = config.box
        with ExitStack() as undo:
            # The output first: while the model loads, the marker already lies at its safe level.
            self._pins = LinePins(config, self.clock, pin_factory)
            undo.callback(self._pins.close)
            loaded = self._load(allow_older)
            self.model, self.threshold = loaded.model, loaded.model.threshold(config.verdict)
            self._model_checks = loaded.checks()
            self.light = make_light(config.light)
            undo.callback(self.light.close)
            self.book = RollBook(
                config.store.folder,
                self.clock,
                self.boot_id,
                box=base_topic(box).removeprefix("ringlight/"),
                most_events=config.web.most_events,
                jpeg_quality=config.store.jpeg_quality,
                published=config.mqtt.enabled,
            )
            scoring = web_scoring(config, self.model, self.threshold.value)
            listeners = Listeners(self.book.event, self._stretch, self._roll)
            input_px = self.model.bundle.manifest.geometry.input_w
            web = make_web_line(config, self.clock, self._pins.output, input_px, listeners)
            timeout = config.camera.read_timeout_ms * NS_PER_MS
            self.line = LiveWeb(web, camera or make_camera(config.camera, self.clock), scoring, self.clock, timeout)
            self.board = Board(self.clock)
            self.telemetry = self._make_telemetry()
            self.page = self._make_page()
            if config.slots.folder is None:
                loaded.acceptance.remember()
            undo.pop_all()
        self._reporter = threading.Thread(target=self._report_on, name="ringlight-reporter", daemon=True)
        self._scribe = threading.Thread(target=self._write_on, name="ringlight-scribe", daemon=True)

    def start(self) -> None:
        """Light on, threads running, signals listened to, and a roll begun where the configuration says so."""
        self._set_light()
        self._say_info()
        if self.telemetry:
            self.telemetry.start()
        if self.config.web.start_on_run:
            self.line.start_roll("")
        self.line.start()
        self._pins.listen(self.line.signal, self.line.tick, step=self.line.step)
        self._report()
        self._reporter.start()
        self._scribe.start()
        self._started = True
        notify("READY=1")

    def wait(self, stop: threading.Event) -> str | None:
        """Runs until `stop` is set. Returns what ended the line if it ended by itself, else None."""
        while not self.clock.wait(stop, _REPORT_NS):
            if self.line.crash:
                return self.line.crash
        return None

    def stop(self) -> None:
        """Once, from whatever point: closes the roll's account, hands over what is left, tells the broker, and puts
        every output to its safe level."""
        if self._stopping.is_set():
            return
        notify("STOPPING=1")
        self._stopping.set()
        self.line.stop()
        self._pins.close()
        self.book.wake.set()
        if self._started:
            self._reporter.join()
            self._scribe.join()
            self._report()
        self.book.flush()
        if self._started and self.telemetry:
            self.telemetry.notify()
            self.telemetry.stop()
        if self.page:
            self.page.stop()
        self.light.close()

    def checks(self) -> list[Check]:
        """Everything that is to be said of the box's health now."""
        found = [*self._model_checks, *self.line.checks(), *self._light_checks, *self.book.checks()]
        if self.telemetry:
            found += self.telemetry.checks()
        if self.threshold.warning:
            found.append(Check("threshold", Level.WARNING, self.threshold.warning))
        return found

    def _load(self, allow_older: str) -> Loaded:
        folder = self.config.slots.folder
        if folder is not None:
            return load_slot(Slots(folder).active_bundle(), self.config)
        return Loaded(*load_trusted(self.config, self.clock, allow_older=allow_older))

    @property
    def _width_mm(self) -> float:
        camera, part = self.config.camera, self.config.part
        across = (part.h_px or camera.height_px) if camera.motion.endswith("x") else (part.w_px or camera.width_px)
        return across * camera.mm_per_px

    def _stretch(self, stretch: Stretch) -> None:
        self.book.stretch(stretch, self._width_mm)

    def _roll(self, roll: Roll) -> None:
        if roll.complete:
            self.book.ended(roll)
        else:
            self.book.began(roll, self._width_mm)

    def _write_on(self) -> None:
        while not self._stopping.is_set():
            self.clock.wait(self.book.wake, NS_PER_S)
            self.book.wake.clear()
            try:
                if self.book.flush() and self.telemetry:
                    self.telemetry.notify()
            except Exception:
                # This thread must outlive any mistake: with it gone no finding is remembered.
                _log.exception("the book of rolls could not be written")
            if self.book.fault:
                self.clock.wait(self._stopping, NS_PER_S)

    def _report_on(self) -> None:
        while not self.clock.wait(self._stopping, _REPORT_NS):
            try:
                self._report()
            except Exception:
                # Without this thread the page goes blind and systemd ends a line that works.
                _log.exception("the report failed")

    def _report(self) -> None:
        if self._reports % _LIGHT_EVERY == 0 and not self._stopping.is_set():
            self._light_checks = [self.light.check()]
        if self._reports % _PROGRESS_EVERY == 0 and (roll := self.line.roll()) is not None:
            self.book.progress(roll[0], roll[2])
        self._reports += 1
        beats = self.line.beats()
        if not self.line.crash:
            self._watchdog.feed({name: beats[name] for name in ("scoring", "pulse")})
        speed, checks = self.line.belt_mm_s(), self.checks()
        self.board.set_state(LineState(belt_mm_s=speed))
        self.board.set_checks(checks)
        if self.telemetry:
            mqtt = self.config.mqtt
            broker = f"{mqtt.host}:{mqtt.port}"
            self.board.set_mqtt(MqttState(True, self.telemetry.connected, self.book.outbox_depth(), broker))
            body = state_of(_NO_PARTS, checks, belt_mm_s=round(speed, 1), web=web_state(self.line))
            self.telemetry.set_state(body)

    def _say_info(self) -> None:
        box, runtime = self.config.box, self.model.runtime
        self.board.set_info(
            Info(
                version=__version__, site=box.site, line=box.line, box=box.name, boot_id=self.boot_id,
                model_id=self.model.id, method=self.model.bundle.manifest.method, provider_asked=runtime.asked,
                provider_running=runtime.running, started_wall_ns=self._started_wall_ns,
            )
        )  # fmt: skip
        if self.telemetry:
            body = info_of(
                versions={"ringlight": __version__, "python": platform.python_version()},
                model_id=self.model.id,
                provider_asked=runtime.asked,
                provider_running=runtime.running,
                started_wall_ns=self._started_wall_ns,
            )
            self.telemetry.set_info(body)

    def _set_light(self) -> None:
        try:
            self.light.set(self.config.light.brightness)
        except LightError as error:
            _log.error("%s", error)

    def _make_telemetry(self) -> Telemetry | None:
        if not self.config.mqtt.enabled:
            return None
        commands = {"roll": lambda arguments: roll_command(self.line, arguments)}
        return Telemetry(self.config.mqtt, self.config.box, self.book, self.clock, self.boot_id, commands)

    def _make_page(self) -> StatusServer | None:
        status = self.config.status
        if not status.enabled:
            return None
        name = base_topic(self.config.box).removeprefix("ringlight/")
        routes = web_routes(
            Guard(status.token_file),
            self.book,
            lambda: web_state(self.line),
            lambda arguments: roll_command(self.line, arguments),
            name,
        )
        app = create_app(self.board, NoParts(), self.clock, [routes])
        return StatusServer(app, status.host, status.port)
