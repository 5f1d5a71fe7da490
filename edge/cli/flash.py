"""`ringlight flash`: a bundle into a box's free slot, on the box itself or from a desk."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge.cli.command import Command
from edge.cli.options import token_option
from edge.errors import UsageError


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="FILE", help="the bundle, NAME.ringlight")
    parser.add_argument(
        "--to",
        default="local",
        metavar="HOST[:PORT]",
        help="the box, over its HTTP interface (port 8080 where none is named); local (the default) is the box that "
        "this command runs on",
    )
    parser.add_argument(
        "--allow-older",
        default="",
        metavar="REASON",
        help="take a model with an older serial than ran here already; the reason is logged and recorded",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="with --to local: the box's configuration")
    token_option(parser, "with --to HOST: ")
    parser.add_argument(
        "--until",
        choices=("waiting", "trial", "good"),
        default="good",
        help="with --to HOST: what to wait for (default: good). To stop waiting stops nothing on the box",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="with --to HOST: writes the box's last answer")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.to == "local":
        return _local(arguments)
    return _remote(arguments)


def _local(arguments: argparse.Namespace) -> int:
    if arguments.config is None:
        raise UsageError("--config is missing: name the box's configuration, or a box with --to HOST.")
    from edge.cli.slots import open_slots
    from edge.clock import RealClock
    from edge.slots.flash import flash

    config, slots = open_slots(arguments.config)
    flash(config, slots, arguments.bundle, clock=RealClock(), allow_older=arguments.allow_older, say=_say)
    print("the box changes over between two parts or rolls, or at its next start: ringlight slots list")
    return 0


def _remote(arguments: argparse.Namespace) -> int:
    from edge.bundle import Bundle
    from edge.clock import RealClock
    from edge.remote.address import Address
    from edge.remote.box import RemoteBox
    from edge.remote.flash import RemoteFlash
    from edge.remote.talk import Talk
    from edge.token import read_token

    if arguments.config is not None:
        raise UsageError("--config is for --to local: a box elsewhere has its own.")
    address, token = Address.parse(arguments.to), read_token(arguments.token_file.expanduser())
    Bundle.read(arguments.bundle)  # what is damaged here is not worth the way
    with Talk() as talk:
        outcome = RemoteFlash(
            RemoteBox(address, token, RealClock(), say=talk.say),
            arguments.bundle.read_bytes(),
            allow_older=arguments.allow_older,
            until=arguments.until,
            say=talk.say,
            progress=talk.progress,
        ).run()
    if arguments.json:
        _write(arguments.json, outcome.answer)
    return outcome.code


def _say(words: str) -> None:
    print(words, flush=True)


def _write(path: Path, answer: dict[str, Any]) -> None:
    import json

    try:
        path.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}). Name another file with --json.") from error


command = Command("put a model into a box's free slot, examined before it may inspect", _arguments, _run)
