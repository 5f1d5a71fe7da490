"""Teaches adapter and discriminator on normalised features that lie on disk."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainer.progress import progress
from trainer.simplenet.model import Head
from trainer.simplenet.settings import Settings
from trainer.simplenet.tracker import MetaEpoch, Tracker

Monitor = Callable[[Head], float]
"""A head in evaluation mode → the image AUROC of held-out good pictures against synthetic defects."""


def teach(
    normalised: NDArray[np.floating[Any]], settings: Settings, seed: int, monitor: Monitor
) -> tuple[Head, Tracker, int]:
    """Teaches a head to tell good patches from the same patches with noise (Liu et al. 2023, section 3.3 to 3.5).

    Args:
        normalised: features of good pictures [N, P, r], read in small pieces; a memory map will do.
        settings: see `Settings`. seed: of the weights, the order and the noise. monitor: asked after each meta-epoch.

    Returns:
        The head, in evaluation mode; the tracker; the number of the meta-epoch that the head comes from, from 0.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = Head(normalised.shape[-1], settings.hidden)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(
        [
            {"params": head.adapter.parameters(), "lr": settings.adapter_rate},
            {"params": head.discriminator.parameters(), "lr": settings.discriminator_rate},
        ],
        weight_decay=settings.decay,
    )
    tracker, best = Tracker(), head.state_dict()
    for _ in progress(range(settings.meta_epochs), "teach", settings.meta_epochs):
        head.train()
        steps = [
            _step(head, optimizer, x, settings, generator)
            for _ in range(settings.epochs)
            for x in _batches(normalised, settings, generator)
        ]
        head.eval()
        tracker.add(MetaEpoch(*np.mean(steps, axis=0).tolist(), synthetic_auroc=monitor(head)))
        if settings.epoch == "last" or tracker.best() == len(tracker.meta_epochs) - 1:
            best = copy.deepcopy(head.state_dict())
    head.load_state_dict(best)
    return head, tracker, tracker.best() if settings.epoch == "synthetic" else settings.meta_epochs - 1


def _step(
    head: Head, optimizer: torch.optim.Optimizer, x: Tensor, settings: Settings, generator: torch.Generator
) -> tuple[float, ...]:
    """One step on patches [M, r]: loss, mean and deviation of the outputs on good and on noisy features."""
    adapted = head.adapter(x)
    noisy = adapted + settings.noise * torch.randn(adapted.shape, generator=generator)
    real, fake = head.discriminator(torch.cat([adapted, noisy]))[:, 0].chunk(2)
    loss = truncated_l1(real, fake, settings.margin)
    optimizer.zero_grad()
    loss.backward()
    if settings.clip:
        nn.utils.clip_grad_norm_(head.parameters(), settings.clip)
    optimizer.step()
    with torch.no_grad():
        numbers = torch.stack([loss, real.mean(), real.std(), fake.mean(), fake.std()])
    return tuple(numbers.tolist())


def truncated_l1(real: Tensor, noisy: Tensor, margin: float) -> Tensor:
    """max(0, th − D(real)) + max(0, th + D(noisy)), each averaged (Liu et al. 2023, eq. 7)."""
    return (margin - real).clamp_min(0).mean() + (margin + noisy).clamp_min(0).mean()


def _batches(normalised: NDArray[Any], settings: Settings, generator: torch.Generator) -> Iterator[Tensor]:
    """All pictures once, `batch` at a time in random order, `patches` patches [M, r] of each batch."""
    order = torch.randperm(len(normalised), generator=generator).numpy()
    for at in range(0, len(order), settings.batch):
        chosen = np.sort(order[at : at + settings.batch])
        x = torch.from_numpy(normalised[chosen].astype(np.float32)).flatten(0, 1)
        if 0 < settings.patches < len(x):
            x = x[torch.randint(len(x), (settings.patches,), generator=generator)]
        yield x
