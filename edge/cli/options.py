"""Options that several commands take in the same words."""

from __future__ import annotations

import argparse
from pathlib import Path

_TOKEN = Path("~/.config/ringlight/token")


def token_option(parser: argparse.ArgumentParser, when: str = "") -> None:
    """Adds `--token-file`: what a desk shows to a box. `when` says with which other option, for the help."""
    parser.add_argument(
        "--token-file",
        type=Path,
        default=_TOKEN,
        metavar="FILE",
        help=f"{when}what `ringlight token` printed on the box (default: {_TOKEN})",
    )


def count_of_parts(text: str) -> int:
    """An argument's number of parts, 1 or more.

    Raises:
        argparse.ArgumentTypeError, ValueError: it is no such number.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1 part")
    return number
