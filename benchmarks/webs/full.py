"""Rolls with more findings than anybody looks at: how long their maps take, and how much memory."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edge.clock import VirtualClock
from edge.config.models import Config
from edge.web.assemble import make_web_line, sizes_of
from edge.web.book import RollBook
from edge.web.cells import Cells
from edge.web.drawing import roll_svg
from edge.web.finding import as_csv, as_json
from edge.web.line import Listeners
from edge.web.roll import Roll, Sizes, WebEvent

FINDINGS = 10_000
STRIPS = 200


def full_map(folder: Path) -> dict[str, Any]:
    """Seconds that the book, the table and the drawing of a roll of 10,000 findings take."""
    shutil.rmtree(folder, ignore_errors=True)
    book, draw = RollBook(folder, VirtualClock(), "bench", published=False), np.random.default_rng(0)
    book.began(_roll_of(1), 203.2)
    for number in range(FINDINGS):
        at, across = float(draw.uniform(0, 10**6)), float(draw.uniform(0, 200))
        book.event(WebEvent(1, number + 1, at, 0.4, across, 0.4, 0.16, 7.5, 3.0, "bench", False))
        if number % 1000 == 999:
            book.flush()
    roll, findings = book.roll(1), book.findings(1)
    assert roll is not None
    assert len(findings) == FINDINGS
    return {
        "findings": FINDINGS,
        "read_s": _seconds(lambda: book.findings(1)),
        "json_s": _seconds(lambda: as_json(roll, findings, "box")),
        "csv_s": _seconds(lambda: as_csv(findings)),
        "svg_s": _seconds(lambda: roll_svg(roll, findings)),
        "svg_kb": len(roll_svg(roll, findings)) // 1024,
    }


def all_defect(config: Config, folder: Path) -> dict[str, Any]:
    """Webs on which every cell is bad, and on which every third one is alone: seconds for a strip, and the memory that
    they need at the most, with a disk that takes nothing."""
    sizes = sizes_of(config, config.web.tile_px)
    shape = sizes.tile_px // sizes.cell_px, sizes.width_px // sizes.cell_px
    speckled = np.zeros(shape, bool)
    speckled[::6, ::6] = True
    found = {}
    for name, hot in (("one_defect", np.ones(shape, bool)), ("speckled", speckled)):
        shutil.rmtree(folder, ignore_errors=True)
        clock = VirtualClock()
        book = RollBook(folder, clock, "bench", published=False)
        line = make_web_line(config, clock, _NoPin(), config.web.tile_px, Listeners(event=book.event))
        line.start(0)
        roll, cells = line.start_roll("bench", 0), Cells(hot, np.where(hot, 2.0, 0.0).astype(np.float32))
        before, began = _peak_mb(), time.perf_counter()
        for number in range(STRIPS):
            _strip(roll, line, cells, sizes.step_px * number, sizes.tile_px, sizes.width_px)
        found[name] = {
            "ms_per_strip": round(1000 * (time.perf_counter() - began) / STRIPS, 1),
            "events": roll.events,
            "memory_mb": round(_peak_mb() - before),
            "lost": book.dropped,
        }
    return found


def _strip(roll: Roll, line: Any, cells: Cells, first: int, rows: int, width: int) -> None:
    roll.frame(first, np.zeros((rows, width, 3), np.uint8))
    while (job := line.next_job(0)) is not None:
        line.scored(job, cells, 1.0, "bench", 0)


class _NoPin:
    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


def _roll_of(number: int) -> Roll:
    return Roll(number, "bench", 0, Sizes(0.05, 256, 224, 8, 4064), join=2, longest=2500, min_cells=1, queue=4)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
