"""Tiles of good web for a data set, cut as the line will cut them: `ringlight record` where `web.enabled` is set."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from edge.camera.aim import Sight
from edge.camera.base import Camera, make_camera
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.health import Level
from edge.inspector.assemble import LinePins
from edge.ledger import Counts
from edge.light import make_light
from edge.parts import Image, Part, Trigger
from edge.recording.line import Resting
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.tiles import Geometry, places
from edge.web.assemble import WebScoring, make_web_line, sizes_of
from edge.web.cells import Cells
from edge.web.line import Listeners
from edge.web.live import LiveWeb

TILE_PX = 256
"""Side of a tile where `web.tile_px` leaves it to the model, which is not there yet."""
_PER_STRIP = 2
_LOOK_NS = NS_PER_S // 5


class RecordingWeb:
    """A web in real time of which tiles are kept instead of judged: two of each strip, at places drawn by lot, so that
    a few hundred come from many metres.

    Args:
        pictures: an opened data set. parts: how many tiles to keep; None for as many as come.
        camera, pin_factory: virtual ones, where there are no real ones.
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
        self._config, self._clock, self._on_fault = config, clock, on_fault
        self._sizes = sizes_of(config, TILE_PX)
        self._draw = random.Random(clock.wall_ns())
        self._tiles = 0
        self._told: set[str] = set()
        with ExitStack() as undo:
            self._pins = LinePins(config, clock, pin_factory)  # the marker lies at its safe level meanwhile
            undo.callback(self._pins.close)
            self._light = make_light(config.light)
            undo.callback(self._light.close)
            self.recorder = Recorder(config, pictures, clock, parts=parts, on_kept=on_kept)
            self.line = LiveWeb(
                make_web_line(config, clock, Resting(), TILE_PX, Listeners()),
                camera or make_camera(config.camera, clock),
                WebScoring(self.look, 1.0, "recording"),
                clock,
                config.camera.read_timeout_ms * NS_PER_MS,
            )
            undo.pop_all()

    def look(self, image: Image) -> Cells:
        """Keeps tiles of a strip, uint8 [h, W, 3]; finds nothing in it."""
        side, cell = self._sizes.tile_px, self._sizes.cell_px
        geometry = Geometry(side, side, "grid", side, side - self._sizes.step_px)
        there = [one for one in places(image.shape[:2], geometry) if one.y + side <= len(image)]
        for place in self._draw.sample(there, min(_PER_STRIP, len(there))):
            self._tiles += 1
            tile = image[place.y : place.y + side, place.x : place.x + side]
            now = self._clock.now_ns()
            self.recorder.look(Sight(Part(self._tiles, Trigger(now, 0.0)), np.ascontiguousarray(tile), now, 0.0))
        h, w = -(-image.shape[0] // cell), -(-image.shape[1] // cell)
        return Cells(np.zeros((h, w), bool), np.zeros((h, w), np.float32))

    def run(self, stop: threading.Event, seconds: float | None = None) -> Counts:
        """Records until enough tiles are kept, the disk refuses, `stop` is set or the time is over. Everything is
        closed then, and what was kept is safe.

        Raises:
            RinglightError: the light does not do as it is told, or the line ended by itself.
        """
        end = None if seconds is None else self._clock.now_ns() + round(seconds * NS_PER_S)
        try:
            self._light.set(self._config.light.brightness)
            self.line.start_roll("recording")
            self.line.start()
            self._pins.listen(lambda at_ns: None, self.line.tick, step=self.line.step)
            while not (self.recorder.done.is_set() or stop.is_set() or self.line.crash):
                if end is not None and self._clock.now_ns() >= end:
                    break
                self._tell_faults()
                self._clock.wait(stop, _LOOK_NS)
        finally:
            self.line.stop()
            self._pins.close()
            self._light.close()
        if self.line.crash:
            raise RinglightError(f"the line ended by itself: {self.line.crash}")
        return Counts(0, 0, 0, 0, 0)

    def _tell_faults(self) -> None:
        """Each fault of the line once as it comes."""
        faults = {f"{c.text}. {c.mend}" for c in self.line.checks() if c.level is Level.FAULT}
        if self.line.beats()["camera"]:
            for words in sorted(faults - self._told):
                self._on_fault(words)
            self._told = faults
