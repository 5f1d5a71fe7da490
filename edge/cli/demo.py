"""`ringlight demo`: the whole product on one machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command
from edge.cli.options import count_of_parts


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parts", type=count_of_parts, metavar="N", help="stop after N parts; without it the belt is endless"
    )
    parser.add_argument("--headless", action="store_true", help="as fast as this machine inspects honestly, no page")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the summary to this file")
    parser.add_argument("--work", type=Path, default=Path("build/demo"), metavar="DIR", help="where data and model go")
    parser.add_argument("--speed", type=float, metavar="MM_S", help="speed of the belt in mm/s")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a schedule of faults (docs/line.md)")
    parser.add_argument("--port", type=int, default=8080, help="port of the page; 0 takes any free one")
    parser.add_argument("--fresh", action="store_true", help="train a new model even if there is one")


def _run(arguments: argparse.Namespace) -> int:
    from edge.virtual.demo.play import play

    return play(arguments)


command = Command("the whole product on this machine: real pictures, a virtual line, the page", _arguments, _run)
