"""SimpleNet as a method: features once to disk, normalised, learned from; its model from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from trainer import padim
from trainer.backbone import Backbone
from trainer.features import Features, Shelf
from trainer.maps import image_score
from trainer.methods.alignment import choose, describe, part, refuse
from trainer.methods.base import Fitted, Lesson, Method, warnings_of
from trainer.metrics import auroc
from trainer.runs import Run
from trainer.simplenet.learning import Monitor, teach
from trainer.simplenet.model import Head, SimpleNet, judge, patches
from trainer.simplenet.settings import Settings
from trainer.synthetic import defects

_MONITORED = 100
_HEAD = "head."


@dataclass(frozen=True, slots=True)
class _Norm:
    """Mean [P, D] and rows [P, r, D] as the model will hold them, and how they were chosen."""

    mean: Tensor
    rows: Tensor
    settings: Settings
    notes: dict[str, Any]

    def __call__(self, embeddings: Tensor) -> Tensor:
        return padim.white(embeddings, self.mean, self.rows)


def fit(lesson: Lesson, settings: Settings) -> Fitted:
    """Computes and normalises the features once, and teaches adapter and discriminator on them."""
    grid = lesson.grid or _finest(lesson)
    features = Features(lesson.network, lesson.geometry, partial(patches, grid=grid))
    raw, normalised = Shelf(lesson.scratch / "raw"), Shelf(lesson.scratch / "normalised")
    norm = _normalise(lesson, settings, features, raw, grid)
    normalised.fill(norm(batch) for batch in raw.batches())
    head, tracker, number = teach(normalised.read(), norm.settings, lesson.seed, _monitor(lesson, norm, features))
    return Fitted(
        settings=asdict(norm.settings),
        alignment="free" if norm.settings.alignment == "free" else "fixed",
        grid=grid,
        tensors={
            "mean": norm.mean.numpy(),
            "whiten": norm.rows.half().numpy(),
            **{_HEAD + name: value.numpy() for name, value in head.state_dict().items()},
        },
        notes={
            **norm.notes,
            "epoch": {"by": norm.settings.epoch, "number": number + 1, "of": norm.settings.meta_epochs},
            "warnings": tracker.warnings(number),
            "tracker": tracker.to_notes(),
        },
    )


def build(network: Backbone, run: Run) -> nn.Module:
    """The taught model."""
    settings, cell_px = Settings(**run.settings), run.geometry.input_h / run.grid[0]
    mean, whiten = torch.from_numpy(run.tensors["mean"]), torch.from_numpy(run.tensors["whiten"])
    head = Head(whiten.shape[1], settings.hidden)
    own = {name: torch.from_numpy(array) for name, array in run.tensors.items() if name.startswith(_HEAD)}
    head.load_state_dict({name.removeprefix(_HEAD): tensor for name, tensor in own.items()})
    return SimpleNet(network, run.grid, mean, whiten, head, settings, cell_px)


def summary(notes: Mapping[str, Any]) -> Sequence[str]:
    """Alignment, epoch, and what the tracker warns of."""
    lines = [*describe(notes)]
    if "epoch" in notes:
        epoch, last = notes["epoch"], notes["tracker"][notes["epoch"]["number"] - 1]
        why = "the last" if epoch["by"] == "last" else "best on synthetic defects"
        lines.append(
            f"meta-epoch {epoch['number']} of {epoch['of']} ({why}): loss {last['loss']:.3f}, good "
            f"{last['real_mean']:.2f} ± {last['real_std']:.2f}, noisy {last['noisy_mean']:.2f} ± "
            f"{last['noisy_std']:.2f}, AUROC on synthetic defects {last['synthetic_auroc']:.4f}"
        )
    return [*lines, *warnings_of(notes)]


def _finest(lesson: Lesson) -> tuple[int, int]:
    """Rows and columns of the finest layer."""
    blank = torch.zeros(1, lesson.geometry.input_h, lesson.geometry.input_w, 3, dtype=torch.uint8)
    with torch.no_grad():
        h, w = max(tuple(layer.shape[-2:]) for layer in lesson.network(blank))
    return h, w


def _normalise(lesson: Lesson, settings: Settings, features: Features, raw: Shelf, grid: tuple[int, int]) -> _Norm:
    """Fills the shelf with the features of all pictures, and fits the normalisation to them."""
    chosen_here = settings.alignment == "auto" and lesson.geometry.mode == "whole"
    told, asked = part(lesson.fitted, lesson.seed, lesson.parts) if chosen_here else (lesson.fitted, [])
    raw.fill(
        chain(
            features.of_pictures(told, "features", lesson.augment), features.of_pictures(asked, "features of the asked")
        )
    )
    as_padim = padim.Settings(settings.alignment, settings.rank, settings.shrinkage, top=settings.top)
    notes: dict[str, Any] = {}
    if chosen_here:
        learned = raw.batches(len(told) * lesson.augment.factor)
        choice, moments = choose(learned, features.tiles_of(asked), features, as_padim, lesson.seed, grid)
        alignment, notes["alignment"] = choice.chosen, choice.to_dict()
        mean, rows = padim.statistics(moments, replace(as_padim, alignment=alignment), grid)
    else:
        alignment = "free" if settings.alignment == "auto" else settings.alignment
        mean, rows = padim.fit(raw.batches(), replace(as_padim, alignment=alignment), grid)
    # Half precision is what the file holds: what was taught with is what is shipped.
    return _Norm(mean.float(), rows.half().float(), replace(settings, alignment=alignment), notes)


def _monitor(lesson: Lesson, norm: _Norm, features: Features) -> Monitor:
    good = features.tiles_of(lesson.held_out[:_MONITORED])
    bad, _ = defects(good, lesson.seed)
    labels = [False] * len(good) + [True] * len(bad)
    normalised = torch.cat([norm(features.of_tiles(tiles)) for tiles in (good, bad)])

    def ask(head: Head) -> float:
        with torch.no_grad():
            scores = [image_score(-judge(head, batch), norm.settings.top) for batch in normalised.split(16)]
        return auroc(torch.cat(scores).numpy(), labels)

    return ask


SIMPLENET = Method(Settings, 288, refuse, fit, build, summary)
