"""`ringlight demo`, from the first word to the exit code."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import threading
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.virtual.demo.recipe import prepare
from edge.virtual.demo.stage import WATCH_MM_S, Stage
from edge.virtual.demo.summary import failures, summarize
from edge.virtual.faults import load_faults


def play(arguments: argparse.Namespace) -> int:
    """Prepares, runs and sums up. Returns 1 if the ledger does not balance or a part was lost."""
    console = Console(highlight=False)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    faults = load_faults(arguments.faults) if arguments.faults else ()
    arguments.work.mkdir(parents=True, exist_ok=True)
    bundle, cells = prepare(arguments.work, console.print, fresh=arguments.fresh)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stage = Stage(
        bundle,
        cells,
        arguments.work,
        parts=arguments.parts,
        speed_mm_s=arguments.speed or (None if arguments.headless else WATCH_MM_S),
        page=None if arguments.headless else arguments.port,
        faults=faults,
    )
    console.print(
        f"Belt at {stage.speed_mm_s:.0f} mm/s, {len(cells.test_good)} good and {len(cells.test_defective)} defective "
        f"cells that the model has never seen, threshold {stage.box.threshold.value:.4g}"
    )
    stage.start()
    if stage.box.page:
        faults_page = f"{stage.box.page.url.rstrip('/')}/virtual"
        console.print(f"\n  [bold]{stage.box.page.url}[/]\n  {faults_page} orders faults\n\nCtrl-C ends the demo.")
    crash = stage.run(stop)
    summary = summarize(stage.finish())
    said = failures(summary)
    if crash:
        said.append(f"the line ended by itself: {crash}")
    _show(console, summary)
    if arguments.json:
        _write(arguments.json, summary)
    for failure in said:
        console.print(f"[bold red]FAULT[/] {failure}")
    return 1 if said else 0


def _show(console: Console, summary: dict[str, Any]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for key, value in summary.items():
        if isinstance(value, dict):
            value = "  ".join(f"{name} {number}" for name, number in value.items())
        table.add_row(key, str(value))
    console.print(table)


def _write(path: Path, summary: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
