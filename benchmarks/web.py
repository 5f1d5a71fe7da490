"""A membrane web on the virtual line: how fast two cores inspect it, and what is found.

    python benchmarks/web.py [--pitch 0.05] [--metres 2] [--per-metre 20] [--threads 1]
        [--precision int8] [--work DIR] [--json OUT]

The web of the paper that this product grew from: 8 inches wide, 10 feet a minute, pinholes of 150 µm. A model is
trained on tiles of good web from another seed and exported; then the whole path is timed, from frames as the camera
hands them over to the roll map on disk: stitching, cutting, scoring, events, pictures, marks, book. Rendering the web
is not part of it. The frames show the web strip by strip, as an area camera with a reduced field does, a quarter of
each shared with the one before. A second, equally long web without a hole tells the false events.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.clock import NS_PER_S, VirtualClock
from edge.config.models import Config
from edge.model import Model
from edge.parts import Frame
from edge.tiles import Geometry, places
from edge.virtual.membrane import PINHOLE_MM, SPEED_MM_S, WIDTH_MM, Membrane
from edge.virtual.web_rig import configure_web
from edge.web.assemble import make_web_line, web_scoring
from edge.web.book import RollBook
from edge.web.finding import Finding
from edge.web.line import Listeners
from edge.web.roll import Roll

TILE = 256
FRAME_ROWS = 512
SHARED = 0.25
TILES = 1000
NEAR_MM = 1.5


class NoPin:
    """A marker that nobody wired."""

    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


@dataclass
class Ridden:
    """A web that went by: what was found, the seconds that it took (by the wall, and of all cores), and its account."""

    findings: list[Finding]
    seconds: float
    cpu_seconds: float
    tiles: int
    metres: float
    account: dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pitch", type=float, default=0.05, help="mm of web a pixel")
    parser.add_argument("--metres", type=float, default=2.0)
    parser.add_argument("--per-metre", type=float, default=20.0, help="pinholes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("fp32", "int8"), default="int8")
    parser.add_argument("--false-per-10000", type=float, default=1.0, help="good tiles that may exceed the threshold")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("build/web"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    bundle = teach(arguments.work, arguments.pitch, arguments.seed, arguments.precision)
    length = arguments.metres * 1000
    holed = Membrane.with_pinholes(length, arguments.per_metre, seed=arguments.seed, mm_per_px=arguments.pitch)
    whole = Membrane([], mm_per_px=arguments.pitch, seed=arguments.seed + 50)
    config = configure_web(
        holed,
        FRAME_ROWS,
        tile_px=TILE,
        model={"bundle": bundle, "threads": arguments.threads},
        verdict={"false_rejects_per_10000": arguments.false_per_10000},
        belt={"encoder_pin": None},
        web={"mark_uninspected": True},
    )
    model = Model.load(config.model)
    ridden = ride(holed, config, model, length, arguments.work / "holed")
    clean = ride(whole, config, model, length, arguments.work / "whole")
    result = judge(holed, ridden, clean) | {
        "pitch_mm": arguments.pitch,
        "threads": arguments.threads,
        "precision": arguments.precision,
        "tiles_per_second": round(ridden.tiles / ridden.seconds, 1),
    }
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if result["times_line_speed"] >= 1 and ridden.account["balanced"] else 1


def teach(work: Path, pitch: float, seed: int, precision: str) -> Path:
    """A bundle that was trained on tiles of good web, kept for the next time."""
    folder = work / f"{pitch:g}-{seed}"
    bundle, dataset, run = folder / f"membrane-{precision}.ringlight", folder / "tiles", folder / "run"
    if not (run / "run.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (dataset / "train" / "good").mkdir(parents=True)
        web, draw = Membrane([], mm_per_px=pitch, seed=seed + 100), np.random.default_rng(seed)
        for number in range(TILES):
            rows = web.frame(int(draw.integers(0, 10**6)), TILE)
            left = int(draw.integers(0, web.width_px - TILE + 1))
            cv2.imwrite(str(dataset / f"train/good/{number:04}.png"), rows[:, left : left + TILE, 0])
        words = ["train", str(dataset), "--method", "padim", "--alignment", "near", "--held-out", "0.4"]
        ringlight(*words, "--size", str(TILE), "--out", str(run))
    if not bundle.exists():
        ringlight("export", str(run), "--out", str(bundle), "--precision", precision)
    return bundle


def ringlight(*words: str) -> None:
    """The product's own command, in a process of its own."""
    subprocess.run([sys.executable, "-m", "edge.cli", *words], check=True)


