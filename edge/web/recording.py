"""Tiles of good web for a data set, cut as the line will cut them: `ringlight record` where `web.enabled` is set."""

from __future__ import annotations

import random

import numpy as np

from edge.camera.aim import Sight
from edge.clock import NS_PER_MS
from edge.ledger import Counts
from edge.parts import Image, Part, Trigger
from edge.recording.session import Resting, Session
from edge.tiles import Geometry, places
from edge.web.assemble import WebScoring, make_web_line, sizes_of
from edge.web.cells import Cells
from edge.web.line import Listeners
from edge.web.live import LiveWeb

TILE_PX = 256
"""Side of a tile where `web.tile_px` leaves it to the model, which is not there yet."""
_PER_STRIP = 2


class RecordingWeb(Session):
    """A web in real time of which tiles are kept instead of judged: two of each strip, at places drawn by lot, so that
    a few hundred come from many metres. Arguments and errors are those of `Session`; its `parts` are tiles."""

    def _make_line(self) -> LiveWeb:
        config, clock = self._config, self._clock
        self._sizes = sizes_of(config, TILE_PX)
        self._draw = random.Random(clock.wall_ns())
        self._tiles = 0
        self.line = LiveWeb(
            make_web_line(config, clock, Resting(), TILE_PX, Listeners(), self._pins.stop_output),
            self._camera,
            WebScoring(self.look, 1.0, "recording"),
            clock,
            config.camera.read_timeout_ms * NS_PER_MS,
        )
        return self.line

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

    def _begin(self) -> None:
        self.line.start_roll("recording")
        self.line.start()
        self._pins.listen(lambda at_ns: None, self.line.tick, step=self.line.step)

    def _counts(self) -> Counts:
        return Counts(0, 0, 0, 0, 0)
