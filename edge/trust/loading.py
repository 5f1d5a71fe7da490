"""The configured model, loaded through the gate."""

from __future__ import annotations

from edge.clock import Clock
from edge.compiling import compile_before_start
from edge.config.models import Config
from edge.model import Model
from edge.trust.gate import Acceptance, admit


def load_trusted(config: Config, clock: Clock, *, allow_older: str = "") -> tuple[Model, Acceptance]:
    """Reads the configured bundle, asks the gate, and only then lets ONNX Runtime see its graph.

    The serial is not remembered yet: call `Acceptance.remember` when the model runs.

    Raises:
        BundleError: the bundle is damaged, not one of ours, or may not run here.
        ProviderError: no provider runs, or not the one that is required.
        SlotError: the provider could not compile it.
        RinglightError: the record of serials is damaged or cannot be written.
    """
    acceptance = admit(config.model.bundle, config.trust, allow_older=allow_older, clock=clock)
    compile_before_start(acceptance.bundle, config.model)
    return Model.of(acceptance.bundle, config.model), acceptance
