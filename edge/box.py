"""The whole box: the line in real time, and on the far side of one hand-over the store, telemetry and the page."""

from __future__ import annotations

import logging
import platform
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from flask import Blueprint

from edge import __version__
from edge.budget import running_check
from edge.camera.aim import Sight
from edge.camera.base import Camera, make_camera
from edge.clock import NS_PER_MS, NS_PER_S, Clock, RealClock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.imaging.pitch import pitch_check
from edge.imaging.watch import make_watch
from edge.inspector.assemble import LinePins, make_inspector
from edge.inspector.reporting import gate_body, line_state
from edge.inspector.scoring import Scoring
from edge.inspector.threads import LiveLine
from edge.intake.assemble import make_flasher
from edge.intake.command import flash_command, flash_state
from edge.light import LightKeeper, make_light
from edge.model import Model
from edge.parts import Ejection, Label, PartMap, Reason, Record
from edge.regions.looking import make_judge, prepared
from edge.slots.keeper import Keeper
from edge.slots.loading import Loaded, threshold_by_hand
from edge.slots.slots import Slots
from edge.status.app import create_app
from edge.status.board import Board, Info, MqttState
from edge.status.desk import desk_routes
from edge.status.guard import Guard
from edge.status.line import line_routes
from edge.status.models import model_routes
from edge.status.server import StatusServer
from edge.store import Archivist, Store
from edge.telemetry import Telemetry, info_of, state_of
from edge.trust.loading import load_trusted
from edge.versions import versions
from edge.watchdog import Watchdog, notify

_REPORT_NS = NS_PER_S // 2
_log = logging.getLogger(__name__)


