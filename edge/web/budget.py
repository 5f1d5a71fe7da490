"""How fast a web may run: its strips come as fast as it does, and each wants to be scored before the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge.budget import TIGHT, Histogram
from edge.config.models import Config
from edge.health import Check, Level
from edge.web.assemble import sizes_of, view_px

_LEAST = 20  # strips before anything is said of their p99
_HELD_MS = 100.0  # a frame waits so long for the encoder's next pulse, see `edge.web.line`


@dataclass(frozen=True, slots=True)
class WebBudget:
    """What is left of the time from one strip to the next, at a web's speed.

    `strip_mm` is the new length that each strip shows, `p50_ms` and `p99_ms` what scoring one takes. Beyond
    `by_camera_mm_s` frames do not overlap. A mark is known `late_mm` of travel, and the scoring's time, after its place
    was before the camera; `marker_mm` is the travel from there to the marker, None where nothing is marked.
    """

    speed_mm_s: float
    strip_mm: float
    p50_ms: float
    p99_ms: float
    by_camera_mm_s: float
    late_mm: float
    marker_mm: float | None

    @property
    def available_ms(self) -> float:
        """From one strip to the next."""
        return self.strip_mm / self.speed_mm_s * 1000

    @property
    def slack_ms(self) -> float:
        """What p99 leaves; negative where a strip may wait for the one before."""
        return self.available_ms - self.p99_ms

    @property
    def by_model_mm_s(self) -> float:
        return self.strip_mm / self.p99_ms * 1000

    @property
    def by_marker_mm_s(self) -> float:
        if self.marker_mm is None:
            return math.inf
        return max(0.0, self.marker_mm - self.late_mm) / (self.p99_ms + _HELD_MS) * 1000

    @property
    def most_mm_s(self) -> float:
        """How fast the web may run with every strip scored in time, no gap between frames and every mark in its
        place."""
        return min(self.by_model_mm_s, self.by_camera_mm_s, self.by_marker_mm_s)

    def check(self) -> Check:
        """The budget as a line of health. Strips queue for a moment: a FAULT is what most of them exceed."""
        text = (
            f"strips take {self.p99_ms:.2g} ms (p99) of {self.available_ms:.0f} ms at {self.speed_mm_s:.0f} mm/s; "
            f"the model allows {self.by_model_mm_s:.0f} mm/s, the camera {self.by_camera_mm_s:.0f} mm/s"
        )
        if self.marker_mm is not None:
            text += f", the marker {self.by_marker_mm_s:.0f} mm/s"
        model = (
            "Export with --precision int8, set model.threads to the free cores, widen camera.mm_per_px, or run slower."
        )
        camera = "Raise camera.fps, let the frame show more of the web, or run slower."
        marker = "Put the marker further from the camera (ejector.distance_mm), or run slower."
        if self.p50_ms > self.available_ms:
            return Check("budget", Level.FAULT, text, model)
        if self.speed_mm_s > self.by_camera_mm_s:
            return Check("budget", Level.FAULT, text, camera)
        if self.p99_ms > (1 - TIGHT) * self.available_ms:
            return Check("budget", Level.WARNING, text, model)
        if self.speed_mm_s > self.by_marker_mm_s:
            return Check("budget", Level.WARNING, text, marker)
        return Check("budget", Level.OK, text)


def make_web_budget(
    config: Config, input_px: int, times_ms: tuple[float, float], speed_mm_s: float | None = None
) -> WebBudget:
    """The budget of a configured web.

    Args:
        input_px: side of the model's tiles. times_ms: p50 and p99 of scoring a strip.
        speed_mm_s: the configured speed where it is None.
    """
    sizes, camera, web = sizes_of(config, input_px), config.camera, config.web
    view_mm = view_px(config) * sizes.mm_per_px
    marks = web.action == "mark"
    return WebBudget(
        speed_mm_s=speed_mm_s or config.belt.speed_mm_s,
        strip_mm=sizes.step_px * sizes.mm_per_px,
        p50_ms=times_ms[0],
        p99_ms=times_ms[1],
        by_camera_mm_s=view_mm * camera.fps,
        late_mm=late_mm(config, input_px),
        marker_mm=config.ejector.distance_mm - config.trigger.camera_mm if marks else None,
    )


def late_mm(config: Config, input_px: int) -> float:
    """Travel from where a place is before the camera until its strip is complete, at the latest: a tile after its
    beginning, in a frame that shows a view more, the next of which came another view later."""
    sizes = sizes_of(config, input_px)
    return (sizes.tile_px + 2 * view_px(config)) * sizes.mm_per_px + config.web.join_mm


def running_check(config: Config, input_px: int, times: Histogram, speed_mm_s: float) -> list[Check]:
    """The budget of a web that runs, once enough strips were scored."""
    p50, p99 = times.quantile_ms(0.5), times.quantile_ms(0.99)
    if times.count < _LEAST or p50 is None or p99 is None or speed_mm_s <= 0:
        return []
    return [make_web_budget(config, input_px, (p50, p99), round(speed_mm_s) or speed_mm_s).check()]
