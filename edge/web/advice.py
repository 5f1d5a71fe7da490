"""What `ringlight doctor` says of a web before anything runs: whether its lengths fit each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from edge.clock import NS_PER_MS, Clock
from edge.config.models import Config
from edge.health import Check, Level
from edge.model import Model
from edge.web.assemble import sizes_of, view_px, web_scoring
from edge.web.budget import late_mm, make_web_budget

# A defect of fewer pixels than this across is seen with luck only.
_PIXELS = 8
_TIMED = 8


def look_at_web(config: Config, input_px: int) -> Iterator[Check]:
    """The smallest defect, the frame rate that leaves no gap, the encoder's pulse and the marker's distance.

    Args:
        input_px: side of the model's tiles.
    """
    if not config.web.enabled:
        return
    sizes, camera, belt = sizes_of(config, input_px), config.camera, config.belt
    pitch, smallest = sizes.mm_per_px, _PIXELS * sizes.mm_per_px
    text = (
        f"tiles of {sizes.tile_px * pitch:.1f} mm, a pixel every {pitch:g} mm: defects of {smallest:.2f} mm show well"
    )
    yield Check("web", Level.OK, text)
    view_mm = view_px(config) * pitch
    fastest = view_mm * camera.fps
    level = Level.OK if fastest > belt.speed_mm_s else Level.FAULT
    mend = "" if level is Level.OK else "Raise camera.fps, let the frame show more of the web, or run slower."
    yield Check("web frames", level, f"no gap up to {fastest:.0f} mm/s; belt.speed_mm_s is {belt.speed_mm_s:g}", mend)
    if belt.encoder_pin is None:
        mend = "Wire an encoder: places on the roll are as exact as the speed is."
        yield Check("web encoder", Level.WARNING, "the web's position is guessed from its speed", mend)
    elif belt.mm_per_tick > 10 * pitch:
        text = (
            f"an encoder's pulse is {belt.mm_per_tick / pitch:.0f} pixels long: where frames meet, as much may be lost"
        )
        yield Check("web encoder", Level.WARNING, text, "Take an encoder with finer pulses.")
    if config.web.action == "mark":
        yield _marker(config, late_mm(config, input_px))


def look_at_speed(config: Config, model: Model, clock: Clock) -> Check:
    """Whether the model keeps up: some strips of the web's width, timed on this machine."""
    look = strip_look(config, model)
    look()
    times = []
    for _ in range(_TIMED):
        began = clock.now_ns()
        look()
        times.append((clock.now_ns() - began) / NS_PER_MS)
    input_px = model.bundle.manifest.geometry.input_w
    return make_web_budget(config, input_px, (float(np.median(times)), max(times))).check()


def strip_look(config: Config, model: Model) -> Callable[[], object]:
    """Scores a strip of noise as large as those of the line."""
    sizes = sizes_of(config, model.bundle.manifest.geometry.input_w)
    look = web_scoring(config, model, math.inf).look
    noise = np.random.default_rng(0).integers(0, 255, (sizes.tile_px, sizes.width_px, 3), np.uint8)
    return lambda: look(noise)


def _marker(config: Config, late_mm: float) -> Check:
    """Half a second is the model's."""
    distance = config.ejector.distance_mm - config.trigger.camera_mm
    needed = late_mm + 0.5 * config.belt.speed_mm_s
    text = f"the marker is {distance:.0f} mm behind the camera; a mark is sure from {needed:.0f} mm on"
    if distance >= needed:
        return Check("marker", Level.OK, text)
    mend = "Put the marker further from the camera (ejector.distance_mm), or slow the web."
    return Check("marker", Level.WARNING, text, mend)
