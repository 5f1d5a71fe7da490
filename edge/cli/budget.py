"""`ringlight budget`: how fast the belt may run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command

if TYPE_CHECKING:
    from edge.budget import Budget
    from edge.config import Config
    from edge.model import Model
    from edge.web.budget import WebBudget

Line = tuple[str, float, str]


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

    from edge.config import load_config
    from edge.health import Level

    config = load_config(arguments.config)
    budget, lines = (_of_web if config.web.enabled else _of_parts)(config, arguments)
    check = budget.check()
    for words, value, unit in lines:
        print(f"{words:<38} {value:8.1f} {unit}")
    if check.level is not Level.OK:
        print(f"{check.level.name}: {check.mend}")
    if arguments.json:
        more = {name: getattr(budget, name) for name in ("available_ms", "slack_ms", "most_mm_s")}
        arguments.json.write_text(json.dumps({**asdict(budget), **more}, indent=2) + "\n", encoding="utf-8")
    return 1 if check.level is Level.FAULT else 0


def _of_parts(config: Config, arguments: argparse.Namespace) -> tuple[Budget, list[Line]]:
    from edge.budget import make_budget

    p99_ms = arguments.p99_ms or time_model(config)[1]
    budget = make_budget(config, p99_ms, arguments.speed)
    return budget, [
        ("belt travel from picture to gate", budget.travel_mm, "mm"),
        (f"  at {budget.speed_mm_s:g} mm/s leaves for a verdict", budget.available_ms, "ms"),
        ("picture to verdict, p99", budget.p99_ms, "ms"),
        ("slack at p99", budget.slack_ms, "ms"),
        ("the time allows", budget.by_time_mm_s, "mm/s"),
        ("the camera allows", budget.by_camera_mm_s, "mm/s"),
        ("the belt may run at", budget.most_mm_s, "mm/s"),
    ]


def _of_web(config: Config, arguments: argparse.Namespace) -> tuple[WebBudget, list[Line]]:
    from edge.budget import measure_ms
    from edge.clock import RealClock
    from edge.web.advice import strip_look
    from edge.web.budget import make_web_budget

    model = load_model(config)
    p99_ms = arguments.p99_ms
    times = (p99_ms, p99_ms) if p99_ms else measure_ms(strip_look(config, model), RealClock().now_ns)
    budget = make_web_budget(config, model.bundle.manifest.geometry.input_w, times, arguments.speed)
    lines = [
        ("new length in a strip", budget.strip_mm, "mm"),
        (f"  at {budget.speed_mm_s:g} mm/s leaves for scoring it", budget.available_ms, "ms"),
        ("scoring a strip, p99", budget.p99_ms, "ms"),
        ("slack at p99", budget.slack_ms, "ms"),
        ("the model allows", budget.by_model_mm_s, "mm/s"),
        ("the camera allows", budget.by_camera_mm_s, "mm/s"),
    ]
    if budget.marker_mm is not None:
        lines.append(("the marker allows", budget.by_marker_mm_s, "mm/s"))
    return budget, [*lines, ("the web may run at", budget.most_mm_s, "mm/s")]


def load_model(config: Config) -> Model:
    """The model that a box with this configuration would inspect with.

    Raises:
        RinglightError: it cannot be loaded.
    """
    from edge.clock import RealClock
    from edge.slots import Slots
    from edge.slots.loading import load_slot
    from edge.trust.loading import load_trusted

    if config.slots.folder is None:
        return load_trusted(config, RealClock())[0]
    return load_slot(Slots(config.slots.folder).active_bundle(), config).model


def time_model(config: Config) -> tuple[float, float]:
    """p50 and p99 (ms) from picture to verdict, as far as can be known of a line that stands: the configured model on
    noise, on this machine as it is busy now, and a frame's time until the camera has handed it over.

    Raises:
        RinglightError: the model cannot be loaded.
    """
    import numpy as np

    from edge.budget import measure_ms
    from edge.clock import RealClock

    model, part = load_model(config), config.part
    height = part.h_px or config.camera.height_px - part.y_px
    width = part.w_px or config.camera.width_px - part.x_px
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    frame_ms = 1000 / config.camera.fps
    p50_ms, p99_ms = measure_ms(lambda: model.look(noise), RealClock().now_ns)
    return frame_ms + p50_ms, frame_ms + p99_ms


command = Command("how fast the belt may run, and how much time is left at that speed", _arguments, _run)
