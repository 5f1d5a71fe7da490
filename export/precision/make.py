"""From a training run to a graph in the precision that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from edge.bundle import Precision
from edge.parts import Image
from edge.tiles import cut, load_image
from export.graph import halve, to_onnx
from export.precision.backbone import GraphBackbone, features_graph
from export.precision.fp16 import lower
from export.precision.int8 import quantize
from export.precision.join import with_features_of
from trainer.methods import find_method
from trainer.refit import pictures_of, refit
from trainer.runs import Run
from trainer.train import build, network_of

_CALIBRATING = 128
"""Pictures that tell the range of each activation."""


@dataclass(frozen=True, slots=True)
class Made:
    """A run, the model that it describes, and the model's graph."""

    run: Run
    model: nn.Module
    graph: bytes


def single(run: Run) -> Made:
    """In single precision, as it was trained."""
    model = build(run)
    return Made(run, model, halve(to_onnx(model, run.geometry.input_h, run.geometry.input_w)))


def lowered(run: Run, precision: Precision, dataset: Path | None = None, scratch_in: Path | None = None) -> Made:
    """In a lower precision. dataset: where the data set is now. scratch_in: see `trainer.refit`. Errors: those of
    `integers`."""
    return half(run) if precision == "fp16" else integers(run, dataset, scratch_in)


def half(run: Run) -> Made:
    """The backbone in half precision; what was fitted stays as it is."""
    network, (h, w) = network_of(run), (run.geometry.input_h, run.geometry.input_w)
    return _behind(GraphBackbone(network, lower(features_graph(network, h, w))), run)


def integers(run: Run, dataset: Path | None = None, scratch_in: Path | None = None) -> Made:
    """The backbone in integers, and the method fitted anew to the features that it computes with them: the noise of
    the rounding is then a part of what good patches look like. Takes as long as the training did.

    Raises:
        DatasetError: a picture that was learned from is missing.
        UsageError: the backbone cannot be quantized.
    """
    network = network_of(run)
    tiles = _calibrating(pictures_of(run, run.fitted, dataset), run)
    network = GraphBackbone(network, quantize(network, tiles))
    return _behind(network, refit(run, network, dataset, scratch_in))


def _behind(network: GraphBackbone, run: Run) -> Made:
    model = find_method(run.method).build(network, run).eval()
    return Made(run, model, with_features_of(network, model, run.geometry.input_h, run.geometry.input_w))


def _calibrating(pictures: Sequence[Path], run: Run) -> Image:
    """Tiles of pictures spread evenly over all that were learned from."""
    chosen = np.unique(np.linspace(0, len(pictures) - 1, _CALIBRATING).astype(int))
    tiles = [cut(load_image(pictures[i]), run.geometry).pixels for i in chosen]
    # Of a picture that is cut into many tiles one is taken, another of each.
    return np.stack([some[i % len(some)] for i, some in enumerate(tiles)])
