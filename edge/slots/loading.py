"""A slot's model, loaded through the gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.compiling import compile_before_start
from edge.config.models import Config
from edge.health import Check, Level
from edge.model import Model
from edge.runtime.session import onnxruntime
from edge.trust.gate import Acceptance, readmit

_LETS_OTHERS_RUN = (1, 31)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is warm, and why it may run here."""

    model: Model
    acceptance: Acceptance
    notes: tuple[Check, ...] = ()

    def checks(self) -> list[Check]:
        return [*self.model.checks(), self.acceptance.check(), *self.notes]


def load_slot(path: Path, config: Config) -> Loaded:
    """Reads a slot's bundle, asks whose it is, and loads it.

    Raises:
        BundleError: the bundle is damaged, not one of ours, or signed by nobody who is trusted.
        ProviderError: no provider runs, or not the one that is required.
        SlotError: the provider could not compile it.
    """
    acceptance = readmit(path, config.trust)
    compile_before_start(acceptance.bundle, config.model)
    return Loaded(Model.of(acceptance.bundle, config.model), acceptance, tuple(_stands_still()))


def _stands_still() -> Iterator[Check]:
    """Measured with the released packages 1.24 to 1.31: up to 1.30, no other thread of Python runs while a session is
    opened, and a pulse that is due then comes late."""
    version = onnxruntime().__version__
    if tuple(int(part) for part in version.split(".")[:2]) < _LETS_OTHERS_RUN:
        text = (
            f"ONNX Runtime {version} stops the line for as long as it takes to load a model, at each change of models"
        )
        mend = "Install 1.31 or later; without one for this box, flash while the belt stands."
        yield Check("onnxruntime", Level.WARNING, text, mend)


def threshold_by_hand(config: Config) -> list[Check]:
    """A warning where `verdict.threshold` is set: raw scores of two models have no scale in common, so what was right
    for one may let everything pass with the next, and no trial would notice."""
    value = config.verdict.threshold
    if config.slots.folder is None or value is None:
        return []
    text = f"verdict.threshold = {value:g} is held against every model that is flashed, whatever its scores mean"
    mend = "Remove verdict.threshold: each model brings its own; verdict.false_rejects_per_10000 tunes it."
    return [Check("threshold", Level.WARNING, text, mend)]
