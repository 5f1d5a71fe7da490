"""A recording from a real line, whatever it carries: pins at rest, light, the wait for its end, and faults told."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Protocol

from edge.camera.base import Camera, make_camera
from edge.camera.watching import NOT_OPENED
from edge.clock import NS_PER_S, Clock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.inspector.assemble import LinePins
from edge.ledger import Counts
from edge.light import make_light
from edge.light.warming import ASK_NS, warm_up
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder

_LOOK_NS = NS_PER_S // 5


class Resting:
    """An output that gives no pulse: the person who records says that all is good."""

    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


class Line(Protocol):
    """What is recorded from, on its own threads."""

    @property
    def crash(self) -> str | None: ...

    def stop(self) -> None: ...

    def checks(self) -> list[Check]: ...


class Session(ABC):
    """Opens pins, light, camera and recorder; what inherits makes the line.

    Args:
        pictures: an opened data set. parts: how many pictures to keep; None for as many as come.
        camera, pin_factory: virtual ones, where there are no real ones.
        on_kept: told how many pictures are kept. on_fault: told of each fault of the line as it comes.

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
        self._config, self._clock, self._on_fault = config, clock, on_fault
        self._told: set[str] = set()
        self._lamp_said: Check | None = None
        self._lamp_asked_ns = 0
        with ExitStack() as undo:
            self._pins = LinePins(config, clock, pin_factory)  # the real pin lies at its safe level meanwhile
            undo.callback(self._pins.close)
            self._light = make_light(config.light, pin_factory)
            undo.callback(self._light.close)
            self._camera = camera or make_camera(config.camera, clock)
            self.recorder = Recorder(config, pictures, clock, parts=parts, facts=self._facts, on_kept=on_kept)
            self._line = self._make_line()
            undo.pop_all()

    def run(self, stop: threading.Event, seconds: float | None = None) -> Counts:
        """Records until enough is kept, the disk refuses, `stop` is set or the time is over. Everything is closed
        then, and what was kept is safe.

        Raises:
            LightError: the light does not do as it is told.
            RinglightError: the line ended by itself.
        """
        end = None if seconds is None else self._clock.now_ns() + round(seconds * NS_PER_S)
        try:
            # The model learns from the light that it will inspect in.
            warm_up(self._light, self._config.light, self._clock, stop)
            self._begin()
            while not (self.recorder.done.is_set() or stop.is_set() or self._line.crash):
                if end is not None and self._clock.now_ns() >= end:
                    break
                self._tell_faults()
                self._clock.wait(stop, _LOOK_NS)
            self._tell_faults()
        finally:
            self._line.stop()
            self._pins.close()
            self._light.close()
        if self._line.crash:
            raise RinglightError(f"the line ended by itself: {self._line.crash}")
        return self._counts()

    @abstractmethod
    def _make_line(self) -> Line:
        """The line, at rest. Pins, camera and recorder are there."""

    @abstractmethod
    def _begin(self) -> None:
        """The line's threads run, and it listens to its inputs."""

    @abstractmethod
    def _counts(self) -> Counts:
        """What became of the parts that came."""

    def _tell_faults(self) -> None:
        """Each fault of the line, such as a camera that gives no frames, once as it comes."""
        checks = [*self._line.checks(), self._lamp()]
        faults = {f"{c.text}. {c.mend}" for c in checks if c.level is Level.FAULT and c.text != NOT_OPENED}
        for words in sorted(faults - self._told):
            self._on_fault(words)
        self._told = faults

    def _lamp(self) -> Check:
        now_ns = self._clock.now_ns()
        if self._lamp_said is None or now_ns - self._lamp_asked_ns >= ASK_NS:
            self._lamp_said, self._lamp_asked_ns = self._light.check(), now_ns
        return self._lamp_said

    def _facts(self) -> Mapping[str, Any]:
        said = [check.text for check in self._camera.checks() if check.level is not Level.OK]
        return {"camera_says": said} if said else {}
