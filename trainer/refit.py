"""Teaches a run's method once more, on features that another form of its backbone computes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edge.errors import DatasetError
from trainer.augment import Augmentation
from trainer.backbone import Backbone
from trainer.methods import Lesson, find_method
from trainer.runs import Run


def refit(run: Run, network: Backbone, dataset: Path | None = None, scratch_in: Path | None = None) -> Run:
    """The run as it would be had it been trained with `network`: same pictures, same seed, same augmentation, and what
    the training chose (alignment, grid, rank) as it is.

    Args:
        network: another form of the run's own backbone, such as a quantized one. dataset: where the data set is now;
            where the training found it unless told. scratch_in: an existing folder for files that are gone afterwards;
        the system's own unless told, which is often kept in memory and small.

    Raises:
        DatasetError: a picture is missing.
    """
    method = find_method(run.method)
    augmentation = Augmentation.from_dict(run.augment, run.seed)
    settings = method.settings(**run.settings | ({"budget_mb": 0.0} if "budget_mb" in run.settings else {}))
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=scratch_in) as scratch:
        learned = method.fit(
            Lesson(
                network,
                run.geometry,
                pictures_of(run, run.fitted, dataset),
                pictures_of(run, run.held_out, dataset),
                run.seed,
                Path(scratch),
                augmentation,
                grid=run.grid,
            ),
            settings,
        )
    warnings = [*learned.notes.get("warnings", ()), *augmentation.doubts(run.settings["alignment"])]
    notes = {**run.notes, **learned.notes} | ({"warnings": warnings} if warnings else {})
    backbone = {name: array for name, array in run.tensors.items() if name.startswith("backbone.")}
    return replace(run, grid=learned.grid, notes=notes, tensors={**learned.tensors, **backbone})


def pictures_of(run: Run, names: Sequence[str], dataset: Path | None = None) -> list[Path]:
    """The files of a run's pictures. Raises DatasetError where one is missing."""
    root = Path(dataset) if dataset else run.dataset
    pictures = [root / name for name in names]
    gone = [path for path in pictures if not path.is_file()]
    if gone:
        raise DatasetError(
            f"{gone[0]}: is missing, with {len(gone) - 1} more of the pictures that the export needs. "
            "Say with --dataset where the data set is now."
        )
    return pictures
