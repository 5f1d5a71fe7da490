"""Teaches a model what good parts look like."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import timm
import torch
from torch import Tensor

import edge
from edge.errors import DatasetError, UsageError
from edge.tiles import Geometry, cut, load_image
from trainer import padim
from trainer.backbone import LITE0, Backbone
from trainer.dataset import open_dataset
from trainer.progress import progress
from trainer.runs import Run

CELL = 16
"""Pixels of the model's input that one cell of the anomaly map stands for."""

_LEAST = 8
_BATCH = 16


def train(
    dataset: Path,
    out: Path,
    *,
    method: str = "padim",
    backbone: str = LITE0,
    layers: Sequence[str] | None = None,
    weights: str | None = None,
    seed: int = 0,
    size: int = 256,
    geometry: Geometry | None = None,
    settings: padim.Settings | None = None,
    held_out_share: float = 0.2,
) -> Run:
    """Fits a model to `dataset/train/good` and writes a run folder.

    A seeded share of the good pictures is held out of the fit for good: only pictures that the model never saw tell
    what scores good parts will get, so the export calibrates with them and nobody refits with them afterwards.

    Args:
        dataset: a folder in the layout of MVTec AD.
        out: the run folder to write.
        method: "padim".
        backbone, layers, weights: see `trainer.backbone.Backbone`.
        seed: chooses the held-out pictures; nothing else is random.
        size: side of the model's square input in pixels, a multiple of 32; `geometry` replaces it.
        settings: see `trainer.padim.Settings`.
        held_out_share: of the good pictures, 0.05 to 0.5; at least 4 pictures.

    Raises:
        DatasetError: the data set is wrong; all faulty files are named before any work starts.
        UsageError: a setting is wrong.
    """
    began = time.perf_counter()
    if method != "padim":
        raise UsageError(f"method {method!r} is unknown: padim is what there is.")
    settings = settings or padim.Settings()
    geometry = geometry or Geometry(size, size)
    _refuse(geometry, settings, held_out_share)
    data = open_dataset(dataset)
    fitted, held_out = split(data.train, seed, held_out_share)
    network = Backbone(backbone, layers, weights)
    grid = (geometry.input_h // CELL, geometry.input_w // CELL)
    mean, whiten = padim.fit(_features(network, fitted, geometry), grid, settings)
    run = Run(
        method=method,
        backbone=backbone,
        layers=network.layers,
        geometry=geometry,
        grid=grid,
        settings={name: getattr(settings, name) for name in settings.__dataclass_fields__},
        seed=seed,
        dataset=data.root.resolve(),
        fingerprint=data.fingerprint(),
        fitted=_names(fitted, data.root),
        held_out=_names(held_out, data.root),
        tools=tools(),
        seconds=time.perf_counter() - began,
        tensors={
            "mean": mean.float().numpy(),
            "whiten": whiten.half().numpy(),
            **{f"backbone.{name}": value.numpy() for name, value in network.net.state_dict().items()},
        },
    )
    run.write(Path(out))
    return run


def build(run: Run) -> padim.Padim:
    """The fitted model of a run, ready to score or to export."""
    network = Backbone(run.backbone, run.layers, "random")
    prefix = "backbone."
    state = {
        name.removeprefix(prefix): torch.from_numpy(a) for name, a in run.tensors.items() if name.startswith(prefix)
    }
    network.net.load_state_dict(state)
    mean, whiten = torch.from_numpy(run.tensors["mean"]), torch.from_numpy(run.tensors["whiten"])
    return padim.Padim(network, run.grid, mean, whiten, padim.Settings(**run.settings)).eval()


def split(pictures: Sequence[Path], seed: int, share: float) -> tuple[list[Path], list[Path]]:
    """Pictures to fit and pictures to hold out, each in the order of their names; the same for the same seed.

    Raises:
        DatasetError: there are fewer than 8 pictures.
    """
    if len(pictures) < _LEAST:
        raise DatasetError(
            f"{pictures[0].parent}: holds {len(pictures)} pictures; {_LEAST} are the least, 200 are good."
        )
    n = max(_LEAST // 2, round(share * len(pictures)))
    chosen = set(np.random.default_rng(seed).permutation(len(pictures))[:n].tolist())
    fitted = [path for i, path in enumerate(pictures) if i not in chosen]
    return fitted, [path for i, path in enumerate(pictures) if i in chosen]


def tools() -> dict[str, str]:
    """Versions of what made the run."""
    return {
        "ringlight": edge.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


def _refuse(geometry: Geometry, settings: padim.Settings, held_out_share: float) -> None:
    for side in (geometry.input_h, geometry.input_w):
        if side % 32 or side < 64:
            raise UsageError(f"size {side} does not fit the network: write a multiple of 32, 64 or more.")
    if geometry.mode == "grid" and settings.alignment == "fixed":
        raise UsageError("tiles of a grid share one model, which cannot know their places: add --alignment free.")
    if not 0.05 <= held_out_share <= 0.5:
        raise UsageError(f"held_out_share is {held_out_share}: write 0.05 to 0.5.")


def _features(network: Backbone, pictures: Sequence[Path], geometry: Geometry) -> Iterator[list[Tensor]]:
    for batch in progress(_batches(pictures, geometry), "fit", -(-len(pictures) // _BATCH)):
        with torch.inference_mode():
            yield network(torch.from_numpy(batch))


def _batches(pictures: Sequence[Path], geometry: Geometry) -> Iterator[np.ndarray]:
    for at in range(0, len(pictures), _BATCH):
        yield np.concatenate([cut(load_image(path), geometry).pixels for path in pictures[at : at + _BATCH]])


def _names(pictures: Sequence[Path], root: Path) -> tuple[str, ...]:
    return tuple(path.relative_to(root).as_posix() for path in pictures)
