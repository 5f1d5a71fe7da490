"""`ringlight pull`: pictures from a box back to the desk."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command
from edge.cli.options import token_option
from edge.errors import UsageError


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="box", required=True, metavar="HOST[:PORT]", help="the box, by its HTTP interface"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DATASET", help="the data set's folder; it may grow")
    parser.add_argument("--relabelled", action="store_true", help="parts of which an operator said what they were")
    parser.add_argument("--rejects", action="store_true", help="parts that were rejected, into test/rejected")
    parser.add_argument("--good", type=int, default=0, metavar="N", help="random passed parts, until there are N")
    parser.add_argument("--seed", type=int, default=0, help="draws the random parts (default: 0)")
    token_option(parser)


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli.counting import Counting
    from edge.clock import RealClock
    from edge.recording.pictures import PictureSet
    from edge.remote.address import Address
    from edge.remote.box import RemoteBox
    from edge.remote.pull import Pull, Wanted
    from edge.token import read_token

    wanted = Wanted(arguments.rejects, arguments.good, arguments.relabelled, arguments.seed)
    if not (wanted.rejects or wanted.relabelled or wanted.good > 0):
        raise UsageError("say what to fetch: --relabelled, --rejects, --good N, or several of them.")
    address, token = Address.parse(arguments.box), read_token(arguments.token_file.expanduser())
    with PictureSet(arguments.out).opened() as pictures, Counting("parts", every=50) as counting:
        box = RemoteBox(address, token, RealClock(), say=counting.say)
        found = Pull(box, pictures, wanted, say=counting.say, progress=counting.count).run()
        gone = found.pop("gone", 0)
        for folder, count in sorted(found.items()):
            counting.say(f"{count:>6} {arguments.out}/{folder}")
        if not found:
            counting.say("nothing new")
        lossy = sum(line.get("lossless") is False for line in pictures.known.values())
        if lossy:
            counting.say(
                f'{lossy} of {len(pictures.known)} pictures are JPEG: with picture = "png" under [store] the box keeps '
                "new ones without loss"
            )
        if gone:
            counting.say(f"{gone} pictures gave way on the box before their turn")
    return 0


command = Command("fetch rejects, good parts and relabelled parts from a box into a data set", _arguments, _run)
