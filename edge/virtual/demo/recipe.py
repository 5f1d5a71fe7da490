"""Before the belt starts: pictures recorded through the line's camera, a model trained on them, a bundle."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from edge import __version__
from edge.errors import RinglightError
from edge.parts import Image
from edge.picture import load_image
from edge.trust.folder import TrustFolder
from edge.trust.keys import make_keys
from edge.virtual.demo.cells import Cells, find_cells
from edge.virtual.optics import Eye, Optics, at_scale

CELL_MM = 150.0
OPTICS = Optics(exposure_ms=0.2)
BRIGHTNESS = 0.8
SEED = 0

Say = Callable[[str], object]


def prepare(work: Path, say: Say, *, fresh: bool = False) -> tuple[Path, Cells]:
    """Makes the demo's bundle in `work`, or takes the one that this version made before.

    Returns the bundle and the cells; those of the test sets have not been seen by the model.
    """
    cells = find_cells()
    bundle = work / "cells.ringlight"
    marker = work / "recipe.json"
    key, key_id = own_key(work)
    recipe = _recipe(cells, key_id)
    if not fresh and bundle.exists() and marker.exists() and marker.read_text(encoding="utf-8") == recipe:
        say(f"Model: {bundle} from the last time (--fresh trains a new one)")
        return bundle, cells
    marker.unlink(missing_ok=True)
    dataset, run = work / "recorded", work / "run"
    for folder in (dataset, run):
        if folder.exists():
            shutil.rmtree(folder)
    say(f"Recording {len(cells.train_good)} good solar cells through the line's camera")
    record(cells.train_good, dataset / "train" / "good")
    _ringlight("train", str(dataset), "--method", "padim", "--out", str(run), "--seed", str(SEED))
    bundle.unlink(missing_ok=True)
    _ringlight("export", str(run), "--out", str(bundle), "--key", str(key))
    marker.write_text(recipe, encoding="utf-8")
    return bundle, cells


def own_key(work: Path) -> tuple[Path, str]:
    """The demo's own private key, which the demo's box trusts, and its id: made the first time, as a plant would."""
    private, public = work / "keys" / "demo.pem", work / "keys" / "demo.pub"
    if not (private.exists() and public.exists()):
        shutil.rmtree(private.parent, ignore_errors=True)
        make_keys(private.parent, private.stem)
    return private, TrustFolder(work / "trust").trust(public).id


def record(files: tuple[Path, ...], folder: Path) -> None:
    """Lets the line's camera take each picture as it would on the belt, and keeps the inspected rectangle."""
    folder.mkdir(parents=True)
    eye, rng = Eye(OPTICS), np.random.default_rng(SEED)
    side = round(CELL_MM / OPTICS.mm_per_px)
    top, left = (OPTICS.height_px - side) // 2, (OPTICS.width_px - side) // 2
    for path in files:
        frame = eye.frame(rng.uniform(0, 500), 0.0, BRIGHTNESS, [(0.0, cell_picture(path))])
        part = frame[top : top + side, left : left + side]
        if not cv2.imwrite(str(folder / f"{path.stem}.png"), part[..., 0]):
            raise RinglightError(f"{folder}: a picture cannot be written. Is the disk full?")


def cell_picture(path: Path) -> Image:
    """A cell's photograph at the size in which the line's camera sees it."""
    return at_scale(load_image(path), CELL_MM, OPTICS.mm_per_px)


def _recipe(cells: Cells, key_id: str) -> str:
    """What the bundle depends on, as text: other code, optics, cells or another key make another bundle."""
    names = "\n".join(path.name for path in cells.train_good)
    facts = {
        "version": __version__,
        "code": _code_hash("trainer", "export", "edge.virtual"),
        "optics": asdict(OPTICS),
        "brightness": BRIGHTNESS,
        "seed": SEED,
        "key": key_id,
        "cells": hashlib.sha256(names.encode()).hexdigest(),
    }
    return json.dumps(facts, sort_keys=True, indent=2)


def _code_hash(*packages: str) -> str:
    """SHA-256 over the source of packages, found without importing them."""
    digest = hashlib.sha256()
    for name in packages:
        spec = find_spec(name)
        for folder in spec.submodule_search_locations or () if spec else ():
            for file in sorted(Path(folder).rglob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _ringlight(*words: str) -> None:
    """Calls the product's own command in a process of its own: the box's process never loads what trains."""
    code = subprocess.run([sys.executable, "-m", "edge.cli", *words], check=False).returncode
    if code:
        raise RinglightError(f"`ringlight {' '.join(words)}` ended with exit code {code}; see its message above")
