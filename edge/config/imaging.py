"""The section about what is watched in the pictures themselves."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from edge.config.section import Section


class ImagingConfig(Section):
    """Whether the pictures are still what the model learnt from: lamp, lens and camera against a reference of good
    parts (`ringlight calibrate reference`). The median of a window is held against it, so that single bad parts do not
    matter.
    """

    reference: Path | None = Field(
        default=None,
        description="File that `ringlight calibrate reference` wrote at commissioning; relative to this file. Unset: "
        "the pictures are not watched.",
    )
    window: int = Field(
        default=40, ge=10, le=1000, description="Pictures in the window; at most two a second are looked at."
    )
    brightness: float = Field(
        default=0.08,
        gt=0,
        lt=1,
        description="Change of the light that is a WARNING, as a share; three times it a FAULT.",
    )
    colour: float = Field(default=0.05, gt=0, lt=1, description="The same for red or blue against green.")
    sharpness: float = Field(default=0.2, gt=0, lt=1, description="The same for the share of fine detail that is lost.")
    highlight: float = Field(
        default=0.06,
        gt=0,
        lt=1,
        description="The same for how far the brightest place moved, in widths of the picture.",
    )
    dark_level: int = Field(
        default=16,
        ge=0,
        le=255,
        description="A part whose picture has no brighter place than this, in grey levels of 255 (its brightest "
        "hundredth), ends `uninspected` (too_dark): the lamp is off, and nobody can tell a good part. 0 judges in the "
        "dark.",
    )
    smallest_px: int = Field(
        default=10,
        ge=2,
        le=100,
        description="Pixels that a defect has to span to be seen; times the pixel pitch, `doctor` tells it in mm.",
    )
