"""The model that inspects now, and the ways by which another takes its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.calibration import Threshold
from edge.clock import Clock
from edge.config.models import Config
from edge.health import Check, Level
from edge.intake.assemble import make_flasher
from edge.intake.command import flash_state
from edge.model import Model
from edge.parts import Record
from edge.slots.keeper import Keeper
from edge.slots.loading import Loaded, threshold_by_hand
from edge.slots.slots import Slots
from edge.trust.loading import load_trusted


class Models:
    """Loads the configured model, or that of the active slot, and says of it what is to be said.

    Args:
        swap: has the line change to another model; returns when it inspects with it.
        allow_older: why the operator goes back to an older model; empty where nobody does.
        offer: whether the line can take a flashed model now, see `Keeper`.

    `model` inspects with `threshold`; `flasher` is None where the box has no slots, `flash` what `state` says of the
    last flash.

    Raises:
        RinglightError: no model can be loaded.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        swap: Callable[[Loaded], object],
        allow_older: str = "",
        offer: Callable[[Loaded | None], str] = lambda loaded: "",
    ) -> None:
        self._config = config
        slots = config.slots
        self._keeper: Keeper | None = None
        self._accepted: Loaded | None = None
        if slots.folder is None:
            loaded = self._accepted = Loaded(*load_trusted(config, clock, allow_older=allow_older))
        else:
            self._keeper = Keeper(Slots(slots.folder, tries=slots.tries), config, clock, swap, offer=offer)
            loaded = self._keeper.open()
        self.model, self.threshold, self._checks = loaded.model, self.threshold_of(loaded.model), loaded.checks()
        self.flasher = make_flasher(config, clock, self._keeper)
        self.flash: dict[str, Any] | None = None

    @property
    def have_slots(self) -> bool:
        return self._keeper is not None

    def threshold_of(self, model: Model) -> Threshold:
        """The threshold in raw scores with which a model inspects here."""
        return model.threshold(self._config.verdict)

    def accept(self) -> None:
        """The box has started with this model: its serial is remembered. The keeper of slots does so by itself."""
        if self._accepted is not None:
            self._accepted.acceptance.remember()

    def adopt(self, loaded: Loaded, checks: list[Check]) -> None:
        """Another model inspects from now on; `checks` are those of `loaded`."""
        self.model, self.threshold, self._checks = loaded.model, self.threshold_of(loaded.model), checks

    def seen(self, record: Record) -> None:
        """A part's account was closed."""
        if self._keeper is not None:
            self._keeper.seen(record)

    def scored(self, model_id: str, scores: NDArray[np.float32] | None, threshold: float) -> None:
        """A strip of web was scored: its tiles' scores [N], None where the model could not."""
        if self._keeper is not None:
            self._keeper.scored(model_id, scores, threshold)

    def late(self, model_id: str) -> None:
        """A length of web was given up because the model was busy."""
        if self._keeper is not None:
            self._keeper.late(model_id)

    def poll(self) -> None:
        """Takes over what was flashed, ends trials, tidies uploads. Waits for disks."""
        if self._keeper is None:
            return
        self._keeper.poll()
        if self.flasher is not None:
            self.flasher.tidy()
            # Asked here and not where it is published: this thread may wait for a disk.
            self.flash = flash_state(self.flasher)

    def stop(self) -> None:
        """Ends what the flasher does."""
        if self.flasher is not None:
            self.flasher.stop()

    def checks(self) -> list[Check]:
        """The model, whose it is, its slot and its threshold."""
        found = list(self._checks)
        if self._keeper is not None:
            found += [self._keeper.check(), *threshold_by_hand(self._config)]
        if self.threshold.warning:
            found.append(Check("threshold", Level.WARNING, self.threshold.warning))
        return found
