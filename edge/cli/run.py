"""`ringlight run`: the box at work."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.errors import RinglightError, UsageError

if TYPE_CHECKING:
    import threading

    from edge.config import Config


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
    from edge.config import load_config

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
    if config.web.enabled:
        return _run_web(config, arguments.allow_older, stop)
    box = Box(config, allow_older=arguments.allow_older)
    log = logging.getLogger("ringlight")
    try:
        box.start()
        log.info("inspecting with %s on %s", box.model.id, box.model.runtime.running)
        if box.page:
            log.info("page: %s", box.page.url)
        crash = box.wait(stop)
    finally:
        box.stop()
    counts = box.line.counts()
    log.info(
        "stopped: %d triggered, %d passed, %d rejected, %d uninspected",
        counts.triggered,
        counts.passed,
        counts.rejected,
        counts.uninspected,
    )
    if crash:
        raise RinglightError(f"the line ended by itself: {crash}")
    return 0


def _run_web(config: Config, allow_older: str, stop: threading.Event) -> int:
    import logging

    from edge.web.box import WebBox

    box = WebBox(config, allow_older=allow_older)
    log = logging.getLogger("ringlight")
    try:
        box.start()
        log.info("inspecting a web with %s on %s", box.model.id, box.model.runtime.running)
        if box.page:
            log.info("roll maps: %srolls", box.page.url)
        crash = box.wait(stop)
    finally:
        box.stop()
    if crash:
        raise RinglightError(f"the line ended by itself: {crash}")
    return 0


command = Command("inspect: camera, model, ejector, MQTT and page", _arguments, _run)
