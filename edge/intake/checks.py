"""What the doctor says of the ways in."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from edge.config.models import Config
from edge.errors import UsageError
from edge.health import Check, Level
from edge.token import read_token

_MAKE = "ringlight token --config FILE makes it, if a desk shall flash this box or fetch pictures."


def look_at_ways_in(config: Config) -> Iterator[Check]:
    """Whether a desk can come in, and only those that may; and what the inbox refused."""
    yield from _token(config)
    if config.slots.folder is None:
        return
    for reason in sorted((config.flash.inbox / "refused").glob("*.txt")):
        text = reason.read_text(encoding="utf-8", errors="replace").strip()
        yield Check("inbox", Level.WARNING, text, f"Mend that and copy it to the inbox again; remove {reason}.")


def _token(config: Config) -> Iterator[Check]:
    file = config.status.token_file
    if not config.status.enabled:
        return
    if not file.exists():
        yield Check("token", Level.INFO, f"{file}: none is there, so nobody can change this box over HTTP", _MAKE)
        return
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        text = f"{file}: others than its owner may read it"
        yield Check("token", Level.WARNING, text, f"chmod 600 {file}, then `ringlight token --renew`.")
    try:
        read_token(file)
    except UsageError as error:
        yield Check("token", Level.WARNING, str(error), "Look at the file; a desk cannot come in meanwhile.")
