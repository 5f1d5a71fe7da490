"""One way into a slot, whatever way a bundle came to the box: the gate, the copy, the self-test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.bundle import sha256
from edge.clock import Clock
from edge.config.models import Config
from edge.errors import BundleError
from edge.slots.install import install
from edge.slots.self_test import self_test
from edge.slots.slots import Slots
from edge.slots.state import USABLE, Name
from edge.trust.gate import admit


def flash(
    config: Config,
    slots: Slots,
    source: Path,
    *,
    clock: Clock,
    digest: str = "",
    allow_older: str = "",
    wait: bool = False,
    say: Callable[[str], object] = lambda words: None,
) -> Name:
    """Puts a bundle into the slot that does not inspect, where it waits for the box to change over.

    Args:
        digest: the SHA-256 that the file must have; empty takes what lies there.
        allow_older: the operator's reason to take an older serial.
        wait: wait for another flash to end, instead of refusing.
        say: told each step.

    Raises:
        BundleError: the file is not what was announced, not a bundle, or may not come in.
        RinglightError: it failed its self-test, another flash runs, a trial runs, or the disk refuses.
    """
    told: list[str] = []

    def accept(path: Path) -> str:
        if digest and sha256(_read(path)) != digest:
            raise BundleError(f"{path}: is not the file that was announced ({digest[:12]}…). Send it again.")
        acceptance = admit(path, config.trust, allow_older=allow_older, clock=clock)
        if not told:
            told.append(acceptance.check().text)
            say(f"verified: {told[0]}")
        return acceptance.bundle.manifest.model_id

    return install(
        slots,
        source,
        accept=accept,
        prove=lambda path: self_test(path, config.model, config.slots.batch_ms, clock, say=say),
        wait=wait,
        say=say,
    )


def holds(slots: Slots, digest: str) -> Name | None:
    """The slot that inspects, or will at the next change, if it holds the bundle with this SHA-256: to flash that once
    more would change nothing."""
    state, active = slots.state(), slots.active()
    for name in (state.pending, active if state.pending is None else None):
        if name is not None and state[name].sha256 == digest and state[name].status in USABLE and slots.whole(name):
            return name
    return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
