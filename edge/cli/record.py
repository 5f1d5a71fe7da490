"""`ringlight record`: good parts from the line's camera into a data set."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.cli.options import count_of_parts

if TYPE_CHECKING:
    import threading

    from edge.cli.counting import Counting
    from edge.ledger import Counts
    from edge.recording.pictures import PictureSet
    from edge.recording.recorder import Recorder


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the box's configuration")
    parser.add_argument("--out", type=Path, required=True, metavar="DATASET", help="the data set's folder; it may grow")
    parser.add_argument("--parts", type=count_of_parts, metavar="N", help="stop after N pictures")
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after this long")
    parser.add_argument(
        "--virtual",
        type=Path,
        metavar="PICTURES",
        help="no box: carry the pictures of this folder past the virtual line's camera",
    )


def _run(arguments: argparse.Namespace) -> int:
    import signal
    import threading

    from edge.cli.counting import Counting
    from edge.errors import RinglightError, UsageError
    from edge.recording.pictures import PictureSet

    if (arguments.config is None) == (arguments.virtual is None):
        raise UsageError("name the line to record from: --config FILE, or --virtual PICTURES.")
    if arguments.virtual and arguments.seconds:
        raise UsageError("--seconds is for a real line: the virtual one knows no waiting. Say --parts.")
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with PictureSet(arguments.out).opened() as pictures, Counting("pictures", every=10) as counting:
            record = _virtual if arguments.virtual else _real
            recorder, counts = record(arguments, pictures, counting, stop)
            counting.say(f"{recorder.kept} pictures kept, {pictures.count('train/good')} in {arguments.out}/train/good")
            if counts.uninspected:
                counting.say(
                    f"{counts.uninspected} parts went by without a picture: the camera was away, or the disk too slow"
                )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if recorder.error:
        raise RinglightError(recorder.error)
    return 0


def _real(
    arguments: argparse.Namespace, pictures: PictureSet, counting: Counting, stop: threading.Event
) -> tuple[Recorder, Counts]:
    from edge.clock import RealClock
    from edge.config import load_config
    from edge.recording.line import RecordingLine
    from edge.web.recording import RecordingWeb

    config = load_config(arguments.config)
    line = (RecordingWeb if config.web.enabled else RecordingLine)(
        config,
        pictures,
        RealClock(),
        parts=arguments.parts,
        on_kept=lambda kept: counting.count(kept, arguments.parts),
        on_fault=lambda words: print(words, file=sys.stderr, flush=True),
    )
    counting.say("recording good parts; the ejector rests, so take bad ones away by hand. Ctrl-C ends it.")
    return line.recorder, line.run(stop, arguments.seconds)


def _virtual(
    arguments: argparse.Namespace, pictures: PictureSet, counting: Counting, stop: threading.Event
) -> tuple[Recorder, Counts]:
    from edge.virtual.recording import record

    return record(
        arguments.virtual,
        pictures,
        stop,
        parts=arguments.parts,
        on_kept=lambda kept: counting.count(kept, arguments.parts),
    )


command = Command("collect good parts from the line's camera into a data set", _arguments, _run)
