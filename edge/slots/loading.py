"""A slot's model, loaded through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.config.models import Config
from edge.health import Check
from edge.model import Model
from edge.trust.gate import Acceptance, readmit


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is warm, and why it may run here."""

    model: Model
    acceptance: Acceptance

    def checks(self) -> list[Check]:
        return [*self.model.checks(), self.acceptance.check()]


def load_slot(path: Path, config: Config) -> Loaded:
    """Reads a slot's bundle, asks whose it is, and loads it.

    Raises:
        BundleError: the bundle is damaged, not one of ours, or signed by nobody who is trusted.
        ProviderError: no provider runs, or not the one that is required.
    """
    acceptance = readmit(path, config.trust)
    return Loaded(Model.of(acceptance.bundle, config.model), acceptance)
