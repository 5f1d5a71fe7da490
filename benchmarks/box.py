"""Speed of the box on this machine: import, cold start, scoring by batch, and the pulse under full load.

    python benchmarks/box.py [--bundle FILE] [--json OUT]

Without a bundle it takes the demo's (made by `make demo`). Times are medians of several runs unless they say p99.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from edge.bundle import Bundle
from edge.clock import NS_PER_MS, NS_PER_S, RealClock
from edge.config.models import ModelConfig
from edge.inspector.assemble import make_inspector
from edge.inspector.threads import LiveLine
from edge.model import Model
from edge.parts import Ejection
from edge.pins import OutputPin
from edge.runtime import Runtime
from edge.virtual.camera import VirtualCamera
from edge.virtual.line import Layout, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import configure

DEMO_BUNDLE = Path("build/demo/cells.ringlight")
_START = "import sys,time,numpy; from pathlib import Path; from edge.config.models import ModelConfig; from edge.model \
import Model; m = Model.load(ModelConfig(bundle=Path(sys.argv[1]))); m.look(numpy.zeros((300, 300, 3), 'uint8'))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=DEMO_BUNDLE)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.bundle.exists():
        sys.exit(f"{arguments.bundle} is not there: run `make demo PARTS=10` first, or name one with --bundle")
    result: dict[str, Any] = {
        "import_edge_s": _median_s([sys.executable, "-c", "import edge"]) - _median_s([sys.executable, "-c", ""]),
        "cold_start_to_first_score_s": _median_s([sys.executable, "-c", _START, str(arguments.bundle)]),
        "bundle_mb": round(arguments.bundle.stat().st_size / 1e6, 2),
        "tiles_per_second": _by_batch(arguments.bundle),
        "picture_to_map_ms": _look(arguments.bundle),
        "pulse_late_ms": _pulses(arguments.bundle),
    }
    for key, value in result.items():
        print(f"{key:30} {json.dumps(value) if isinstance(value, dict) else round(value, 4)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _median_s(words: list[str], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(words, check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _timed(call: Callable[[], object], seconds: float = 3.0) -> list[float]:
    """Durations in ms of calls, over some seconds, after a warm-up."""
    call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def _by_batch(path: Path) -> dict[str, float]:
    bundle = Bundle.read(path)
    rates = {}
    for n in (1, 2, 4, 8, 16):
        runtime = Runtime(bundle.model, ["CPUExecutionProvider"], batch=n)
        tiles = np.random.default_rng(0).integers(0, 255, (n, runtime.input_h, runtime.input_w, 3), dtype=np.uint8)
        rates[f"batch_{n}"] = round(n * 1e3 / statistics.median(_timed(lambda r=runtime, t=tiles: r.score(t))), 1)
    return rates


def _look(path: Path) -> dict[str, float]:
    model = Model.load(ModelConfig(bundle=path))
    picture = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    return _quantiles(_timed(lambda: model.look(picture)))


def _pulses(path: Path, seconds: float = 20.0) -> dict[str, float]:
    """How late the pin rises, while the model scores without a pause on all cores."""
    clock, layout, optics = RealClock(), Layout(), Optics()
    model = Model.load(ModelConfig(bundle=path))
    picture = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    pins = VirtualPinFactory(clock)
    world = VirtualLine(clock, pins, layout, optics, speed_mm_s=100.0)
    camera = VirtualCamera(world, clock, fps=30.0)
    camera.stalled = True  # every part ends uninspected, and so every part gets its pulse
    config = configure(layout, optics, part_mm=20.0, speed_mm_s=1000.0, belt={"encoder_pin": None})
    output = OutputPin(layout.ejector_pin, factory=pins)
    ejections: list[Ejection] = []
    inspector = make_inspector(
        config,
        clock,
        output,
        threshold=1.0,
        model_id="bench",
        on_record=lambda record: None,
        on_ejection=ejections.append,
    )
    line = LiveLine(inspector, camera, lambda sight: model.look(sight.image), clock, NS_PER_S)
    stop = threading.Event()

    def score() -> None:
        while not stop.is_set():
            model.look(picture)

    worker = threading.Thread(target=score)
    worker.start()
    line.start()
    try:
        for _ in range(round(seconds * 10)):
            clock.wait(threading.Event(), NS_PER_S // 10)
            line.trigger(clock.now_ns())
    finally:
        stop.set()
        worker.join()
        line.stop()
        output.close()
    return _quantiles([(e.done_ns - e.due_ns) / NS_PER_MS for e in ejections if e.done_ns is not None])


def _quantiles(values: list[float]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(values, p)), 3) for p in (50, 99)} | {"max": round(max(values), 3)}


if __name__ == "__main__":
    main()
