"""The findings as one page: self-contained, dark and calm like the box's own, with the pictures concerned."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from edge.health import Level
from edge.picture import load_image, resize
from trainer.checkup.checkup import Checkup
from trainer.checkup.findings import Finding
from trainer.checkup.looks import Look, some

_HERE = files("trainer.checkup")
_SIDE = 240
_MOST = 24
_TITLES = {
    "repeats": "Repeated pictures",
    "counts": "Pictures",
    "enough": "Enough for a number to be believed",
    "defects": "Defects",
    "light": "Light and sharpness",
    "borderline": "Doubtful good pictures",
}
_HEADLINES = {
    Level.OK: "Nothing speaks against this data set",
    Level.INFO: "Sound, with things to know",
    Level.WARNING: "Usable, with care",
    Level.FAULT: "Results on it would be wrong",
}
_TRACKS: tuple[tuple[str, str, Callable[[Look], float]], ...] = (
    ("Brightness", "grey level", lambda look: look.brightness),
    ("Sharpness", "gradient over contrast", lambda look: look.sharpness),
    ("Vignette", "corners over middle", lambda look: look.vignette),
)


def render(checkup: Checkup) -> str:
    """The page as HTML: no script, no link, pictures as data: URIs."""
    environment = Environment(loader=FileSystemLoader(str(_HERE)), autoescape=True, undefined=StrictUndefined)
    worst_first = sorted(checkup.findings, key=lambda finding: -finding.level)
    families = [
        {"title": title, "findings": [_card(checkup, finding) for finding in worst_first if _family(finding) == key]}
        for key, title in _TITLES.items()
    ]
    families.sort(key=lambda family: -max((card["level"] for card in family["findings"]), default=Level.OK))
    return environment.get_template("page.html").render(
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
        dataset=checkup.dataset,
        level=checkup.level.name,
        headline=_HEADLINES[checkup.level],
        numbers=_numbers(checkup),
        families=families,
        tracks=[_track(checkup.looks, *track) for track in _TRACKS],
    )


def _family(finding: Finding) -> str:
    return finding.check.split(".")[0]


def _card(checkup: Checkup, finding: Finding) -> dict[str, Any]:
    paths = {look.name: look.path for look in checkup.looks}
    shown = finding.pictures[:_MOST]
    pictures = [
        [{"uri": _thumbnail(paths[s.name]), "name": s.name, "note": s.note} for s in group]
        for _, group in groupby(shown, key=lambda s: s.group)
    ]
    paired = any(len(group) > 1 for group in pictures)
    return {
        "check": finding.check,
        "level": finding.level,
        "text": finding.text,
        "mend": finding.mend,
        "groups": pictures if paired else [[picture] for group in pictures for picture in group],
        "more": len(finding.pictures) - len(shown),
    }


def _numbers(checkup: Checkup) -> list[dict[str, str]]:
    looks = checkup.looks
    by_name = {finding.check: finding.numbers for finding in checkup.findings}
    leaks = [by_name[f"repeats.{name}_across"]["test_pictures"] for name in ("exact", "near")]
    numbers = [
        {"value": f"{sum(look.train for look in looks):,}", "name": "good to learn from"},
        {"value": f"{len(some(looks, train=False)):,}", "name": "good to test with"},
        {"value": f"{sum(look.bad for look in looks):,}", "name": "defective"},
        {"value": f"{sum(leaks):,}", "name": "test pictures also in train"},
    ]
    retaken = by_name["repeats.same_part_across"]["test_pictures"]
    if retaken is not None:
        numbers.append({"value": f"{retaken:,}", "name": "test pictures of a trained part"})
    if "width" in by_name["enough.auroc"]:
        half = by_name["enough.auroc"]["width"] / 2
        numbers.append({"value": f"± {half:.3f}", "name": f"on an AUROC of {by_name['enough.auroc']['at']:g}"})
    return numbers


def _thumbnail(path: Any) -> str:
    image = load_image(path)
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    h, w = (max(1, round(side * scale)) for side in image.shape[:2])
    small = cv2.cvtColor(resize(image, h, w), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def _track(looks: Sequence[Look], name: str, unit: str, measure: Callable[[Look], float]) -> dict[str, Any]:
    """One dot a picture, in the order of names within its folder; points in a box of 1000 × 100, y downwards."""
    values = np.array([measure(look) for look in looks], float)
    low, high = np.nanmin(values), np.nanmax(values)
    y = 95 - 90 * (values - low) / max(high - low, 1e-9)
    x = (np.arange(len(looks)) + 0.5) / len(looks) * 1000
    sides = ["train" if look.train else "bad" if look.bad else "good" for look in looks]
    dots = [(f"{x[i]:.1f}", f"{y[i]:.1f}", sides[i]) for i in np.flatnonzero(np.isfinite(values)).tolist()]
    paths = {side: "".join(f"M{a} {b}h0" for a, b, mine in dots if mine == side) for side in ("train", "good", "bad")}
    return {"name": name, "unit": unit, "low": f"{low:.3g}", "high": f"{high:.3g}", "paths": paths}