class Box:
    """Everything that `ringlight run` runs.

    Args:
        config: the checked configuration.
        camera, pin_factory: the virtual line's, where there is no real one.
        allow_older: why the operator goes back to an older model; empty where nobody does.
        routes: more of the page: the virtual line's.
        on_record, on_ejection: called with each closed account and each pulse; must return at once.

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
        routes: Sequence[Blueprint] = (),
        on_record: Callable[[Record], object] = lambda record: None,
        on_ejection: Callable[[Ejection], object] = lambda ejection: None,
    ) -> None:
        self.config = config
        self.clock = clock or RealClock()
        self.boot_id = uuid.uuid4().hex[:12]
        self._started_wall_ns = self.clock.wall_ns()
        self._on_record = on_record
        self._uninspected: Counter[Reason] = Counter()
        self._stopping = threading.Event()
        self._watchdog = Watchdog()
        self._flash: dict[str, Any] | None = None
        self._started = False
        with ExitStack() as undo:
            # The output first: while the model loads, the actuator already lies at its safe level.
            self._pins = LinePins(config, self.clock, pin_factory)
            undo.callback(self._pins.close)
            self._keeper = self._make_keeper()
            if self._keeper:
                loaded = self._keeper.open()
            else:
                loaded = Loaded(*load_trusted(config, self.clock, allow_older=allow_older))
            self.model, self.threshold = loaded.model, loaded.model.threshold(config.verdict)
            self._model_checks = loaded.checks()
            self.light = LightKeeper(make_light(config.light), config.light, self.clock)
            self._imaging = make_watch(config.imaging)
            undo.callback(self.light.close)
            outbox = config.mqtt.outbox_rows if config.mqtt.enabled else 0
            self.store = Store(config.store, self.clock, self.boot_id, outbox_rows=outbox)
            undo.callback(self.store.close)
            self.board = Board(self.clock)
            self._flasher = make_flasher(config, self.clock, self._keeper)
            self.telemetry = self._make_telemetry()
            then = self.telemetry.notify if self.telemetry else None
            self._archivist = Archivist(self.store, self.clock, then)
            self.line = LiveLine(
                make_inspector(
                    config,
                    self.clock,
                    self._pins.output,
                    threshold=self.threshold.value,
                    model_id=self.model.id,
                    on_record=self._record,
                    on_ejection=on_ejection,
                    stop_output=self._pins.stop_output,
                ),
                camera or make_camera(config.camera, self.clock),
                self._look_with(self.model),
                self.clock,
                config.camera.read_timeout_ms * NS_PER_MS,
            )
            self.page = self._make_page(routes)
            if not self._keeper:
                loaded.acceptance.remember()
            undo.pop_all()
        self._reporter = threading.Thread(target=self._report_on, name="ringlight-reporter", daemon=True)
        self._changer = threading.Thread(target=self._keep_slots, name="ringlight-slots", daemon=True)

    def start(self) -> None:
        """Light on, threads running, triggers listened to."""
        self.light.start()
        self._say_info()
        self._archivist.start()
        if self.telemetry:
            self.telemetry.start()
        self.line.start(self.config.ejector.distance_mm if self.config.ejector.purge_on_start else None)
        self._pins.listen(self.line.trigger, self.line.tick, **self.line.ears())
        self._report()
        self._reporter.start()
        if self._keeper:
            self._changer.start()
        self._started = True
        notify("READY=1")

    def wait(self, stop: threading.Event) -> str | None:
        """Runs until `stop` is set. Returns what ended the line if it ended by itself, else None."""
        while not self.clock.wait(stop, _REPORT_NS):
            if self.line.crash:
                return self.line.crash
        return None

    def swap(self, loaded: Loaded) -> None:
        """Changes to another model, which is warm, between two parts; returns when it inspects.

        Raises:
            RinglightError: the box is being stopped.
        """
        model = loaded.model
        threshold, checks = model.threshold(self.config.verdict), loaded.checks()
        done = self.line.swap(Scoring(self._look_with(model), make_judge(self.config, threshold.value), model.id))
        # However long that takes: what was asked of the line cannot be taken back, and a line that hangs is the
        # watchdog's to end.
        while not self.clock.wait(done, _REPORT_NS):
            if self._stopping.is_set():
                raise RinglightError(f"the line did not change over to {model.id}: the box is being stopped.")
        self.model, self.threshold, self._model_checks = model, threshold, checks
        self._say_info()

    def stop(self) -> None:
        """Once, from whatever point: closes all accounts, hands over what is left, tells the broker, and puts every
        output to its safe level."""
        if self._stopping.is_set():
            return
        notify("STOPPING=1")
        self._stopping.set()
        self.line.stop()
        self._pins.close()
        if self._started:
            self._reporter.join()
            if self._keeper:
                self._changer.join()
            self._report()
            self._archivist.stop()
        if self._started and self.telemetry:
            self.telemetry.stop()
        if self.page:
            self.page.stop()
        if self._flasher:
            self._flasher.stop()
        self.light.close()
        self.store.close()

    def checks(self) -> list[Check]:
        """Everything that is to be said of the box's health now."""
        found = [*self._model_checks, *self.line.checks(), *self.light.checks(), *self.store.checks()]
        found += [*self._imaging.checks(), pitch_check(self.config.camera.mm_per_px, self.config.imaging.smallest_px)]
        if self.telemetry:
            found += self.telemetry.checks()
        if self._keeper:
            found += [self._keeper.check(), *threshold_by_hand(self.config)]
        found += running_check(self.config, self.line.picture_to_verdict, self.line.belt_mm_s())
        if self.threshold.warning:
            found.append(Check("threshold", Level.WARNING, self.threshold.warning))
        return found

    def _look_with(self, model: Model) -> Callable[[Sight], PartMap]:
        def look(sight: Sight) -> PartMap:
            self.light.require(sight.taken_ns)
            return model.look(self._imaging.see(sight.image))

        return prepared(self.config, look)

    def _relabelled(self, seq: int, label: Label) -> None:
        row = self.store.row(seq)
        if self.telemetry and row:
            self.telemetry.relabelled(row, label)

    def _record(self, record: Record) -> None:
        reason = record.account.reason
        if reason is not None:
            self._uninspected[reason] += 1
        if self._keeper:
            self._keeper.seen(record)
        self.store.put(record)
        self.board.show(record)
        self._on_record(record)

    def _report_on(self) -> None:
        while not self.clock.wait(self._stopping, _REPORT_NS):
            try:
                self._report()
            except Exception:
                # Without this thread the page goes blind and systemd ends a line that works.
                _log.exception("the report failed")

    def _keep_slots(self) -> None:
        while self._keeper and not self.clock.wait(self._stopping, _REPORT_NS):
            try:
                self._keeper.poll()
                if self._flasher:
                    self._flasher.tidy()
                    # Asked here and not where it is published: this thread may wait for a disk.
                    self._flash = flash_state(self._flasher)
            except Exception:
                # Whatever is wrong with the slots, the model that inspects goes on inspecting.
                _log.exception("the slots stumbled")

    def _report(self) -> None:
        counts = self.line.counts()
        if not self._stopping.is_set():
            self.light.report(counts.triggered)
        beats = self.line.beats()
        if not self.line.crash:
            self._watchdog.feed({name: beats[name] for name in ("scoring", "pulse")})
        gate = self.line.gate()
        state = line_state(counts, gate, self.line.belt_mm_s(), self.line.trigger_to_verdict, self._uninspected)
        checks = self.checks()
        self.board.set_state(state)
        self.board.set_checks(checks)
        if self.telemetry:
            mqtt = self.config.mqtt
            broker = f"{mqtt.host}:{mqtt.port}"
            self.board.set_mqtt(MqttState(True, self.telemetry.connected, self.store.outbox_depth(), broker))
            belt_mm_s = round(state.belt_mm_s or 0.0, 1)
            self.telemetry.set_state(
                state_of(counts, checks, belt_mm_s=belt_mm_s, flash=self._flash, gate=gate_body(gate))
            )

    def _say_info(self) -> None:
        box, manifest = self.config.box, self.model.bundle.manifest
        info = Info(
            version=__version__,
            site=box.site,
            line=box.line,
            box=box.name,
            boot_id=self.boot_id,
            model_id=self.model.id,
            method=manifest.method,
            provider_asked=self.model.runtime.asked,
            provider_running=self.model.runtime.running,
            started_wall_ns=self._started_wall_ns,
        )
        self.board.set_info(info)
        if self.telemetry:
            found = {"ringlight": __version__, "python": platform.python_version(), **versions("onnxruntime")}
            self.telemetry.set_info(
                info_of(
                    versions=found,
                    model_id=info.model_id,
                    provider_asked=info.provider_asked,
                    provider_running=info.provider_running,
                    started_wall_ns=self._started_wall_ns,
                )
            )

    def _make_telemetry(self) -> Telemetry | None:
        if not self.config.mqtt.enabled:
            return None
        commands = {
            "light": self.light.command,
            "acknowledge": lambda arguments: {"acknowledged": self.line.acknowledge()},
            "flash": flash_command(self._flasher, self.config.flash.mqtt),
        }
        return Telemetry(self.config.mqtt, self.config.box, self.store, self.clock, self.boot_id, commands)

    def _make_keeper(self) -> Keeper | None:
        slots = self.config.slots
        if slots.folder is None:
            return None
        return Keeper(Slots(slots.folder, tries=slots.tries), self.config, self.clock, self.swap)

    def _make_page(self, routes: Sequence[Blueprint]) -> StatusServer | None:
        status = self.config.status
        if not status.enabled:
            return None
        guard, by_hand = Guard(status.token_file), status.operator_may_relabel
        more = [
            *routes,
            line_routes(guard, self.line.acknowledge),
            model_routes(guard, self._flasher, self.config.slots.good_after),
            desk_routes(guard, self.store, self.clock, operator_may_relabel=by_hand, on_label=self._relabelled),
        ]
        app = create_app(self.board, self.store, self.clock, more, status.defect_kinds if by_hand else ())
        return StatusServer(app, status.host, status.port)
