"""The demo's data: photographs of solar cells (package `elpv-dataset`) in MVTec AD layout.

Buerhop-Lutz et al., "A Benchmark for Visual Identification of Defective Solar Cells in Electroluminescence Imagery",
EU PVSEC 2018; licence CC BY-NC-SA 4.0. Taken are the monocrystalline cells whose label is sure: defect probability 0 is
good, 1 is defective. Of the good cells 70 % are for training. The draw is by the SHA-256 of each picture's bytes, so it
is the same on every machine, and a picture that stood in the collection twice would fall into one set only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edge.errors import UsageError

TRAIN_SHARE = 0.7


@dataclass(frozen=True)
class Cells:
    """Files by set. No file is in two of them."""

    train_good: tuple[Path, ...]
    test_good: tuple[Path, ...]
    test_defective: tuple[Path, ...]


def find_cells(kind: str = "mono") -> Cells:
    """The cells of a kind ("mono", "poly") of the installed package, split.

    Raises:
        UsageError: the package is not installed, or is not what it should be.
    """
    spec = find_spec("elpv_dataset")
    if spec is None or spec.origin is None:
        raise UsageError("the demo's pictures are not installed: pip install 'ringlight[demo]'")
    folder = Path(spec.origin).parent / "data"
    labels = folder / "labels.csv"
    if not labels.exists():
        raise UsageError(f"{labels} is missing: install the package elpv-dataset again")
    return split([(folder / name, float(chance)) for name, chance, made in _rows(labels) if made == kind])


def split(labelled: list[tuple[Path, float]]) -> Cells:
    """Splits (file, defect probability) pairs; probabilities other than 0 and 1 are left out."""
    train: list[Path] = []
    good: list[Path] = []
    bad: list[Path] = []
    for path, chance in sorted(labelled):
        if chance == 1:
            bad.append(path)
        elif chance == 0:
            (train if _draw(path) < TRAIN_SHARE else good).append(path)
    return Cells(tuple(train), tuple(good), tuple(bad))


def _draw(path: Path) -> float:
    """A number from 0 to 1 that only the picture's content decides."""
    return int.from_bytes(hashlib.sha256(path.read_bytes()).digest()[:8], "big") / 2**64


def _rows(labels: Path) -> list[list[str]]:
    return [line.split() for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
