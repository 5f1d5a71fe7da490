"""PaDiM as a method: its Gaussians from pictures, its model from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from trainer import padim
from trainer.backbone import Backbone
from trainer.features import Features
from trainer.methods import budget
from trainer.methods.alignment import choose, describe, part, refuse
from trainer.methods.base import Fitted, Lesson, Method, warnings_of
from trainer.runs import Run

CELL = 16
"""Pixels of the model's input that one cell of the anomaly map stands for."""


def fit(lesson: Lesson, settings: padim.Settings) -> Fitted:
    """Fits the Gaussians to the good pictures, and chooses the alignment where that is left to it."""
    grid = lesson.grid or (lesson.geometry.input_h // CELL, lesson.geometry.input_w // CELL)
    features = Features(lesson.network, lesson.geometry, partial(padim.embed, grid=grid))
    notes: dict[str, Any] = {}
    if settings.alignment == "auto" and lesson.geometry.mode == "whole":
        told, asked = part(lesson.fitted, lesson.seed, lesson.parts)
        embeddings = features.of_pictures(told, "fit", lesson.augment)
        choice, moments = choose(embeddings, features.tiles_of(asked), features, settings, lesson.seed, grid)
        settings = replace(settings, alignment=choice.chosen)
        notes["alignment"] = choice.to_dict()
    else:
        # Tiles of a grid share one model, so there is nothing to choose.
        settings = replace(settings, alignment="free" if settings.alignment == "auto" else settings.alignment)
        embeddings = features.of_pictures(lesson.fitted, "fit", lesson.augment)
        moments = padim.gathered(embeddings, settings.alignment)
    settings = padim.settled(settings, moments.n, moments.width)
    mean, whiten = padim.statistics(moments, settings, grid)
    if settings.budget_mb:
        grid, settings, (mean, whiten), notes["budget"] = budget.within(lesson, settings, grid, (mean, whiten))
    return Fitted(
        settings=asdict(settings),
        alignment="free" if settings.alignment == "free" else "fixed",
        grid=grid,
        tensors={"mean": mean.float().numpy(), "whiten": whiten.half().numpy()},
        notes=notes,
    )


def build(network: Backbone, run: Run) -> nn.Module:
    """The fitted model."""
    mean, whiten = torch.from_numpy(run.tensors["mean"]), torch.from_numpy(run.tensors["whiten"])
    return padim.Padim(network, run.grid, mean, whiten, padim.Settings(**run.settings))


def summary(notes: Mapping[str, Any]) -> Sequence[str]:
    """How the alignment was chosen, what a budget bought, and what is to be warned of."""
    return [*describe(notes), *budget.describe(notes), *warnings_of(notes)]


PADIM = Method(padim.Settings, 256, refuse, fit, build, summary)
