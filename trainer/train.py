"""Teaches a model what good parts look like."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from torch import nn

import edge
from edge.errors import DatasetError, UsageError
from edge.tiles import Geometry
from trainer.apart import Parts, find_parts, hold_back
from trainer.augment import Augmentation
from trainer.backbone import LITE0, Backbone
from trainer.dataset import open_dataset
from trainer.methods import Lesson, find_method
from trainer.runs import Run

_BACKBONE = "backbone."
_LEAST = 8


def train(
    dataset: Path,
    out: Path,
    *,
    method: str = "padim",
    backbone: str = LITE0,
    layers: Sequence[str] | None = None,
    weights: str | None = None,
    seed: int = 0,
    size: int | None = None,
    geometry: Geometry | None = None,
    settings: Any = None,
    held_out_share: float = 0.2,
    augment: str = "none",
    augment_copies: int | None = None,
    apart: bool = False,
) -> Run:
    """Fits a model to `dataset/train/good` and writes a run folder.

    A seeded share of the good pictures is held out of the fit for good: only pictures that the model never saw tell
    what scores good parts will get, so the export calibrates with them and nobody refits with them afterwards.

    Args:
        dataset: a folder in the layout of MVTec AD.
        out: the run folder to write.
        method: "padim" or "simplenet".
        backbone, layers, weights: see `trainer.backbone.Backbone`.
        seed: chooses the held-out pictures, and is the seed of whatever is random in the method.
        size: side of the model's square input in pixels, a multiple of 32 (default: the method's own); `geometry`
            replaces it.
        settings: the method's options, `trainer.padim.Settings` or `trainer.simplenet.Settings`.
        held_out_share: of the good pictures, 0.05 to 0.5; at least 4 pictures.
        augment, augment_copies: see `trainer.augment.Augmentation`; only pictures that are fitted to have copies.
        apart: parts that were photographed more than once are held out as a whole; see `trainer.apart`.

    Raises:
        DatasetError: the data set is wrong; all faulty files are named before any work starts.
        UsageError: a setting is wrong.
    """
    began = time.perf_counter()
    how = find_method(method)
    settings = settings or how.settings()
    geometry = geometry or Geometry(size or how.size, size or how.size)
    _refuse(geometry, held_out_share)
    how.refuse(geometry, settings)
    augmentation = Augmentation(augment, augment_copies, seed)
    augmentation.refuse(geometry)
    data = open_dataset(dataset)
    parts = find_parts(replace(data, test=())) if apart else {}
    fitted, held_out = split(data.train, seed, held_out_share, parts)
    network = Backbone(backbone, layers, weights)
    Path(out).mkdir(parents=True, exist_ok=True)
    # In the run folder, because the system's own folder for such files is often kept in memory.
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=out) as scratch:
        learned = how.fit(
            Lesson(network, geometry, fitted, held_out, seed, Path(scratch), augmentation, parts), settings
        )
    run = Run(
        method=method,
        backbone=backbone,
        layers=network.layers,
        geometry=geometry,
        grid=learned.grid,
        alignment=learned.alignment,
        settings=dict(learned.settings),
        notes=_with_warnings(learned.notes, augmentation.doubts(settings.alignment))
        | ({"parts": {"known": len(set(parts.values())), "pictures": len(parts)}} if apart else {}),
        seed=seed,
        dataset=data.root.resolve(),
        fingerprint=data.fingerprint(),
        fitted=_names(fitted, data.root),
        held_out=_names(held_out, data.root),
        tools=tools(),
        seconds=time.perf_counter() - began,
        tensors={
            **learned.tensors,
            **{_BACKBONE + name: value.numpy() for name, value in network.net.state_dict().items()},
        },
        augment=augmentation.to_dict(),
    )
    run.write(Path(out))
    return run


def build(run: Run) -> nn.Module:
    """The fitted model of a run, ready to score or to export: uint8 [N, H, W, 3] → (score [N], anomaly_map [N, h, w]);
    larger is worse."""
    return find_method(run.method).build(network_of(run), run).eval()


def network_of(run: Run) -> Backbone:
    """The backbone of a run, with its weights."""
    network = Backbone(run.backbone, run.layers, "random")
    weights = {name: array for name, array in run.tensors.items() if name.startswith(_BACKBONE)}
    network.net.load_state_dict({name.removeprefix(_BACKBONE): torch.from_numpy(a) for name, a in weights.items()})
    return network


def split(
    pictures: Sequence[Path], seed: int, share: float, parts: Parts | None = None
) -> tuple[list[Path], list[Path]]:
    """Pictures to fit and pictures to hold out, each in the order of their names; the same for the same seed. No part
    is in both.

    Raises:
        DatasetError: there are fewer than 8 pictures, or parts.
    """
    if len(pictures) < _LEAST:
        raise DatasetError(
            f"{pictures[0].parent}: holds {len(pictures)} pictures; {_LEAST} are the least, 200 are good."
        )
    parts = parts or {}
    different = len({parts.get(path, path) for path in pictures})
    if different < _LEAST:
        raise DatasetError(
            f"{pictures[0].parent}: shows {different} parts; {_LEAST} are the least, 200 are good. Photograph more."
        )
    fitted, held_out = hold_back(pictures, max(_LEAST // 2, round(share * len(pictures))), seed, parts)
    if 2 * len(fitted) < len(pictures):
        raise DatasetError(
            f"{pictures[0].parent}: with whole parts held out {len(fitted)} of {len(pictures)} pictures are left to "
            "learn from: one part has most of the pictures. Photograph more parts, or remove some of its pictures."
        )
    return fitted, held_out


def tools() -> dict[str, str]:
    """Versions of what made the run."""
    return {
        "ringlight": edge.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


def _refuse(geometry: Geometry, held_out_share: float) -> None:
    for side in (geometry.input_h, geometry.input_w):
        if side % 32 or side < 64:
            raise UsageError(f"size {side} does not fit the network: write a multiple of 32, 64 or more.")
    if not 0.05 <= held_out_share <= 0.5:
        raise UsageError(f"held_out_share is {held_out_share}: write 0.05 to 0.5.")


def _with_warnings(notes: Mapping[str, Any], warnings: Sequence[str]) -> dict[str, Any]:
    """The notes, with more warnings where there are any."""
    return dict(notes) | ({"warnings": [*notes.get("warnings", ()), *warnings]} if warnings else {})


def _names(pictures: Sequence[Path], root: Path) -> tuple[str, ...]:
    return tuple(path.relative_to(root).as_posix() for path in pictures)
