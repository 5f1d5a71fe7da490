"""The section about continuous material."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from edge.config.section import Section


class WebConfig(Section):
    """Continuous material instead of parts (`docs/web.md`). `[part]` then names the stretch of the frame that is used,
    `[trigger]` the signal of a new roll and its travel to the camera, `[ejector]` the marker: its pin, its distance and
    its pulse.
    """

    enabled: bool = Field(default=False, description="Whether this line inspects a web.")
    tile_px: int = Field(
        default=0, ge=0, le=4096, description="Side of a tile in pixels of the web. 0: the size that the model takes."
    )
    overlap_px: int = Field(
        default=32,
        ge=0,
        le=1024,
        description="What neighbouring tiles share, along and across, so that a defect on a seam is seen whole by one "
        "of them: at least the size of the defects that matter.",
    )
    join_mm: float = Field(
        default=1.0, ge=0, le=100, description="Anomalous places that are no further apart than this are one event."
    )
    min_area_mm2: float = Field(
        default=0.0, ge=0, description="Events with less anomalous area are left out of roll map and marks."
    )
    max_event_mm: float = Field(
        default=1000.0,
        gt=0,
        description="An event that is longer, such as a streak, is reported in pieces of this length.",
    )
    most_events: int = Field(
        default=10_000,
        ge=1,
        description="Events of a roll that are kept one by one. Those that follow are counted, and the roll says so.",
    )
    action: Literal["mark", "alarm", "none"] = Field(
        default="mark",
        description="`mark`: the output of `[ejector]` gives its pulse when an event's beginning passes the marker. "
        "`alarm`: at once. `none`.",
    )
    mark_uninspected: bool = Field(
        default=True, description="Whether the beginning of a length that nobody looked at is marked as an event is."
    )
    start_on_run: bool = Field(
        default=True,
        description="Whether a roll begins when the box starts. Otherwise web that passes before the first roll is "
        "begun, by the signal, a command or the page, belongs to none and is not looked at.",
    )

    @model_validator(mode="after")
    def _overlap_is_less_than_half_a_tile(self) -> WebConfig:
        if self.tile_px and self.overlap_px > self.tile_px // 2:
            raise ValueError(f"web.overlap_px ({self.overlap_px}) must not exceed half of web.tile_px ({self.tile_px})")
        return self
