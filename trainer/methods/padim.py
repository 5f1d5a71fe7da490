"""PaDiM as a method: its Gaussians from pictures, its model from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from edge.errors import UsageError
from edge.tiles import Geometry
from trainer import padim
from trainer.backbone import Backbone
from trainer.features import feature_maps
from trainer.methods.base import Fitted, Lesson, Method

CELL = 16
"""Pixels of the model's input that one cell of the anomaly map stands for."""


def refuse(geometry: Geometry, settings: padim.Settings) -> None:
    """Raises UsageError where places are asked for that tiles of a grid cannot know."""
    if geometry.mode == "grid" and settings.alignment == "fixed":
        raise UsageError("tiles of a grid share one model, which cannot know their places: add --alignment free.")


def fit(lesson: Lesson, settings: padim.Settings) -> Fitted:
    """Fits the Gaussians to the good pictures."""
    grid = (lesson.geometry.input_h // CELL, lesson.geometry.input_w // CELL)
    maps = feature_maps(lesson.network, lesson.fitted, lesson.geometry, "fit")
    mean, whiten = padim.fit(maps, grid, settings)
    return Fitted(
        settings=asdict(settings),
        alignment=settings.alignment,
        grid=grid,
        tensors={"mean": mean.float().numpy(), "whiten": whiten.half().numpy()},
    )


def build(
    network: Backbone, grid: tuple[int, int], settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> nn.Module:
    """The fitted model."""
    mean, whiten = torch.from_numpy(tensors["mean"]), torch.from_numpy(tensors["whiten"])
    return padim.Padim(network, grid, mean, whiten, padim.Settings(**settings))


def summary(notes: Mapping[str, Any]) -> Sequence[str]:
    """Nothing is chosen, so there is nothing to say."""
    return ()


PADIM = Method(padim.Settings, 256, {}, refuse, fit, build, summary)
