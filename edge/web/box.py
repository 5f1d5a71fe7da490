"""The box of a web line: the web in real time, and on the far side of it the book, telemetry and the pages."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Literal

from flask import Blueprint

from edge.camera.base import Camera, make_camera
from edge.clock import NS_PER_MS, Clock
from edge.config.models import Config
from edge.errors import TooDark
from edge.health import Check, Level
from edge.inspector.reporting import gate_body
from edge.model import Model
from edge.parts import Frame, Label, State
from edge.slots.loading import Loaded
from edge.station.report import Report
from edge.station.station import Station
from edge.status.board import LineState
from edge.status.history import Row
from edge.telemetry.topics import base_topic
from edge.watchdog import DeadMan
from edge.web.assemble import WebScoring, check_tiles, make_web_line, web_scoring
from edge.web.book import RollBook
from edge.web.budget import running_check
from edge.web.change import Succession
from edge.web.line import Listeners
from edge.web.live import LiveWeb
from edge.web.roll import Roll, Stretch
from edge.web.routes import web_routes
from edge.web.strips import Lost
from edge.web.talk import roll_command

_PROGRESS_EVERY = 4  # reports between two notes of how far the roll is


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


class WebBox(Station):
    """Everything that `ringlight run` runs where `web.enabled` is set.

    Args:
        config: the checked configuration.
        camera, pin_factory: virtual ones, where there are no real ones.
        allow_older: why the operator goes back to an older model; empty where nobody does.
        dead_man: ends the process where the pulse thread hangs; for a process that somebody starts anew.

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
        dead_man: DeadMan | None = None,
    ) -> None:
        super().__init__(config, clock=clock, pin_factory=pin_factory, allow_older=allow_older)
        self._reports = self._rolls = 0
        self._inspected_mm = self._uninspected_mm = 0.0
        name = base_topic(config.box).removeprefix("ringlight/")
        with self._undo as undo:
            self.book = RollBook(
                config.store.folder,
                self.clock,
                self.boot_id,
                box=name,
                most_events=config.web.most_events,
                jpeg_quality=config.store.jpeg_quality,
                max_image_mb=config.store.max_image_mb,
                min_free_mb=config.store.min_free_mb,
                published=config.mqtt.enabled,
            )
            self.book.recover()
            listeners = Listeners(self.book.event, self._stretch, self._roll)
            self._input_px = self.model.bundle.manifest.geometry.input_w
            self.line = LiveWeb(
                make_web_line(config, self.clock, self._pins.output, self._input_px, listeners, self._pins.stop_output),
                camera or make_camera(config.camera, self.clock),
                self._scoring(self.model, self.threshold.value),
                self.clock,
                config.camera.read_timeout_ms * NS_PER_MS,
                self._shows,
                self.models.scored,
                dead_man,
            )
            self._succession = Succession(
                self.line,
                lambda loaded: self._scoring(loaded.model, self.models.threshold_of(loaded.model).value),
                lambda: self._scoring(self.model, self.threshold.value),
            )
            self._serve(
                self.book,
                self.line,
                commands={"roll": self._command},
                routes=[self._routes(name)],
                history=NoParts(),
                page="web.html",
            )
            undo.pop_all()

    def checks(self) -> list[Check]:
        """Everything that is to be said of the box's health now."""
        budget = running_check(self.config, self._input_px, self.line.strip_times, self.line.belt_mm_s())
        return [*super().checks(), *budget]

    def summary(self) -> str:
        """What became of the web that passed since the start."""
        inspected, uninspected, outside = (
            mm / 1000 for mm in (self._inspected_mm, self._uninspected_mm, self.line.account().outside_mm)
        )
        return (
            f"{self._rolls} rolls, {inspected:.3f} m inspected, {uninspected:.3f} m uninspected, "
            f"{outside:.3f} m outside of rolls"
        )

    def _begin(self) -> None:
        if self.config.web.start_on_run:
            self.line.start_roll("")
        self.line.start()
        self._pins.listen(self.line.signal, self.line.tick, step=self.line.step, acknowledge=self.line.acknowledge)

    def _scoring(self, model: Model, threshold: float) -> WebScoring:
        check_tiles(self.config, self._input_px, model)
        return web_scoring(self.config, model, threshold, self._imaging.see)

    def _shows(self, frame: Frame) -> bool:
        """Whether a frame shows anything, and in the light that the model knows."""
        try:
            self._imaging.lit(frame.image)
        except TooDark:
            return False
        return self._lit(frame.taken_ns)

    def _offer(self, loaded: Loaded | None) -> str:
        return self._succession.offer(loaded)

    def _change_over(self, loaded: Loaded) -> threading.Event:
        return self._succession.swap(loaded)

    def _look(self) -> Report:
        account = self.line.account()
        if self._reports % _PROGRESS_EVERY == 0 and account.number is not None and account.lengths is not None:
            self.book.progress(account.number, account.lengths, account.models)
        self._reports += 1
        self.line.failing(next((check.text for check in self.light.checks() if check.level is Level.FAULT), None))
        gate = self.line.gate()
        times, tally = self.line.strip_times, gate.tally
        state = LineState(
            belt_mm_s=self.line.belt_mm_s(),
            ejections=tally.ejections,
            unconfirmed=tally.unconfirmed,
            stopped=gate.stopped,
            verdict_p50_ms=times.quantile_ms(0.5),
            verdict_p99_ms=times.quantile_ms(0.99),
        )
        return Report(state, self.line.came(), gate=gate_body(gate), web=account.to_dict())

    @property
    def _width_mm(self) -> float:
        camera, part = self.config.camera, self.config.part
        across = (part.h_px or camera.height_px) if camera.motion.endswith("x") else (part.w_px or camera.width_px)
        return across * camera.mm_per_px

    def _stretch(self, stretch: Stretch) -> None:
        self.book.stretch(stretch, self._width_mm)
        if stretch.why is Lost.BUSY:
            self.models.late(self.line.scoring_id)

    def _roll(self, roll: Roll) -> None:
        if roll.complete:
            lengths = roll.lengths()
            self._rolls += 1
            self._inspected_mm += lengths.inspected * lengths.mm_per_row
            self._uninspected_mm += lengths.uninspected * lengths.mm_per_row
            self.book.ended(roll)
        else:
            self.book.began(roll, self._width_mm)

    def _command(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return roll_command(self.line, arguments)

    def _routes(self, name: str) -> Blueprint:
        return web_routes(self.guard, self.book, lambda: self.line.account().to_dict(), self._command, name)
