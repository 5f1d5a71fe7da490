"""The demo's line while it runs: a stream of cells on the virtual line, and the box beside it."""

from __future__ import annotations

import random
import resource
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.box import Box
from edge.clock import NS_PER_S, Clock, RealClock
from edge.config.models import Config
from edge.parts import Ejection, Image, Record
from edge.status.guard import Guard
from edge.telemetry import base_topic
from edge.tiles import places
from edge.virtual.belt import LaidPart
from edge.virtual.camera import VirtualCamera
from edge.virtual.demo.broker import EmbeddedBroker, Listener
from edge.virtual.demo.cells import Cells
from edge.virtual.demo.orders import fault_routes
from edge.virtual.demo.recipe import BRIGHTNESS, CELL_MM, OPTICS, SEED, cell_picture
from edge.virtual.demo.summary import Outcome
from edge.virtual.fault_desk import FaultDesk
from edge.virtual.faults import Fault
from edge.virtual.light import VirtualRingLight
from edge.virtual.line import Layout, LineThread, VirtualLine
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import configure

LAYOUT = Layout(camera_mm=80.0, ejector_mm=500.0, drop_mm=200.0, gate_eye_mm=440.0, chute_ms=120.0)
GAP_MM = (40.0, 140.0)
BAD_SHARE = 0.25
# A plant that would rather look twice: three good cells in a hundred may be thrown out.
FALSE_REJECTS = 300.0
WATCH_MM_S = 180.0
_FPS = 60.0
_AHEAD_MM = 1200.0
_GIVE_UP_S = 30.0


class Stream:
    """Lays cells on the belt, a little ahead of the photo-eye, until `parts` are laid (None: forever)."""

    def __init__(self, line: VirtualLine, cells: Cells, parts: int | None) -> None:
        self._line = line
        self._left = parts
        self._draw = random.Random(SEED)
        self._good = self._shuffled(cells.test_good)
        self._bad = self._shuffled(cells.test_defective)
        self._number = 0
        self._head = line.position() + 400.0

    @property
    def done(self) -> bool:
        return self._left == 0

    def feed(self) -> None:
        """Lays what fits on the belt; called again and again."""
        while self._left != 0 and self._head < self._line.position() + _AHEAD_MM:
            bad = self._draw.random() < BAD_SHARE
            pile = self._bad if bad else self._good
            path = pile.pop()
            pile.insert(0, path)  # each cell comes once before any comes again
            self._number += 1
            self._line.lay(LaidPart(self._number, self._head, CELL_MM, self._picture(path), bad, path.stem))
            self._head += CELL_MM + self._draw.uniform(*GAP_MM)
            if self._left is not None:
                self._left -= 1

    def _shuffled(self, files: tuple[Path, ...]) -> list[Path]:
        pile = list(files)
        self._draw.shuffle(pile)
        return pile

    def _picture(self, path: Path) -> Image:
        return cell_picture(path)


