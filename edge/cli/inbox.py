"""`ringlight inbox`: takes the bundles that were copied into the box's inbox."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")


def _run(arguments: argparse.Namespace) -> int:
    from edge.bundle import sha256
    from edge.cli.slots import open_slots
    from edge.clock import RealClock
    from edge.disk import RealDisk
    from edge.errors import BundleError
    from edge.intake.inbox import Inbox
    from edge.slots.flash import flash, holds

    config, slots = open_slots(arguments.config)
    clock = RealClock()

    def say(words: str) -> None:
        print(words, flush=True)

    def take(path: Path) -> None:
        if path.stat().st_size > config.flash.max_mb << 20:  # before it is read into memory
            raise BundleError(f"{path}: is larger than the {config.flash.max_mb} MiB that flash.max_mb allows.")
        digest = sha256(path.read_bytes())
        name = holds(slots, digest)
        if name is not None:
            say(f"slot {name.upper()} holds it already")
            return
        flash(config, slots, path, clock=clock, digest=digest, wait=True, say=say)

    return 0 if Inbox(config.flash.inbox, RealDisk(), clock, take, say).run() else 1


command = Command("on the box: take the bundles that were copied into its inbox", _arguments, _run)
