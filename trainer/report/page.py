"""From facts to the page: what every flavour of the report shows, and the template that shows it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from edge.bundle import Manifest
from trainer.report import words
from trainer.report.pictures import Example

if TYPE_CHECKING:
    from trainer.report.doctor import Section

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Number:
    """A big number with its interval: name, value and range in words, and their places on a bar from 0 to 1.

    mark: the place of what was allowed or hoped for; None where there is nothing to compare with.
    """

    name: str
    value: str
    range: str
    note: str
    at: float
    reach: tuple[float, float]
    ends: tuple[str, str]
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, its heading, and what to read in it."""

    title: str
    drawing: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """Examples under a heading; `none` is said where there are none. kind: "wrong" verdicts, "right" or "open"."""

    title: str
    caption: str
    examples: Sequence[Example]
    none: str
    kind: Literal["wrong", "right", "open"] = "open"

    @property
    def ratio(self) -> float:
        """Width by height of a frame that suits most of the pictures."""
        return float(np.clip(np.median([example.ratio for example in self.examples] or [1]), 0.5, 2))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words under column heads; the first column names the row."""

    title: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | Markup]]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page. flavour: "Evaluation" or "Training"; doctor: what was found on the data set."""

    flavour: str
    model_id: str
    about: str
    verdict: str
    rests_on: str
    numbers: Sequence[Number]
    warnings: Sequence[str]
    charts: Sequence[Chart]
    tables: Sequence[Table]
    galleries: Sequence[Gallery]
    details: Sequence[Table]
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str] = field(default_factory=tuple)
    doctor: Section | None = None


def render(page: Page) -> bytes:
    """The page as UTF-8 HTML, self-contained."""
    style = Markup((_HERE / "style.css").read_text(encoding="utf-8"))
    return _template().render(page=page, style=style, words=words).encode()


def model_facts(manifest: Manifest, size: str) -> list[tuple[str, str]]:
    """What the model is, as rows of a table."""
    geometry = manifest.geometry
    cut = f"{geometry.input_w} × {geometry.input_h} px, the whole picture"
    if geometry.mode == "grid":
        seen = f"seen at {geometry.input_w} × {geometry.input_h} px"
        cut = f"tiles of {geometry.tile_px} px, {geometry.overlap_px} px shared, {seen}"
    alignment = {"fixed": "fixed: parts lie the same way in every picture", "free": "free: parts may lie anyhow"}
    return [
        ("Model", manifest.model_id),
        ("Method", manifest.method),
        ("Backbone", manifest.backbone),
        ("Alignment", alignment[manifest.alignment]),
        ("Looks at", cut),
        ("Size", size),
        ("Learned from", f"{words.plural(manifest.dataset.fitted, 'good picture')} of “{manifest.dataset.name}”"),
        ("Calibrated with", f"{words.plural(manifest.dataset.held_out, 'other good picture')}"),
        ("Data set fingerprint", manifest.dataset.fingerprint),
        ("Made", f"{manifest.created}, serial {manifest.serial}"),
        ("Tools", ", ".join(f"{name} {version}" for name, version in sorted(manifest.tools.items()))),
    ]


@functools.cache
def _template() -> Any:
    loader = FileSystemLoader(_HERE)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")
