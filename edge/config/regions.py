"""The sections about where in its rectangle a part lies, and which places of it are looked at how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from edge.config.section import Section

Polygon = Annotated[tuple[tuple[float, float], ...], Field(min_length=3, max_length=64)]


class LocateConfig(Section):
    """How the part is found in its rectangle. What is cut out is what the model sees, in `ringlight record` too, so
    that desk and box score one picture. A part that is not found, or not as a whole, ends `uninspected`
    (not_located; too_dark where the picture is black).
    Record and train anew after a change here.
    """

    how: Literal["fixed", "contour", "template"] = Field(
        default="fixed",
        description="`fixed`: the rectangle of `[part]` as it is. `contour`: the largest thing in it that is brighter "
        "(or darker) than the belt. `template`: where it looks most like a picture of a part.",
    )
    pose: Literal["keep", "shift", "turn"] = Field(
        default="turn",
        description="What is undone before the picture is cut into tiles. `turn`: rotation and shift. `shift`: the "
        "shift alone, by whole pixels. `keep`: nothing; the part must be there, that is all.",
    )
    width_px: int = Field(
        default=0,
        ge=0,
        le=8192,
        description="Width of the upright part's picture, cut out round the part's centre. 0: the template's, or the "
        "rectangle's. The rectangle of `[part]` is what is searched; make it larger than this.",
    )
    height_px: int = Field(default=0, ge=0, le=8192, description="Height of the upright part's picture; 0 as above.")
    max_turn_deg: float = Field(
        default=45.0,
        ge=0,
        le=180,
        description="Largest rotation against upright. For `contour`, upright has the longer side lying along x, and "
        "no more than 90 can be told apart. A part that is turned further is not located.",
    )
    level: int = Field(
        default=0,
        ge=0,
        le=255,
        description="For `contour`: grey level between belt and part; 0 finds one in each picture (Otsu 1979), which "
        "is wrong where no part lies in it: then `min_area_px` must refuse it.",
    )
    brighter: bool = Field(default=True, description="For `contour`: whether parts are brighter than the belt.")
    min_area_px: int = Field(default=400, ge=1, description="For `contour`: the least area of a part.")
    max_area_px: int = Field(default=0, ge=0, description="For `contour`: the largest area of a part; 0 is any.")
    template: Path | None = Field(
        default=None,
        description="For `template`: picture of an upright, centred part at the camera's scale; relative to this file.",
    )
    min_match: float = Field(
        default=0.6,
        gt=0,
        lt=1,
        description="For `template`: least correlation of the part with the template once it is laid over it.",
    )

    @model_validator(mode="after")
    def _a_template_is_named(self) -> LocateConfig:
        if self.how == "template" and self.template is None:
            raise ValueError('locate.template is missing: locate.how = "template" needs a picture of an upright part')
        return self


class RegionsConfig(Section):
    """Places of the part that are looked at otherwise than the rest: polygons `[[x, y], ...]` in pixels of the part's
    picture, after it was turned upright. Each table may stand in a section of its own, as `[regions.masks]`.
    """

    masks: dict[str, Polygon] = Field(
        default_factory=dict,
        description="What is not looked at, by name: painted grey before the picture is cut into tiles, on the desk "
        "and on the box. Train anew after a change.",
    )
    zones: dict[str, Polygon] = Field(
        default_factory=dict,
        description="Places with a threshold of their own, by name. The whole part's threshold holds besides: where "
        "most of a part may bear more than a zone, raise `verdict.threshold`.",
    )
    thresholds: dict[str, float] = Field(
        default_factory=dict,
        description="For each zone the highest value of the anomaly map that passes in it, in raw scores. The verdict "
        "says which zone exceeds it.",
    )

    @field_validator("masks", "zones")
    @classmethod
    def _polygons_have_corners(cls, value: dict[str, Polygon]) -> dict[str, Polygon]:
        for name, corners in value.items():
            if len(set(corners)) < 3:
                raise ValueError(f"{name} has fewer than three different corners")
        return value

    @model_validator(mode="after")
    def _each_zone_has_its_threshold(self) -> RegionsConfig:
        if set(self.zones) != set(self.thresholds):
            alone = ", ".join(sorted(set(self.zones) ^ set(self.thresholds)))
            raise ValueError(f"regions.zones and regions.thresholds must name the same zones; only one names {alone}")
        return self
