"""`ringlight run`: the box at work."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.errors import RinglightError, UsageError

if TYPE_CHECKING:
    from edge.station.station import Station


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")
    parser.add_argument(
        "--allow-older",
        default="",
        metavar="REASON",
        help="go back to a model with an older serial than ran here already; the reason is logged and recorded",
    )
    parser.add_argument("--verbose", action="store_true", help="log every part, not only what needs attention")


def _run(arguments: argparse.Namespace) -> int:
    import logging
    import signal
    import threading

    from edge.box import Box
    from edge.clock import RealClock
    from edge.config import load_config
    from edge.watchdog import DeadMan
    from edge.web.box import WebBox

    level = logging.DEBUG if arguments.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    config = load_config(arguments.config)
    if arguments.allow_older and config.slots.folder:
        raise UsageError(
            "--allow-older does nothing here: this box takes its models from slots. Say it when the older model is "
            'flashed: ringlight flash FILE --to local --allow-older "REASON".'
        )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    kind = WebBox if config.web.enabled else Box
    box: Station = kind(config, allow_older=arguments.allow_older, dead_man=DeadMan(RealClock()))
    log = logging.getLogger("ringlight")
    try:
        box.start()
        log.info("inspecting with %s on %s", box.model.id, box.model.runtime.running)
        if box.page:
            log.info("page: %s", box.page.url)
        crash = box.wait(stop)
    finally:
        box.stop()
    log.info("stopped: %s", box.summary())
    if crash:
        raise RinglightError(f"the line ended by itself: {crash}")
    return 0


command = Command("inspect: camera, model, ejector, MQTT and page", _arguments, _run)
