"""The line while good parts are recorded: its own camera, trigger, light and aim, and an ejector that rests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from edge.camera.base import Camera, make_camera
from edge.camera.watching import NOT_OPENED
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.health import Level
from edge.inspector.assemble import LinePins, make_inspector
from edge.inspector.threads import LiveLine
from edge.ledger import Counts
from edge.light import make_light
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.regions.looking import prepared

_LOOK_NS = NS_PER_S // 5


class Resting:
    """An ejector that gives no pulse: the person who records says that the parts are good."""

    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


class RecordingLine:
    """A line in real time that keeps pictures instead of judging them.

    Args:
        pictures: an opened data set. parts: how many to keep; None for as many as come.
        camera, pin_factory: the virtual line's, where there is no real one.
        on_fault: told of each fault of the line as it comes.

    Raises:
        RinglightError: a pin, the light or the camera cannot be had; nothing is left open.
    """

    def __init__(
        self,
        config: Config,
        pictures: PictureSet,
        clock: Clock,
        *,
        parts: int | None = None,
        camera: Camera | None = None,
        pin_factory: Any = None,
        on_kept: Callable[[int], object] = lambda kept: None,
        on_fault: Callable[[str], object] = lambda words: None,
    ) -> None:
        self._config = config
        self._on_fault = on_fault
        self._told: set[str] = set()
        self._clock = clock
        with ExitStack() as undo:
            self._pins = LinePins(config, clock, pin_factory)  # the real pin lies at its safe level meanwhile
            undo.callback(self._pins.close)
            self._light = make_light(config.light)
            undo.callback(self._light.close)
            self._camera = camera or make_camera(config.camera, clock)
            self.recorder = Recorder(config, pictures, clock, parts=parts, facts=self._facts, on_kept=on_kept)
            self.line = LiveLine(
                make_inspector(
                    config,
                    clock,
                    Resting(),
                    threshold=1.0,
                    model_id="recording",
                    on_record=lambda record: None,
                    stop_output=self._pins.stop_output,
                ),
                self._camera,
                prepared(config, self.recorder.look),
                clock,
                config.camera.read_timeout_ms * NS_PER_MS,
            )
            undo.pop_all()

    def run(self, stop: threading.Event, seconds: float | None = None) -> Counts:
        """Records until enough parts are kept, the disk refuses, `stop` is set or the time is over. Everything is
        closed then, and what was kept is safe.

        Raises:
            LightError: the light does not do as it is told.
            RinglightError: the line ended by itself.
        """
        end = None if seconds is None else self._clock.now_ns() + round(seconds * NS_PER_S)
        try:
            self._light.set(self._config.light.brightness)
            # The model learns from the light that it will inspect in.
            self._clock.wait(stop, round(self._config.light.warm_up_s * NS_PER_S))
            self.line.start()
            self._pins.listen(self.line.trigger, self.line.tick, **self.line.ears())
            while not (self.recorder.done.is_set() or stop.is_set() or self.line.crash):
                if end is not None and self._clock.now_ns() >= end:
                    break
                self._tell_faults()
                self._clock.wait(stop, _LOOK_NS)
            self._tell_faults()
        finally:
            self.line.stop()
            self._pins.close()
            self._light.close()
        if self.line.crash:
            raise RinglightError(f"the line ended by itself: {self.line.crash}")
        return self.line.counts()

    def _tell_faults(self) -> None:
        """Each fault of the line, such as a camera that gives no frames, once as it comes."""
        faults = {f"{c.text}. {c.mend}" for c in self.line.checks() if c.level is Level.FAULT and c.text != NOT_OPENED}
        for words in sorted(faults - self._told):
            self._on_fault(words)
        self._told = faults

    def _facts(self) -> Mapping[str, Any]:
        said = [check.text for check in self._camera.checks() if check.level is not Level.OK]
        return {"camera_says": said} if said else {}