class Stage:
    """Everything that the demo runs, on one machine and in one process.

    Args:
        parts: how many cells are carried past; None for an endless belt.
        speed_mm_s: speed of the belt; None takes `pace`.
        faults: what goes wrong, counted from the start of the belt.
    """

    def __init__(
        self,
        bundle: Path,
        cells: Cells,
        work: Path,
        *,
        parts: int | None,
        speed_mm_s: float | None,
        page: int | None,
        faults: Sequence[Fault] = (),
    ) -> None:
        self.clock: Clock = RealClock()
        self.records: list[Record] = []
        self.ejections: list[Ejection] = []
        self.light = VirtualRingLight()
        self.broker = EmbeddedBroker()
        self.broker.start()
        self._pins = VirtualPinFactory(self.clock)
        self.line = VirtualLine(
            self.clock, self._pins, LAYOUT, OPTICS, speed_mm_s=WATCH_MM_S, light=lambda: self.light.brightness
        )
        self.config = self._configure(bundle, work, page)
        self.camera = VirtualCamera(self.line, self.clock, self.config.camera.fps)
        self.desk = FaultDesk(self.line, self.camera)
        self.listener = Listener("127.0.0.1", self.broker.port, base_topic(self.config.box))
        self.box = Box(
            self.config,
            clock=self.clock,
            camera=self.camera,
            pin_factory=self._pins,
            routes=[fault_routes(Guard(self.config.status.token_file), self._order, lambda: self.desk.running)],
            on_record=self._record,
            on_ejection=self.ejections.append,
        )
        self.speed_mm_s = speed_mm_s or self.pace()
        self.line.set_speed(self.speed_mm_s)
        self.stream = Stream(self.line, cells, parts)
        self._belt = LineThread(self.line, self.clock)
        self._faults = faults
        self._belt.before_each = self._before_each

    def start(self) -> None:
        self.box.start()
        self.desk = FaultDesk(self.line, self.camera, self.clock.now_ns(), self._faults)
        self._belt.start()

    def pace(self) -> float:
        """The speed in mm/s at which this machine inspects with room to spare, measured: scoring may take a third of
        the time from part to part, and one dropped frame must not cost a part."""
        part = self.config.part
        blank = np.zeros((part.h_px, part.w_px, 3), np.uint8)
        times = []
        for _ in range(20):
            start = self.clock.now_ns()
            self.box.model.look(blank)
            times.append(self.clock.now_ns() - start)
        by_model = CELL_MM / (3 * float(np.percentile(times, 90)) / NS_PER_S)
        by_camera = part.tolerance_mm * self.config.camera.fps
        return min(by_model, by_camera)

    def run(self, stop: threading.Event) -> str | None:
        """Until all parts have fallen, or `stop` is set. Returns what ended the line if it ended by itself."""
        while not self.clock.wait(stop, NS_PER_S // 5):
            if self.box.line.crash:
                return self.box.line.crash
            if self.stream.done and not self.line.riding:
                break
        return None

    def finish(self) -> Outcome:
        """Stops everything, in the order in which a plant would, and says what was seen."""
        self._belt.stop()
        self.box.stop()
        self.listener.wait_for(len(self.records), _GIVE_UP_S)
        heard = self.listener.heard
        self.listener.stop()
        self.broker.stop()
        self.light.close()
        telemetry, tally = self.box.telemetry, self.box.line.tally()
        return Outcome(
            counts=self.box.line.counts(),
            records=self.records,
            fallen=self.line.fallen,
            ejections=self.ejections,
            heard=heard,
            published=telemetry.published if telemetry else 0,
            tiles=tally.scored * self._tiles_per_part(),
            scoring_ns=tally.scoring_ns,
            provider=self.box.model.runtime.running,
            peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )

    def _order(self, fault: Fault) -> None:
        self.desk.order(fault)

    def _before_each(self) -> None:
        self.stream.feed()
        self.desk.poll(self.clock.now_ns())

    def _configure(self, bundle: Path, work: Path, page: int | None) -> Config:
        return configure(
            LAYOUT,
            OPTICS,
            part_mm=CELL_MM,
            speed_mm_s=WATCH_MM_S,
            fps=_FPS,
            box={"site": "demo", "line": "solar-cells", "name": "box1"},
            trigger={"longest_mm": CELL_MM * 1.5},
            ejector={"part_mm": CELL_MM},
            light={"kind": "serial", "port": self.light.port, "brightness": BRIGHTNESS},
            model={"bundle": bundle},
            trust={"folder": work / "trust", "serial_file": work / "serial.json"},
            verdict={"false_rejects_per_10000": FALSE_REJECTS},
            mqtt={"host": "127.0.0.1", "port": self.broker.port},
            store={"folder": work / "data", "max_image_mb": 200, "min_free_mb": 100, "keep_good_every": 20},
            status={
                "enabled": page is not None,
                "host": "127.0.0.1",
                "port": page or 0,
                "operator_may_relabel": True,
                "defect_kinds": ["crack", "dark"],
            },
        )

    def _tiles_per_part(self) -> int:
        side = round(CELL_MM / OPTICS.mm_per_px)
        return len(places((side, side), self.box.model.bundle.manifest.geometry))

    def _record(self, record: Record) -> None:
        # The pictures are the page's and the store's business.
        self.records.append(replace(record, image=None, part_map=None))
