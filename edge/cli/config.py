"""`ringlight config`: check a file, or print what may stand in one."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command
from edge.errors import UsageError


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("check", "schema", "reference"),
        help="check a file; print the JSON Schema; print the reference page as Markdown",
    )
    parser.add_argument("file", type=Path, nargs="?", help="the file to check")


def _run(arguments: argparse.Namespace) -> int:
    import json

    from edge.config import Config, load_config
    from edge.config.reference import reference

    if arguments.action == "schema":
        print(json.dumps(Config.model_json_schema(), indent=2))
    elif arguments.action == "reference":
        print(reference(), end="")
    elif arguments.file is None:
        raise UsageError("name the file: ringlight config check FILE")
    else:
        load_config(arguments.file)
        print(f"{arguments.file}: good")
    return 0


command = Command("check a configuration file, or print its schema", _arguments, _run)
