"""What a bundle must show before it may inspect, on the very provider that will run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge.bundle import Bundle
from edge.clock import NS_PER_MS, Clock
from edge.compiling import compile_apart
from edge.config.models import ModelConfig
from edge.errors import SlotError
from edge.health import Level
from edge.model import Model
from edge.providers import COMPILING

_RUNS = 5


def self_test(
    path: Path,
    config: ModelConfig,
    batch_ms: float,
    clock: Clock,
    load: Callable[[ModelConfig], Model] = Model.load,
    say: Callable[[str], object] = lambda words: None,
) -> Model:
    """Compiles a bundle where its provider does so, loads it as the box will run it (names, hashes, the graph's
    contract) and examines it. `say` is told how far it is.

    Returns:
        The model, warm.

    Raises:
        BundleError: the bundle or its graph is wrong.
        ProviderError: the provider that is required does not run.
        SlotError: it cannot be compiled, computes something else on this box, or is slower than `batch_ms`.
    """
    if set(config.providers) & COMPILING:
        compile_apart(Bundle.read(path), config, clock, say)
    model = load(config.model_copy(update={"bundle": path}))
    say(_where(model))
    examine(model, config.batch, batch_ms, clock)
    return model


def _where(model: Model) -> str:
    check = model.runtime.checks()[0]
    return check.text if check.level is Level.OK else f"{check.level.name}: {check.text}"


def examine(model: Model, batch: int, batch_ms: float, clock: Clock) -> None:
    """Looks whether a loaded model scores its golden tiles as when it was made (within a tenth of the good parts'
    spread), and scores `batch` tiles in `batch_ms` (the median of five runs).

    Raises:
        SlotError: it does not; the message says what mends it.
    """
    for check in model.checks():
        if check.name == "golden" and check.level is Level.FAULT:
            raise SlotError(f"{model.id}: {check.text}. {check.mend}")
    took = _batch_ms(model, batch, clock)
    if took > batch_ms:
        raise SlotError(
            f"{model.id}: a batch of {batch} takes {took:.0f} ms on {model.runtime.running}, slots.batch_ms "
            f"allows {batch_ms:g}. Train a smaller model, lower model.batch, or choose a faster provider."
        )


def _batch_ms(model: Model, batch: int, clock: Clock) -> float:
    tiles = np.resize(model.bundle.golden_tiles, (batch, *model.bundle.golden_tiles.shape[1:]))
    times = []
    for _ in range(_RUNS):
        start = clock.now_ns()
        model.runtime.score(tiles)
        times.append(clock.now_ns() - start)
    return float(np.median(times)) / NS_PER_MS
