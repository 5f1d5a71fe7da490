"""The sections about models that come after the first: where they lie, who may send them, and by which ways."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from edge.config.section import Section


class SlotsConfig(Section):
    """Two slots for models, so that a new one can be flashed while the old one inspects (`docs/flashing.md`)."""

    folder: Path | None = Field(
        default=None,
        description="Folder of the slots; relative to this file. Where it is set, the box inspects with the active "
        "slot's model and `model.bundle` is not read.",
    )
    batch_ms: float = Field(
        default=500.0,
        gt=0,
        description="What scoring one batch of `model.batch` tiles may take. A model that is slower on this box fails "
        "its self-test.",
    )
    good_after: int = Field(
        default=200,
        ge=1,
        description="Parts that a new model inspects, without a cause to return to the old one, until it is good.",
    )
    tries: int = Field(
        default=2, ge=1, le=10, description="Starts of the box that a new model gets to become good; then the old one."
    )
    late_parts: int = Field(
        default=3, ge=1, description="So many parts that end uninspected as late or busy end a new model's trial."
    )
    window: int = Field(
        default=50, ge=10, le=10_000, description="Inspected parts over which the scores of a new model are watched."
    )
    drift_factor: float = Field(
        default=4.0,
        gt=1,
        description="A new model's trial ends if, over the window, it rejects more than this many times the share that "
        "was to be expected (false rejects by its calibration, and `defect_share`), or if its median score lies "
        "further from that of the calibration than this many of its standard deviations.",
    )
    defect_share: float = Field(
        default=0.05, ge=0, lt=1, description="Share of the parts on this line that are really bad, roughly."
    )


class TrustConfig(Section):
    """Whose models the box runs."""

    folder: Path = Field(
        default=Path("/var/lib/ringlight/trust"),
        description="Folder of the public keys that are trusted (`ringlight keys trust`), revoked ones below it.",
    )
    serial_file: Path = Field(
        default=Path("/var/lib/ringlight/serial.json"),
        description="The highest serial that this box has run, so that no older model comes back unasked.",
    )
    allow_unsigned: bool = Field(
        default=False,
        description="Run bundles that nobody signed, or a stranger. They are reported as a warning for as long as "
        "they run. A revoked key and a signature that does not fit are refused all the same.",
    )


class FlashConfig(Section):
    """How models come to the slots, besides `ringlight flash` on the box itself (`docs/flashing.md`)."""

    max_mb: int = Field(
        default=600,
        ge=1,
        le=4096,
        description="Size of the largest bundle that may come over the network or through the inbox, in MiB. All "
        "uploads together take at most twice that, the oldest giving way; they lie below the slots' folder.",
    )
    keep_h: float = Field(
        default=24.0, gt=0, description="An upload that was begun so long ago is removed if it was not installed."
    )
    inbox: Path = Field(
        default=Path("/var/lib/ringlight/inbox"),
        description="Folder from which `ringlight inbox` takes bundles; relative to this file.",
    )
    mqtt: bool = Field(
        default=False,
        description="Whether the MQTT command `flash` may name an address from which the box fetches a bundle. Who may "
        "publish commands at the broker may then flash what a trusted key signed.",
    )
