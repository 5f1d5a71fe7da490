"""A membrane web on the virtual line: how fast two cores inspect it, what is found, and how exactly.

    python benchmarks/web.py [--pitch 0.05] [--metres 1.5] [--good-metres 5] [--threads 2] [--precision int8]
        [--false-per-10000 0.5] [--what speed,holes,good,kinds,drift,wander,ripple,map] [--work DIR] [--json OUT]

The web of the paper that this product grew from: 8 inches wide, 10 feet a minute, pinholes of 150 µm. A model is
trained on tiles of good web from another seed and exported; then webs go past the whole path, from frames as the camera
hands them over to the roll map on disk (`webs/ride.py`). The frames show the web strip by strip, as an area camera with
a reduced field does, a quarter of each shared with the one before.

speed   good web, each stage timed.
holes   20 pinholes a metre: recall, exactness of size and place, false events (`webs/truth.py`).
good    false events a metre of good web, of several seeds that the model has not seen.
kinds   streaks, wrinkles, specks, edge cracks, thin coating, a splice, pinholes of several sizes.
drift   the same under light that goes up and down by 5 %; wander: on a web that runs 3 mm to either side;
ripple: at a speed that goes up and down by 10 %.
map     page, table and drawing of a roll of 10,000 findings, and a web that is one defect (`webs/full.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from webs.full import all_defect, full_map
from webs.ride import FRAME_ROWS, Ridden, ride
from webs.truth import judge

from edge.config.models import Config
from edge.model import Model
from edge.virtual.membrane import SPEED_MM_S, WIDTH_MM, Disturbance, Membrane, scatter
from edge.virtual.web_rig import configure_web

TILE = 256
TILES = 2000
# What docs/web.md advises: layers that see less at once, and the highest cell as the score.
SMALL_DEFECTS = ("--alignment", "near", "--layers", "blocks.2", "blocks.4", "--top", "0", "--held-out", "0.5")
SHIFTS = ("drift", "wander", "ripple")
WHAT = ("speed", "holes", "good", "kinds", *SHIFTS, "map")
DISTURBED = {"drift": Disturbance(light=0.05), "wander": Disturbance(wander_mm=3.0), "ripple": Disturbance()}
RIPPLE = 0.1
ROLL_MM = 1500.0


class Bench:
    """Membranes past one model."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._asked = arguments
        bundle = teach(arguments.work, arguments.pitch, arguments.seed, arguments.precision)
        self.config = self._configure(bundle, None)
        self._by_encoder = self._configure(bundle, 23)
        self.model = Model.load(self.config.model)

    def ride(self, web: Membrane, metres: float, name: str, ripple: float = 0.0) -> Ridden:
        config = self._by_encoder if ripple else self.config
        return ride(web, config, self.model, metres * 1000, self._asked.work / name, ripple)

    def web(self, seed: int, defects: Any = (), disturbance: Disturbance | None = None) -> Membrane:
        return Membrane(defects, mm_per_px=self._asked.pitch, seed=self._asked.seed + seed, disturbance=disturbance)

    def speed(self) -> dict[str, Any]:
        ridden = self.ride(self.web(50), self._asked.metres, "speed")
        seconds, cpu = sum(ridden.seconds.values()), sum(ridden.cpu_seconds.values())
        mm_s = 1000 * ridden.metres / seconds
        return {
            "load": [round(one, 1) for one in os.getloadavg()],
            "mm_s": round(mm_s, 1),
            "times_line_speed": round(mm_s / SPEED_MM_S, 2),
            "tiles_per_second": round(ridden.tiles / seconds, 1),
            "cpu_seconds_per_m": round(cpu / ridden.metres, 2),
            "line_seconds_per_m": round(1000 / SPEED_MM_S, 2),
            "share_of_cpu": {stage: round(used / cpu, 3) for stage, used in ridden.cpu_seconds.items()},
            "balanced": ridden.account["balanced"],
        }

    def holes(self) -> dict[str, Any]:
        holed = Membrane.with_pinholes(
            self._asked.metres * 1000, 20.0, seed=self._asked.seed, mm_per_px=self._asked.pitch
        )
        ridden = self.ride(holed, self._asked.metres, "holes")
        return judge(holed, ridden) | {"account": ridden.account}

    def good(self) -> dict[str, Any]:
        """In rolls of 1.5 m, each of a seed of its own."""
        events, metres, peaks = 0, 0.0, list[float]()
        while metres < self._asked.good_metres:
            ridden = self.ride(self.web(200 + round(metres)), ROLL_MM / 1000, "good")
            events, metres = events + len(ridden.defects), metres + ridden.metres
            peaks += [round((one.peak or 0.0) / (one.threshold or 1.0), 3) for one in ridden.defects]
        return {
            "metres": round(metres, 2),
            "events": events,
            "false_per_m": round(events / metres, 3),
            "peaks_by_threshold": peaks,
        }

    def kinds(self, shift: str = "") -> dict[str, Any]:
        """A web with every kind of defect, as `shift` disturbs it."""
        metres = 2 * self._asked.metres
        web = self.web(300, scatter(metres * 1000, WIDTH_MM, seed=self._asked.seed), DISTURBED.get(shift))
        return judge(web, self.ride(web, metres, shift or "kinds", RIPPLE if shift == "ripple" else 0.0))

    def _configure(self, bundle: Path, encoder_pin: int | None) -> Config:
        return configure_web(
            Membrane([], mm_per_px=self._asked.pitch),
            FRAME_ROWS,
            tile_px=TILE,
            model={"bundle": bundle, "threads": self._asked.threads},
            verdict={"false_rejects_per_10000": self._asked.false_per_10000},
            belt={"encoder_pin": encoder_pin, "mm_per_tick": 2 * self._asked.pitch},
        )


