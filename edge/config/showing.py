"""The sections about what the box remembers, and what it shows and lets people say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge.config.section import Section
from edge.parts import NOT_KINDS


def _names_a_defect(kind: str) -> str:
    if kind in NOT_KINDS:
        raise ValueError(f"{kind!r} is the name of another folder; name the kind of defect otherwise")
    return kind


Kind = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"), AfterValidator(_names_a_defect)]


class StoreConfig(Section):
    """The box's memory of what it saw."""

    folder: Path = Field(
        default=Path("data"), description="Folder of the database and the pictures; relative to this file."
    )
    max_image_mb: int = Field(
        default=2000,
        ge=1,
        description="Bytes that pictures may take. The least important go first: good ones, then the oldest.",
    )
    min_free_mb: int = Field(
        default=500, ge=0, description="Space that is left to others: pictures give way before it is used."
    )
    keep_good_every: int = Field(
        default=100, ge=0, description="The picture of every so many-th good part is kept too; 0 keeps none."
    )
    picture: Literal["jpeg", "png"] = Field(
        default="jpeg",
        description="How pictures are kept. `png` loses nothing, for pictures that shall be learned from, and takes "
        "several times the room.",
    )
    jpeg_quality: int = Field(default=90, ge=30, le=100, description="Quality of pictures that are kept as JPEG.")


class StatusConfig(Section):
    """The web page and the HTTP interface."""

    enabled: bool = Field(default=True, description="Whether the page is served.")
    host: str = Field(default="0.0.0.0", description="Address that the page listens on.")
    port: int = Field(default=8080, ge=0, le=65_535, description="Port of the page; 0 takes any free one.")
    token_file: Path = Field(
        default=Path("/var/lib/ringlight/token"),
        description="File of the token that the HTTP interface asks for before it changes the box or gives pictures "
        "away in bulk. `ringlight token` makes it; without it nobody may do so.",
    )
    operator_may_relabel: bool = Field(
        default=False,
        description="Whether anybody at the page may say of a part that it was good or bad; otherwise it needs the "
        "token.",
    )
    defect_kinds: tuple[Kind, ...] = Field(
        default=("defect",),
        min_length=1,
        max_length=8,
        description="The kinds of defect that the page offers, one button each; folders of the data set later.",
    )
