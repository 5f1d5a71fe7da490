"""`ringlight flash`: a bundle into the box's free slot."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="FILE", help="the bundle, NAME.ringlight")
    parser.add_argument(
        "--to",
        choices=("local",),
        default="local",
        help="where to: local is the box that this command runs on (a box elsewhere cannot be flashed yet)",
    )
    parser.add_argument(
        "--allow-older",
        default="",
        metavar="REASON",
        help="take a model with an older serial than ran here already; the reason is logged and recorded",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli.slots import open_slots
    from edge.clock import RealClock
    from edge.slots.install import install
    from edge.slots.self_test import self_test
    from edge.trust.gate import admit

    config, slots = open_slots(arguments.config)
    clock = RealClock()

    def accept(path: Path) -> str:
        acceptance = admit(path, config.trust, allow_older=arguments.allow_older, clock=clock)
        return acceptance.bundle.manifest.model_id

    def tell(words: str) -> None:
        print(words, flush=True)

    install(
        slots,
        arguments.bundle,
        accept=accept,
        prove=lambda path: self_test(path, config.model, config.slots.batch_ms, clock, say=tell),
        say=tell,
    )
    print("the box changes over between two parts, or at its next start: ringlight slots list")
    return 0


command = Command("put a model into the box's free slot, examined before it may inspect", _arguments, _run)
