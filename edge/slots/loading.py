"""A slot's model, loaded through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.bundle import Bundle
from edge.clock import Clock
from edge.config.models import Config
from edge.health import Check
from edge.model import Model
from edge.trust.folder import TrustFolder
from edge.trust.gate import Acceptance, accept, verify
from edge.trust.serial import SerialRecord


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is warm, and why it may run here."""

    model: Model
    acceptance: Acceptance

    def checks(self) -> list[Check]:
        return [*self.model.checks(), self.acceptance.check()]


def ask_gate(path: Path, config: Config, clock: Clock, allow_older: str = "") -> str:
    """Reads a bundle that is to be flashed and asks whether it may run here; returns its model id.

    Raises:
        BundleError: it is damaged, not one of ours, of a stranger, or older than what became good here already.
        RinglightError: the record of serials is damaged or cannot be written.
    """
    bundle, trust = Bundle.read(path), config.trust
    accept(
        bundle,
        TrustFolder(trust.folder),
        SerialRecord(trust.serial_file),
        allow_unsigned=trust.allow_unsigned,
        allow_older=allow_older,
        clock=clock,
    )
    return bundle.manifest.model_id


def load_slot(path: Path, config: Config) -> Loaded:
    """Reads a slot's bundle, asks whose it is, and loads it. Its serial was asked when it was flashed: a return to
    the old model needs nobody's leave.

    Raises:
        BundleError: the bundle is damaged, not one of ours, or signed by nobody who is trusted.
        ProviderError: no provider runs, or not the one that is required.
    """
    bundle = Bundle.read(path)
    key_id, warning = verify(bundle, TrustFolder(config.trust.folder), allow_unsigned=config.trust.allow_unsigned)
    acceptance = Acceptance(bundle, SerialRecord(config.trust.serial_file), key_id, warning)
    return Loaded(Model.of(bundle, config.model), acceptance)