def ride(web: Membrane, config: Config, model: Model, length_mm: float, folder: Path) -> Ridden:
    """Carries a web past the box. Only what the box does is timed."""
    shutil.rmtree(folder, ignore_errors=True)
    clock, ended = VirtualClock(), list[Roll]()
    book = RollBook(folder, clock, "bench", published=False)
    width = web.width_px * web.mm_per_px

    def roll_news(roll: Roll) -> None:
        if roll.complete:
            ended.append(roll)
            book.ended(roll)
        else:
            book.began(roll, width)

    listeners = Listeners(book.event, lambda stretch: book.stretch(stretch, width), roll_news)
    line = make_web_line(config, clock, NoPin(), TILE, listeners)
    scoring = web_scoring(config, model, model.threshold(config.verdict).value)
    period = round(FRAME_ROWS * (1 - SHARED) * web.mm_per_px / SPEED_MM_S * NS_PER_S)
    line.start_roll("bench", 0)
    shared = config.web.overlap_px
    across = len(places((TILE, web.width_px), Geometry(TILE, TILE, "grid", TILE, shared)))
    tiles = 0
    worked, busy, over = 0.0, 0.0, round((length_mm + 2 * FRAME_ROWS * web.mm_per_px) / SPEED_MM_S * NS_PER_S)
    while clock.now_ns() < over or not ended:
        now = clock.now_ns()
        first = round(now / NS_PER_S * SPEED_MM_S / web.mm_per_px - FRAME_ROWS / 2)
        frame = Frame(web.frame(first, FRAME_ROWS), now)
        began, used = time.perf_counter(), time.process_time()
        line.frame(frame, now)
        if now * SPEED_MM_S / NS_PER_S >= length_mm:
            line.end_roll(now)
        line.poll(now)
        while (job := line.next_job(now)) is not None:
            tiles += across
            line.scored(job, scoring.look(job.strip.image), scoring.threshold, scoring.model_id, now)
        book.flush()
        worked, busy = worked + time.perf_counter() - began, busy + time.process_time() - used
        clock.advance(period)
    lengths = ended[0].lengths()
    return Ridden(book.findings(1), worked, busy, tiles, lengths.travelled * web.mm_per_px / 1000, lengths.to_dict())


def judge(web: Membrane, ridden: Ridden, clean: Ridden) -> dict[str, Any]:
    """What was found held against the truth."""
    defects = [finding for finding in ridden.findings if finding.kind == "defect"]
    holes = [hole for hole in web.defects if hole.box.at < ridden.metres * 1000 - NEAR_MM]
    found = [any(_near(finding, hole.box.at, hole.box.across) for finding in defects) for hole in holes]
    false = [one for one in defects if not any(_near(one, hole.box.at, hole.box.across) for hole in web.defects)]
    seconds, metres = ridden.seconds + clean.seconds, ridden.metres + clean.metres
    return {
        "width_mm": WIDTH_MM,
        "pinhole_mm": PINHOLE_MM,
        "line_mm_s": round(SPEED_MM_S, 2),
        "metres": round(metres, 3),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(ridden.cpu_seconds + clean.cpu_seconds, 2),
        "mm_s": round(1000 * metres / seconds, 1),
        "times_line_speed": round(1000 * metres / seconds / SPEED_MM_S, 2),
        "pinholes": len(holes),
        "recall": round(sum(found) / max(1, len(found)), 4),
        "false_events_per_m": round(len(false) / ridden.metres, 3),
        "false_events_per_m_of_good_web": round(sum(f.kind == "defect" for f in clean.findings) / clean.metres, 3),
        "account": ridden.account,
    }


def _near(finding: Finding, at_mm: float, across_mm: float) -> bool:
    along = finding.at_m * 1000 - NEAR_MM <= at_mm <= finding.at_m * 1000 + finding.length_mm + NEAR_MM
    return along and finding.across_mm - NEAR_MM <= across_mm <= finding.across_mm + finding.width_mm + NEAR_MM


if __name__ == "__main__":
    sys.exit(main())
