"""The one command, `ringlight`. A subcommand imports what it needs when it is called.

Subcommands are entry points of the group `ringlight.commands`, so that the box names none of the workstation's rooms:
each is an `edge.cli.command.Command`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

from edge import __version__
from edge.cli.command import Command
from edge.errors import RinglightError, UsageError

_GROUP = "ringlight.commands"
_ORDER = (
    "demo",
    "calibrate",
    "record",
    "pull",
    "dataset",
    "train",
    "export",
    "evaluate",
    "protocol",
    "simulate",
    "keys",
    "token",
    "flash",
    "inbox",
    "slots",
    "run",
    "roll",
    "doctor",
    "budget",
    "config",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `ringlight …`. Returns the exit code: 0 good, 1 the work failed, 2 the call was wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = {point.name: point for point in entry_points(group=_GROUP)}
    if words and words[0] in known:
        return _run(words[0], known[words[0]].load(), words[1:])
    parser = _top(known)
    parser.parse_args(words)
    parser.print_help()
    return 2


def _run(name: str, command: Command, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"ringlight {name}", description=command.help)
    command.add_arguments(parser)
    arguments = parser.parse_args(words)
    try:
        return command.run(arguments)
    except RinglightError as error:
        print(f"ringlight {name}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return 130


def _top(known: dict[str, EntryPoint]) -> argparse.ArgumentParser:
    names = [name for name in _ORDER if name in known] + sorted(set(known) - set(_ORDER))
    lines = [f"  {name:<10} {known[name].load().help}" for name in names]
    parser = argparse.ArgumentParser(
        prog="ringlight",
        usage="ringlight COMMAND [OPTION ...]",
        description="Visual inspection beside the conveyor, and the tools that teach it.",
        epilog="commands:\n" + "\n".join(lines) + "\n\n`ringlight COMMAND --help` explains one of them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ringlight {__version__}")
    parser.add_argument("command", nargs="?", choices=names, metavar="COMMAND", help="what to do")
    return parser
