"""Writes a simulated data set in the layout of MVTec AD, and what is true of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.errors import UsageError
from edge.parts import Image
from edge.picture import load_image
from trainer.progress import progress
from trainer.simulate.camera import recompress
from trainer.simulate.photograph import FAINT, FLOOR, VISIBLE, take
from trainer.simulate.plan import Plan, Shot

SCHEMA = 1
TRUTH = "truth.json"
_LEAK_QUALITY = 90


def simulate(out: Path, plan: Plan) -> list[dict[str, Any]]:
    """Writes the pictures, the masks and, last, `truth.json`. Returns the truth of each picture.

    Raises:
        UsageError: `out` is a file, or a folder that is not empty.
        RinglightError: a defect could not be made visible.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: exists and is not an empty folder. Name a new one.")
    shots = list(plan.shots())
    pictures = [_write(out, plan, shot) for shot in progress(shots, "simulate", len(shots))]
    pictures += _leak(out, plan, pictures)
    facts = {
        "schema": SCHEMA,
        "plan": asdict(plan),
        "visible_from": VISIBLE,
        "borderline_contrast": FAINT,
        "mask_from": FLOOR,
        "pictures": pictures,
    }
    (out / TRUTH).parent.mkdir(parents=True, exist_ok=True)
    (out / TRUTH).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return pictures


def _write(out: Path, plan: Plan, shot: Shot) -> dict[str, Any]:
    photograph = take(plan, shot)
    _save(out / shot.name, cv2.cvtColor(photograph.image, cv2.COLOR_RGB2BGR))
    if photograph.mask is not None and shot.kind:
        mask = photograph.mask.astype(np.uint8) * 255
        _save(out / "ground_truth" / shot.kind / f"{shot.index:03}_mask.png", mask)
    return photograph.truth


def _leak(out: Path, plan: Plan, pictures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pictures to train on, once more among those to test with, as a careless hand leaves them: saved anew."""
    copies = []
    for i, number in enumerate(plan.copied()):
        source, name = pictures[number], f"test/good/{plan.good + i:03}.png"
        again = recompress(load_image(out / source["file"]), _LEAK_QUALITY)
        _save(out / name, cv2.cvtColor(again, cv2.COLOR_RGB2BGR))
        copies.append({**source, "file": name, "copy_of": source["file"]})
    return copies


def _save(path: Path, pixels: Image | Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    path.write_bytes(data.tobytes())
