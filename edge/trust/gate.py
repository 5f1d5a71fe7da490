"""The gate that every bundle passes before its graph is loaded: who signed it, and is it older than what ran already.

Two steps, on purpose. `accept` looks and writes nothing about the serial; `Acceptance.remember` raises the record and
belongs behind the proof that the model works. A new model that fails its self-test then leaves the old one acceptable.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from edge.bundle import Bundle, sha256
from edge.clock import NS_PER_S, Clock, RealClock
from edge.config.models import TrustConfig
from edge.errors import BundleError
from edge.health import Check, Level
from edge.trust.folder import TrustFolder
from edge.trust.serial import Excuse, SerialRecord

_log = logging.getLogger(__name__)
_UNSIGNED_MEND = (
    "Sign it with `ringlight export --key`, or set trust.allow_unsigned if this box shall run what anybody made."
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A bundle that may run here. `key_id` is who signed it; None where the configuration takes it unsigned."""

    bundle: Bundle
    serials: SerialRecord
    key_id: str | None
    warning: str = ""

    def remember(self) -> None:
        """Raises the record to this bundle's serial, durably; call it when the model has proved that it works.

        A serial that nobody signed is not remembered: anybody could write the highest number there is and lock the
        box's own models out.

        Raises:
            RinglightError: the record is damaged or cannot be written.
        """
        if self.key_id is not None:
            self.serials.raise_to(self.bundle.manifest.serial)

    def check(self) -> Check:
        """One line for the doctor, the page and MQTT."""
        serial = self.bundle.manifest.serial
        if self.key_id is None:
            return Check("signature", Level.WARNING, f"{self.warning}; serial {serial}", _UNSIGNED_MEND)
        return Check("signature", Level.OK, f"signed by the trusted key {self.key_id}, serial {serial}")


def admit(path: Path, config: TrustConfig, *, allow_older: str = "", clock: Clock | None = None) -> Acceptance:
    """Reads a bundle and asks the configured trust folder and record whether it may come in; arguments and errors are
    those of `accept`."""
    return accept(
        Bundle.read(path),
        TrustFolder(config.folder),
        SerialRecord(config.serial_file),
        allow_unsigned=config.allow_unsigned,
        allow_older=allow_older,
        clock=clock,
    )


def readmit(path: Path, config: TrustConfig) -> Acceptance:
    """Reads a bundle that came in before, from a slot, and asks only whether its key is trusted still: going back to
    the old slot must work without an operator.

    Raises:
        BundleError: it is damaged by now, or may not run any more.
    """
    bundle = Bundle.read(path)
    key_id, warning = verify(bundle, TrustFolder(config.folder), allow_unsigned=config.allow_unsigned)
    return Acceptance(bundle, SerialRecord(config.serial_file), key_id, warning)


def accept(
    bundle: Bundle,
    trust: TrustFolder,
    serials: SerialRecord,
    *,
    allow_unsigned: bool = False,
    allow_older: str = "",
    clock: Clock | None = None,
) -> Acceptance:
    """Whether a bundle may run on this box: signed by a trusted key, and not older than what ran already.

    Args:
        bundle: what `Bundle.read` gave. trust: the box's keys. serials: its record.
        allow_unsigned: take what nobody signed, or a stranger; a revoked key and a false signature are refused still.
        allow_older: the operator's reason to take an older serial. It is logged and recorded with the bundle, which is
            excused from then on.
        clock: tells the date of an excuse.

    Raises:
        BundleError: it may not; the message names file, member and mend.
        RinglightError: the record is damaged or cannot be written.
    """
    key_id, warning = verify(bundle, trust, allow_unsigned=allow_unsigned)
    _check_serial(bundle, serials, _in_one_line(allow_older), clock or RealClock())
    return Acceptance(bundle, serials, key_id, warning)


def verify(bundle: Bundle, trust: TrustFolder, *, allow_unsigned: bool = False) -> tuple[str | None, str]:
    """Who signed the bundle: the trusted key's id; or None and what is amiss, where `allow_unsigned` lets that pass.

    Raises:
        BundleError: unsigned or by a stranger (unless allowed), by a revoked key, or the signature does not fit.
    """
    signature = bundle.signature
    if signature is None:
        return _unsigned(bundle, "signature: nobody signed it", allow_unsigned)
    key_id = signature.key_id
    if key_id in trust.revoked():
        raise BundleError(f"{bundle.path}: signature: the key {key_id} was revoked. Export it again with a new key.")
    key = trust.trusted().get(key_id)
    if key is None:
        return _unsigned(bundle, f"signature: made with the key {key_id}, which is not trusted here", allow_unsigned)
    if not key.verifies(signature, bundle.signed):
        raise BundleError(
            f"{bundle.path}: signature: is not what the key {key_id} makes over this manifest.json; one of the two was "
            "changed. Export it again."
        )
    return key_id, ""


def _unsigned(bundle: Bundle, what: str, allowed: bool) -> tuple[None, str]:
    if allowed:
        return None, what.removeprefix("signature: ")
    trust = "Trust the key with `ringlight keys trust NAME.pub`. " if bundle.signature else ""
    raise BundleError(f"{bundle.path}: {what}. {trust}{_UNSIGNED_MEND}")


def _in_one_line(text: str) -> str:
    # It may come over the network: with line ends in it, it could write lines of its own into the log.
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _check_serial(bundle: Bundle, serials: SerialRecord, reason: str, clock: Clock) -> None:
    manifest, highest = bundle.manifest, serials.highest()
    if manifest.serial >= highest:
        return
    known = sha256(bundle.signed)
    if any(excuse.manifest == known for excuse in serials.excused()):
        return
    if not reason:
        raise BundleError(
            f"{bundle.path}: manifest.json: serial {manifest.serial} is older than {highest}, which ran here already. "
            'Take a newer export, or say why with --allow-older "REASON".'
        )
    _log.warning(
        "going back from serial %d to %d (%s) because the operator says: %s",
        highest,
        manifest.serial,
        manifest.model_id,
        reason,
    )
    at = datetime.fromtimestamp(clock.wall_ns() / NS_PER_S, timezone.utc).isoformat(timespec="seconds")
    serials.excuse(Excuse(manifest=known, model_id=manifest.model_id, serial=manifest.serial, reason=reason, at=at))
