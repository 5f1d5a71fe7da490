"""`ringlight budget`: how fast the belt may run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command

if TYPE_CHECKING:
    from edge.config import Config


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError("a number above 0")
    return number


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")
    parser.add_argument("--speed", type=_positive, metavar="MM_S", help="speed of the belt; else belt.speed_mm_s")
    parser.add_argument(
        "--p99-ms", type=_positive, metavar="MS", help="from picture to verdict; without it the model is timed here"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")


def _run(arguments: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from edge.budget import make_budget
    from edge.config import load_config
    from edge.health import Level

    config = load_config(arguments.config)
    p99_ms = arguments.p99_ms or time_model(config)[1]
    budget = make_budget(config, p99_ms, arguments.speed)
    check = budget.check()
    print(f"belt travel from picture to decision   {budget.travel_mm:8.1f} mm")
    print(f"  at {budget.speed_mm_s:g} mm/s leaves for scoring{'':6} {budget.available_ms:8.1f} ms")
    print(f"scoring, p99{'':26} {budget.p99_ms:8.1f} ms")
    print(f"slack at p99{'':26} {budget.slack_ms:8.1f} ms")
    print(f"the belt may run at{'':19} {budget.most_mm_s:8.1f} mm/s")
    if check.level is not Level.OK:
        print(f"{check.level.name}: {check.mend}")
    if arguments.json:
        more = {name: getattr(budget, name) for name in ("available_ms", "slack_ms", "most_mm_s")}
        arguments.json.write_text(json.dumps({**asdict(budget), **more}, indent=2) + "\n", encoding="utf-8")
    return 1 if check.level is Level.FAULT else 0


def time_model(config: Config) -> tuple[float, float]:
    """p50 and p99 (ms) of the configured model on noise, on this machine as it is busy now.

    Raises:
        RinglightError: the model cannot be loaded.
    """
    import numpy as np

    from edge.budget import measure_ms
    from edge.clock import RealClock
    from edge.slots import Slots
    from edge.slots.loading import load_slot
    from edge.trust.loading import load_trusted

    clock, part = RealClock(), config.part
    if config.slots.folder is None:
        model = load_trusted(config, clock)[0]
    else:
        model = load_slot(Slots(config.slots.folder).active_bundle(), config).model
    height = part.h_px or config.camera.height_px - part.y_px
    width = part.w_px or config.camera.width_px - part.x_px
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return measure_ms(lambda: model.look(noise), clock.now_ns)


command = Command("how fast the belt may run, and how much time is left at that speed", _arguments, _run)
