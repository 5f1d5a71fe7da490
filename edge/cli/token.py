"""`ringlight token`: the token of the box's HTTP interface."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")
    parser.add_argument("--renew", action="store_true", help="make a new one; who has only the old one is locked out")


def _run(arguments: argparse.Namespace) -> int:
    from edge.config import load_config
    from edge.token import make_token, read_token

    file = load_config(arguments.config).status.token_file
    made = arguments.renew or not file.exists()
    token = make_token(file) if made else read_token(file)
    # Only the token on the standard output: `ssh BOX ringlight token … > box.token` is how it comes to the desk.
    print(token)
    if made:
        print(f"made {file}; keep a copy on the desk, for `ringlight flash --to BOX --token-file`", file=sys.stderr)
    return 0


command = Command("on the box: print the token that lets a desk flash it, made the first time", _arguments, _run)
