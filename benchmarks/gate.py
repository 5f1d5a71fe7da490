"""The gate in real time: trigger to verdict, and how late pulses are, with SCHED_FIFO where permitted and without.

    python benchmarks/gate.py [--bundle FILE] [--seconds 40] [--json OUT]

640 × 480 pixels, one region of 288 × 288, parts on the virtual line, real threads, real clock, mock pins. Pulses are
measured while another thread scores without a pause. Without a bundle it takes the demo's (made by `make demo`).

There are few pulses and many wakes of their thread: `wake_late_ms` is how late they were, and `waited_for_processor`
the share of all lateness above a tenth of a millisecond in which the thread was ready to run and another had its
processor (schedstat of Linux). What is left was the timer, and the wait for the interpreter's lock.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np

from edge.clock import NS_PER_MS, NS_PER_S, RealClock
from edge.config.models import ModelConfig
from edge.inspector.assemble import LinePins, make_inspector
from edge.inspector.threads import LiveLine
from edge.model import Model
from edge.parts import Ejection, Record
from edge.virtual.belt import LaidPart
from edge.virtual.camera import VirtualCamera
from edge.virtual.line import Layout, LineThread, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import configure

DEMO_BUNDLE = Path("build/demo/cells.ringlight")
SIDE_PX = 288
OPTICS = Optics(exposure_ms=0.2)
PART_MM = SIDE_PX * OPTICS.mm_per_px
LAYOUT = Layout(camera_mm=80.0, ejector_mm=500.0, drop_mm=100.0)
SPEED_MM_S = 600.0
GAP_MM = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=DEMO_BUNDLE)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not arguments.bundle.exists():
        sys.exit(f"{arguments.bundle} is not there: run `make demo PARTS=10` first, or name one with --bundle")
    model = Model.load(ModelConfig(bundle=arguments.bundle))
    result = {
        "idle": ride(model, arguments.seconds, load=False, realtime=True),
        "full load, SCHED_FIFO": ride(model, arguments.seconds, load=True, realtime=True),
        "full load, ordinary priority": ride(model, arguments.seconds, load=True, realtime=False),
    }
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


def ride(model: Model, seconds: float, *, load: bool, realtime: bool) -> dict[str, Any]:
    """Carries parts past the box for some seconds; every part is rejected, so that every part gets its pulse."""
    clock = _WakeClock()
    pins = VirtualPinFactory(clock)
    world = VirtualLine(clock, pins, LAYOUT, OPTICS, speed_mm_s=SPEED_MM_S)
    # Without encoder: the virtual one's pulses are as late as the thread that makes them, which is not the box's doing.
    steady = {"encoder_pin": None}
    config = configure(LAYOUT, OPTICS, part_mm=PART_MM, speed_mm_s=SPEED_MM_S, fps=60.0, belt=steady)
    wiring = LinePins(config, clock, pins)
    records: list[Record] = []
    ejections: list[Ejection] = []
    inspector = make_inspector(
        config,
        clock,
        wiring.output,
        threshold=-1e9,
        model_id="bench",
        on_record=records.append,
        on_ejection=ejections.append,
    )
    camera = VirtualCamera(world, clock, config.camera.fps)
    line = LiveLine(inspector, camera, lambda sight: model.look(sight.image), clock, NS_PER_S, realtime=realtime)
    belt, stop = LineThread(world, clock), threading.Event()
    feeder = _Feeder(world)
    belt.before_each = feeder.feed
    workers = [threading.Thread(target=_score, args=(model, stop))] if load else []
    for worker in workers:
        worker.start()
    line.start()
    wiring.listen(line.trigger, line.tick, **line.ears())
    belt.start()
    try:
        clock.wait(stop, round(seconds * NS_PER_S))
    finally:
        stop.set()
        belt.stop()
        line.stop()
        wiring.close()
        for worker in workers:
            worker.join()
    return _figures(records, ejections, line.realtime) | clock.figures()


class _WakeClock(RealClock):
    """Remembers how late the pulse thread's waits ended, and how much of that it waited for a processor."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._queued: list[float] = []
        self._stat: IO[str] | None = None

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        if threading.current_thread().name != "ringlight-pulse":
            return super().wait(event, timeout_ns)
        before, due = self._queued_ns(), self.now_ns() + timeout_ns
        woken = super().wait(event, timeout_ns)
        if not woken:
            self._late.append((self.now_ns() - due) / NS_PER_MS)
            self._queued.append((self._queued_ns() - before) / NS_PER_MS)
        return woken

    def figures(self) -> dict[str, Any]:
        if self._stat is not None:
            self._stat.close()
        late = [(late, queued) for late, queued in zip(self._late, self._queued, strict=True) if late > 0.1]
        share = sum(min(pair) for pair in late) / sum(pair[0] for pair in late) if late else 0.0
        return {"wake_late_ms": _quantiles(self._late), "waited_for_processor": round(share, 2)}

    def _queued_ns(self) -> int:
        if self._stat is None:
            path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
            self._stat = path.open(encoding="ascii")
        self._stat.seek(0)
        return int(self._stat.read().split()[1])


class _Feeder:
    """Lays parts with noise on them, a little ahead of the photo-eye."""

    def __init__(self, line: VirtualLine) -> None:
        self._line = line
        self._head = 300.0
        self._number = 0
        self._picture = np.random.default_rng(0).integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)

    def feed(self) -> None:
        while self._head < self._line.position() + 1000.0:
            self._number += 1
            self._line.lay(LaidPart(self._number, self._head, PART_MM, self._picture, True))
            self._head += PART_MM + GAP_MM


def _score(model: Model, stop: threading.Event) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    while not stop.is_set():
        model.look(picture)


def _figures(records: list[Record], ejections: list[Ejection], realtime: bool) -> dict[str, Any]:
    judged = [record for record in records if record.account.verdict]
    share = [(r.account.closed_ns - r.taken_ns) / NS_PER_MS for r in judged if r.taken_ns is not None]
    whole = [(r.account.closed_ns - r.account.part.trigger.at_ns) / NS_PER_MS for r in judged]
    late = [(e.done_ns - e.due_ns) / NS_PER_MS for e in ejections if e.done_ns is not None]
    return {
        "parts": len(records),
        "uninspected": len(records) - len(judged),
        "sched_fifo": realtime,
        "trigger_to_verdict_ms": _quantiles(whole),
        "picture_to_verdict_ms": _quantiles(share),
        "pulse_late_ms": _quantiles(late),
        "missed_pulses": sum(e.done_ns is None for e in ejections),
    }


def _quantiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {f"p{p}": round(float(np.percentile(values, p)), 3) for p in (50, 99)} | {"max": round(max(values), 3)}


if __name__ == "__main__":
    sys.exit(main())
