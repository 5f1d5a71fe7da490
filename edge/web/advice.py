"""What `ringlight doctor` says of a web before anything runs: whether its lengths fit each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.clock import NS_PER_S, Clock
from edge.config.models import Config
from edge.health import Check, Level
from edge.model import Model
from edge.web.assemble import sizes_of, web_scoring

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
        yield _marker(config, sizes.tile_px * pitch, view_mm)


def look_at_speed(config: Config, model: Model, clock: Clock) -> Check:
    """Whether the model keeps up: strips of the web's width, timed on this machine."""
    sizes = sizes_of(config, model.bundle.manifest.geometry.input_w)
    look = web_scoring(config, model, 0.0).look
    strip = np.full((sizes.tile_px, sizes.width_px, 3), 128, np.uint8)
    look(strip)
    times = []
    for _ in range(_TIMED):
        began = clock.now_ns()
        look(strip)
        times.append(clock.now_ns() - began)
    speed = sizes.step_px * sizes.mm_per_px * NS_PER_S / max(times)
    text = f"the slowest of {_TIMED} strips allows {speed:.0f} mm/s; belt.speed_mm_s is {config.belt.speed_mm_s:g}"
    if speed > config.belt.speed_mm_s:
        return Check("web speed", Level.OK, text)
    mend = "Export with --precision int8, set model.threads to the free cores, widen camera.mm_per_px, or run slower."
    return Check("web speed", Level.FAULT, text, mend)


def view_px(config: Config) -> int:
    """Pixels along the web in a frame."""
    part, camera = config.part, config.camera
    if camera.motion.endswith("x"):
        return part.w_px or camera.width_px - part.x_px
    return part.h_px or camera.height_px - part.y_px


def _marker(config: Config, tile_mm: float, view_mm: float) -> Check:
    """A strip is complete a tile after its beginning, its frame a view later still; half a second is the model's."""
    distance = config.ejector.distance_mm - config.trigger.camera_mm
    needed = tile_mm + 2 * view_mm + config.web.join_mm + 0.5 * config.belt.speed_mm_s
    text = f"the marker is {distance:.0f} mm behind the camera; a mark is sure from {needed:.0f} mm on"
    if distance >= needed:
        return Check("marker", Level.OK, text)
    mend = "Put the marker further from the camera (ejector.distance_mm), or slow the web."
    return Check("marker", Level.WARNING, text, mend)
