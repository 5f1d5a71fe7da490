"""The whole box: the line in real time, and on the far side of one hand-over the store, telemetry and the page."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint

from edge.budget import running_check
from edge.camera.aim import Sight
from edge.camera.base import Camera, make_camera
from edge.clock import NS_PER_MS, Clock
from edge.config.models import Config
from edge.health import Check
from edge.inspector.assemble import make_inspector
from edge.inspector.reporting import gate_body, line_state
from edge.inspector.scoring import Scoring
from edge.inspector.threads import LiveLine
from edge.model import Model
from edge.parts import Ejection, Label, PartMap, Reason, Record
from edge.regions.looking import make_judge, prepared
from edge.slots.loading import Loaded
from edge.station.report import Report
from edge.station.station import Station
from edge.status.desk import desk_routes
from edge.store import Store
from edge.watchdog import DeadMan


class Box(Station):
    """Everything that `ringlight run` runs.

    Args:
        config: the checked configuration.
        camera, pin_factory: the virtual line's, where there is no real one.
        allow_older: why the operator goes back to an older model; empty where nobody does.
        routes: more of the page: the virtual line's.
        on_record, on_ejection: called with each closed account and each pulse; must return at once.
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
        routes: Sequence[Blueprint] = (),
        on_record: Callable[[Record], object] = lambda record: None,
        on_ejection: Callable[[Ejection], object] = lambda ejection: None,
        dead_man: DeadMan | None = None,
    ) -> None:
        super().__init__(config, clock=clock, pin_factory=pin_factory, allow_older=allow_older)
        self._on_record = on_record
        self._uninspected: Counter[Reason] = Counter()
        with self._undo as undo:
            outbox = config.mqtt.outbox_rows if config.mqtt.enabled else 0
            self.store = Store(config.store, self.clock, self.boot_id, outbox_rows=outbox)
            undo.callback(self.store.close)
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
                lit=self._lit,
                dead_man=dead_man,
            )
            self._serve(
                self.store,
                self.line,
                commands={},
                routes=[*routes, self._desk()],
                history=self.store,
                kinds=config.status.defect_kinds if config.status.operator_may_relabel else (),
            )
            undo.pop_all()

    def checks(self) -> list[Check]:
        """Everything that is to be said of the box's health now."""
        budget = running_check(self.config, self.line.picture_to_verdict, self.line.belt_mm_s())
        return [*super().checks(), *budget]

    def summary(self) -> str:
        """What became of the parts that came since the start."""
        counts = self.line.counts()
        return (
            f"{counts.triggered} triggered, {counts.passed} passed, {counts.rejected} rejected, "
            f"{counts.uninspected} uninspected"
        )

    def _begin(self) -> None:
        self.line.start(self.config.ejector.distance_mm if self.config.ejector.purge_on_start else None)
        self._pins.listen(self.line.trigger, self.line.tick, **self.line.ears())

    def _change_over(self, loaded: Loaded) -> threading.Event:
        model, threshold = loaded.model, self.models.threshold_of(loaded.model).value
        return self.line.swap(Scoring(self._look_with(model), make_judge(self.config, threshold), model.id))

    def _look(self) -> Report:
        counts, gate = self.line.counts(), self.line.gate()
        state = line_state(counts, gate, self.line.belt_mm_s(), self.line.trigger_to_verdict, self._uninspected)
        return Report(state, counts.triggered, counts, gate_body(gate))

    def _look_with(self, model: Model) -> Callable[[Sight], PartMap]:
        def look(sight: Sight) -> PartMap:
            self.light.require(sight.taken_ns)
            return model.look(self._imaging.see(sight.image))

        return prepared(self.config, look, self._imaging.lit)

    def _record(self, record: Record) -> None:
        reason = record.account.reason
        if reason is not None:
            self._uninspected[reason] += 1
        self.models.seen(record)
        self.store.put(record)
        self.board.show(record)
        self._on_record(record)

    def _relabelled(self, seq: int, label: Label) -> None:
        row = self.store.row(seq)
        if self.telemetry and row:
            self.telemetry.relabelled(row, label)

    def _desk(self) -> Blueprint:
        by_hand = self.config.status.operator_may_relabel
        return desk_routes(self.guard, self.store, self.clock, operator_may_relabel=by_hand, on_label=self._relabelled)
