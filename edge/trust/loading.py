"""The configured model, loaded through the gate."""

from __future__ import annotations

from edge.bundle import Bundle
from edge.clock import Clock
from edge.config.models import Config
from edge.model import Model
from edge.trust.folder import TrustFolder
from edge.trust.gate import Acceptance, accept
from edge.trust.serial import SerialRecord


def load_trusted(config: Config, clock: Clock, *, allow_older: str = "") -> tuple[Model, Acceptance]:
    """Reads the configured bundle, asks the gate, and only then lets ONNX Runtime see its graph.

    The serial is not remembered yet: call `Acceptance.remember` when the model runs.

    Raises:
        BundleError: the bundle is damaged, not one of ours, or may not run here.
        ProviderError: no provider runs, or not the one that is required.
        RinglightError: the record of serials is damaged or cannot be written.
    """
    bundle = Bundle.read(config.model.bundle)
    acceptance = accept(
        bundle,
        TrustFolder(config.trust.folder),
        SerialRecord(config.trust.serial_file),
        allow_unsigned=config.trust.allow_unsigned,
        allow_older=allow_older,
        clock=clock,
    )
    return Model.of(bundle, config.model), acceptance
