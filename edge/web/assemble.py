"""Builds a web line and its model from the configuration."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.clock import NS_PER_MS, Clock
from edge.config.models import Config
from edge.conveyor import Conveyor
from edge.ejector import Output
from edge.errors import ConfigError, SlotError
from edge.inspector.assemble import make_conveyor, make_trust
from edge.line_stop import Alarm, LineStop
from edge.model import Model
from edge.parts import Image, Place
from edge.tiles import Geometry, cut
from edge.trigger import PhotoEye
from edge.web.cells import Cells, strip_cells
from edge.web.extent import with_core
from edge.web.line import Listeners, Rules, WebLine
from edge.web.marker import Marker
from edge.web.roll import Sizes
from edge.web.watch import WebWatch

# A cell of the map is about as large as what a backbone's first used layer sees apart.
_CELL_PX = 8
# What is higher than in all but so many good tiles joins what is sure, and makes no event alone.
_WARM_PER_10000 = 100.0


@dataclass(frozen=True, slots=True)
class WebScoring:
    """What scores strips: `look` takes uint8 [h, W, 3] and returns the cells; raises ValueError for no number."""

    look: Callable[[Image], Cells]
    threshold: float
    model_id: str


def sizes_of(config: Config, input_px: int) -> Sizes:
    """The lengths of strips and cells for a model that takes tiles of `input_px`.

    Raises:
        ConfigError: the overlap is more than half of the tile.
    """
    tile = config.web.tile_px or input_px
    overlap = config.web.overlap_px
    if overlap > tile // 2:
        raise ConfigError(f"web.overlap_px is {overlap}: at most half of a tile of {tile} pixels can be shared.")
    cell = math.gcd(_CELL_PX, math.gcd(tile, overlap))
    along_x = config.camera.motion.endswith("x")
    part, camera = config.part, config.camera
    width = (part.h_px or camera.height_px - part.y_px) if along_x else (part.w_px or camera.width_px - part.x_px)
    return Sizes(camera.mm_per_px, tile, tile - overlap, cell, -(-width // cell) * cell)


def check_tiles(config: Config, input_px: int, model: Model) -> None:
    """Whether a running line, which was made for a model with tiles of `input_px`, can go on with this one.

    Raises:
        SlotError: it would have to cut other strips.
    """
    wanted = sizes_of(config, model.bundle.manifest.geometry.input_w).tile_px
    cut_px = sizes_of(config, input_px).tile_px
    if wanted != cut_px:
        raise SlotError(
            f"{model.id} takes tiles of {wanted} pixels of web, and this line cuts {cut_px}. Train it with tiles of "
            f"{cut_px}, or set web.tile_px, restart the box, and flash it again."
        )


def view_px(config: Config) -> int:
    """Pixels along the web in a frame."""
    part, camera = config.part, config.camera
    if camera.motion.endswith("x"):
        return part.w_px or camera.width_px - part.x_px
    return part.h_px or camera.height_px - part.y_px


def web_scoring(
    config: Config, model: Model, threshold: float, see: Callable[[Image], object] = lambda image: None
) -> WebScoring:
    """Strips are cut into one row of tiles at the web's own scale, `web.overlap_px` shared.

    Args:
        see: shown one tile of each strip, at a place drawn by lot as those of a recording are (`edge.web.recording`).
    """
    sizes, size = sizes_of(config, model.bundle.manifest.geometry.input_w), model.bundle.manifest.geometry
    geometry = Geometry(size.input_h, size.input_w, "grid", sizes.tile_px, sizes.tile_px - sizes.step_px)
    # What a strip of so many tiles needs is opened here, and not while the first one waits.
    model.runtime.score(cut(np.zeros((sizes.tile_px, sizes.width_px, 3), np.uint8), geometry).pixels)

    warm = min(threshold, model.bundle.manifest.calibration.threshold(_WARM_PER_10000).value)
    draw = random.Random(0)

    def look(image: Image) -> Cells:
        tiles = cut(image, geometry)
        place = draw.choice(tiles.places)
        if place.y + place.h <= len(image):  # the end of a roll may be less than a tile, and measures otherwise
            see(image[place.y : place.y + place.h, place.x : place.x + place.w])
        cells = strip_cells(model.runtime.score(tiles.pixels), tiles, image.shape[:2], sizes.cell_px, threshold, warm)
        return with_core(cells, image, sizes.cell_px, warm)

    return WebScoring(look, threshold, model.id)


def make_web_line(
    config: Config,
    clock: Clock,
    output: Output,
    input_px: int,
    listeners: Listeners,
    stop_output: Output | None = None,
) -> WebLine:
    """A web line for the configured camera, signal and marker; `output` drives the marker, `stop_output` stops the
    line."""
    conveyor, web, part, ejector = make_conveyor(config, clock), config.web, config.part, config.ejector
    sizes = sizes_of(config, input_px)
    return WebLine(
        conveyor=conveyor,
        eye=PhotoEye(conveyor, config.trigger.min_gap_mm),
        marker=Marker(
            conveyor,
            output,
            distance_mm=ejector.distance_mm - config.trigger.camera_mm,
            pulse_ns=round(ejector.pulse_ms * NS_PER_MS),
            lead_ns=round(ejector.lead_ms * NS_PER_MS),
        ),
        sizes=sizes,
        rules=Rules(
            web.join_mm, web.min_area_mm2, web.max_event_mm, web.action, web.mark_uninspected, config.model.queue
        ),
        region=Place(part.x_px, part.y_px, part.w_px, part.h_px),
        motion=config.camera.motion,
        camera_mm=config.trigger.camera_mm,
        view_mm=view_px(config) * config.camera.mm_per_px,
        listeners=listeners,
        watch=make_web_watch(config, conveyor, stop_output),
    )


def make_web_watch(config: Config, conveyor: Conveyor, stop_output: Output | None) -> WebWatch:
    """Who sounds the alarms of a web."""
    stop = config.line_stop
    reasons = frozenset(Alarm(reason) for reason in stop.reasons)
    return WebWatch(
        LineStop(stop_output, reasons, run=stop.active == "run"),
        make_trust(config, conveyor),
        reasons,
        uninspected_mm=stop.uninspected_mm,
        events_per_m=stop.events_per_m,
        fault_s=stop.fault_s,
    )