def main() -> int:
    asked = parse()
    bench, what = Bench(asked), asked.what.split(",")
    result: dict[str, Any] = {"pitch_mm": asked.pitch, "threads": asked.threads, "precision": asked.precision}
    threshold = bench.model.threshold(bench.config.verdict)
    result["threshold"] = {"value": threshold.value, "low": threshold.low, "high": threshold.high}
    for name in what:
        if name in SHIFTS:
            result[name] = bench.kinds(name)
        elif name == "map":
            result[name] = full_map(asked.work / "map") | all_defect(bench.config, asked.work / "all_defect")
        else:
            result[name] = getattr(bench, name)()
        print(json.dumps({name: result[name]}, indent=1), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if result.get("speed", {}).get("times_line_speed", 1) >= 1 else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pitch", type=float, default=0.05, help="mm of web a pixel")
    parser.add_argument("--metres", type=float, default=1.5)
    parser.add_argument("--good-metres", type=float, default=5.0, help="of good web, for the false events")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("fp32", "int8"), default="int8")
    parser.add_argument("--false-per-10000", type=float, default=0.5, help="good tiles that may exceed the threshold")
    parser.add_argument("--what", default=",".join(WHAT))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("build/web"))
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if unknown := set(asked.what.split(",")) - set(WHAT):
        parser.error(f"--what knows {', '.join(WHAT)}, not {', '.join(sorted(unknown))}")
    return asked


def teach(work: Path, pitch: float, seed: int, precision: str) -> Path:
    """A bundle that was trained on tiles of good web, kept for the next time."""
    folder = work / f"{pitch:g}-{seed}-{TILES}"
    bundle, dataset, run = folder / f"membrane-{precision}.ringlight", folder / "tiles", folder / "run"
    if not (run / "run.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (dataset / "train" / "good").mkdir(parents=True)
        web, draw = Membrane([], mm_per_px=pitch, seed=seed + 100), np.random.default_rng(seed)
        for number in range(TILES):
            rows = web.frame(int(draw.integers(0, 10**6)), TILE)
            left = int(draw.integers(0, web.width_px - TILE + 1))
            cv2.imwrite(str(dataset / f"train/good/{number:04}.png"), rows[:, left : left + TILE, 0])
        ringlight("train", str(dataset), *SMALL_DEFECTS, "--size", str(TILE), "--out", str(run))
    if not bundle.exists():
        ringlight("export", str(run), "--out", str(bundle), "--precision", precision)
    return bundle


def ringlight(*words: str) -> None:
    """The product's own command, in a process of its own."""
    subprocess.run([sys.executable, "-m", "edge.cli", *words], check=True)


if __name__ == "__main__":
    sys.exit(main())
