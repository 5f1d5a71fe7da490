"""The box's flasher, made from its configuration."""

from __future__ import annotations

import functools

from edge.clock import Clock
from edge.config.models import Config
from edge.intake.flasher import Flasher
from edge.intake.uploads import Limits, Uploads
from edge.slots.flash import flash
from edge.slots.keeper import Keeper

_MIB = 1 << 20
_S_PER_H = 3600


def make_flasher(config: Config, clock: Clock, keeper: Keeper | None) -> Flasher | None:
    """Takes uploads below the slots' folder, and flashes as `ringlight flash --to local` does; None without slots."""
    if keeper is None:
        return None
    settings, slots = config.flash, keeper.slots
    limits = Limits(
        largest=settings.max_mb * _MIB,
        altogether=2 * settings.max_mb * _MIB,
        spare=config.store.min_free_mb * 1_000_000,
        keep_s=settings.keep_h * _S_PER_H,
    )
    uploads = Uploads(slots.folder / "uploads", slots.disk, clock, limits)
    return Flasher(uploads, slots, clock, functools.partial(flash, config, slots, clock=clock), keeper.inspected)
