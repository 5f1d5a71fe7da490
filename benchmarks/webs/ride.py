"""A web that goes past the whole path, from frames as the camera hands them over to the roll map on disk: stitching,
cutting, scoring, events, pictures, marks, book. Rendering the web is not part of it."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge.clock import NS_PER_S, VirtualClock
from edge.config.models import Config
from edge.conveyor import EncoderBelt
from edge.model import Model
from edge.parts import Frame
from edge.virtual.membrane import SPEED_MM_S, Membrane
from edge.web.assemble import make_web_line, web_scoring
from edge.web.book import RollBook
from edge.web.finding import Finding
from edge.web.line import Listeners
from edge.web.roll import Roll

FRAME_ROWS = 512
SHARED = 0.25
_RIPPLE_S = 0.7


class NoPin:
    """A marker that nobody wired."""

    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


@dataclass
class Ridden:
    """A web that went by: what was found, the seconds of each stage (by the wall, and of all cores), its account."""

    findings: list[Finding]
    seconds: dict[str, float]
    cpu_seconds: dict[str, float]
    tiles: int
    metres: float
    account: dict[str, Any]

    @property
    def defects(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == "defect"]


class Stopwatch:
    """Seconds of each stage, by the wall and of all cores."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began, used = time.perf_counter(), time.process_time()
        yield
        self.wall[name] += time.perf_counter() - began
        self.cpu[name] += time.process_time() - used


def travel_mm(at_ns: Any, ripple: float) -> Any:
    """How far the web has come at an instant (or at many), at a speed that goes up and down by the share `ripple`."""
    seconds = at_ns / NS_PER_S
    return SPEED_MM_S * (seconds + ripple * _RIPPLE_S / (2 * np.pi) * (1 - np.cos(2 * np.pi * seconds / _RIPPLE_S)))


def ride(web: Membrane, config: Config, model: Model, length_mm: float, folder: Path, ripple: float = 0.0) -> Ridden:
    """Carries a web past the box, by an encoder where `config` has one. Only what the box does is timed."""
    shutil.rmtree(folder, ignore_errors=True)
    clock, ended, watch = VirtualClock(), list[Roll](), Stopwatch()
    book, width = RollBook(folder, clock, "bench", published=False), web.width_px * web.mm_per_px

    def roll_news(roll: Roll) -> None:
        if roll.complete:
            ended.append(roll)
            book.ended(roll)
        else:
            book.began(roll, width)

    listeners = Listeners(book.event, lambda stretch: book.stretch(stretch, width), roll_news)
    line = make_web_line(config, clock, NoPin(), model.bundle.manifest.geometry.input_w, listeners)
    scoring = web_scoring(config, model, model.threshold(config.verdict).value)
    period = round(FRAME_ROWS * (1 - SHARED) * web.mm_per_px / SPEED_MM_S * NS_PER_S)
    line.start(0)
    line.start_roll("bench", 0)
    tiles, passed = 0, 0
    while not ended:
        now = clock.now_ns()
        if isinstance(line.conveyor, EncoderBelt):
            _pulses(line.conveyor, config.belt.mm_per_tick, passed, now, ripple)
        passed = now
        first = round(travel_mm(now, ripple) / web.mm_per_px - FRAME_ROWS / 2)
        frame = Frame(web.frame(first, FRAME_ROWS), now)
        with watch.stage("frames and stitching"):
            line.frame(frame, now)
            if travel_mm(now, ripple) >= length_mm and line.open:
                line.end_roll(now)
            line.poll(now)
        while (job := line.next_job(now)) is not None:
            with watch.stage("scoring"):
                cells = scoring.look(job.strip.image)
            tiles += len(cells.scores)
            with watch.stage("events"):
                line.scored(job, cells, scoring.threshold, scoring.model_id, now)
        with watch.stage("book"):
            book.flush()
        clock.advance(period)
    lengths = ended[0].lengths()
    metres = lengths.travelled * web.mm_per_px / 1000
    return Ridden(book.findings(1), watch.wall, watch.cpu, tiles, metres, lengths.to_dict())


def _pulses(belt: EncoderBelt, mm_per_tick: float, since_ns: int, until_ns: int, ripple: float) -> None:
    """The encoder's pulses between two instants, each at its own."""
    at = np.arange(since_ns, until_ns + 1, NS_PER_S // 20_000)
    counts = np.floor(travel_mm(at, ripple) / mm_per_tick)
    for instant in at[1:][np.diff(counts) > 0]:
        belt.tick(int(instant))
