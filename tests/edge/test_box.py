"""The box as a whole, on its real threads, with real pins, a real lamp at the end of a terminal, and a real model."""

import threading

import numpy as np
import pytest
from small_bundle import write_small_bundle

from edge.box import Box
from edge.clock import RealClock
from edge.errors import BundleError, RinglightError
from edge.health import Level
from edge.parts import Reason, State
from edge.store import Store
from edge.virtual.belt import LaidPart
from edge.virtual.camera import VirtualCamera
from edge.virtual.light import VirtualRingLight
from edge.virtual.line import Layout, LineThread, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import configure

LAYOUT = Layout(camera_mm=40.0, ejector_mm=200.0, drop_mm=60.0)
OPTICS = Optics(width_px=100, height_px=60, mm_per_px=1.0, noise=1.0)
PART_MM = 50.0


class Bench:
    """A box beside a virtual line, in real time; `go` lays parts and waits until all have fallen."""

    def __init__(self, tmp_path, **sections):
        self.clock = RealClock()
        self.lamp = VirtualRingLight()
        self.pins = VirtualPinFactory(self.clock)
        self.line = VirtualLine(
            self.clock, self.pins, LAYOUT, OPTICS, speed_mm_s=400.0, light=lambda: self.lamp.brightness
        )
        sections = {
            "light": {"kind": "serial", "port": self.lamp.port, "brightness": 1.0, "timeout_ms": 5000},
            "model": {"bundle": write_small_bundle(tmp_path / "m.ringlight", good=0.25)},
            "verdict": {"threshold": 0.5},
            "mqtt": {"enabled": False},
            "store": {"folder": tmp_path / "data", "min_free_mb": 0},
            "status": {"host": "127.0.0.1", "port": 0},
            "ejector": {"decide_ms": 50},
            **sections,
        }
        self.config = configure(LAYOUT, OPTICS, part_mm=PART_MM, speed_mm_s=400.0, fps=60.0, **sections)
        self.camera = VirtualCamera(self.line, self.clock, 60.0)
        self.records = []
        self.box = Box(
            self.config, clock=self.clock, camera=self.camera, pin_factory=self.pins, on_record=self.records.append
        )
        self.belt = LineThread(self.line, self.clock)

    def go(self, greys):
        fallen = threading.Event()
        self.belt.before_each = lambda: fallen.set() if len(self.line.fallen) == len(greys) else None
        head = self.line.position() + 300.0
        for number, grey in enumerate(greys, start=1):
            picture = np.full((50, 50, 3), grey, np.uint8)
            self.line.lay(LaidPart(number, head, PART_MM, picture, bad=grey > 128))
            head += PART_MM + 40.0
        self.belt.start()
        assert fallen.wait(60)

    def close(self):
        self.belt.stop()
        self.box.stop()
        self.lamp.close()


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_parts_ride_past_a_real_box_and_fall_where_it_sent_them(bench):
    bench.box.start()
    bench.go([60, 230, 60, 230, 230, 60])
    counts = bench.box.line.counts()
    assert counts.balanced
    assert counts.triggered == 6
    sent = [
        record.account.state is not State.PASSED for record in sorted(bench.records, key=lambda r: r.account.part.id)
    ]
    assert [part.ejected for part in bench.line.fallen] == sent
    # A machine too busy to inspect in time rejects; what it did inspect, it judged rightly.
    for part, record in zip(bench.line.fallen, sorted(bench.records, key=lambda r: r.account.part.id), strict=True):
        if record.account.verdict is not None:
            assert (record.account.state is State.REJECTED) == part.bad


def test_what_was_seen_is_in_the_store_after_the_box_stopped(tmp_path):
    bench = Bench(tmp_path)
    bench.box.start()
    bench.go([60, 230])
    bench.close()
    again = Store(bench.config.store, bench.clock, "later")
    rows = again.last(10)
    again.close()
    assert {row.part_id for row in rows} == {1, 2}
    assert all(row.boot_id == bench.box.boot_id for row in rows)


def test_an_unplugged_camera_passes_nothing_and_is_a_fault(bench):
    bench.camera.unplugged = True
    bench.box.start()
    bench.go([60, 60])
    assert {record.account.reason for record in bench.records} == {Reason.NO_FRAME}
    assert all(part.ejected for part in bench.line.fallen)
    fault = next(check for check in bench.box.checks() if check.name == "camera")
    assert fault.level is Level.FAULT
    assert fault.mend


def test_the_lamp_is_lit_while_inspecting_and_dark_afterwards(tmp_path):
    bench = Bench(tmp_path)
    bench.box.start()
    assert bench.lamp.told == 1000
    bench.box.stop()
    assert bench.lamp.told == 0
    bench.belt.stop()
    bench.lamp.close()


def test_a_mistake_in_a_thread_ends_the_line_and_leaves_the_pin_safe(bench):
    """A pulse thread that died left the actuator where it was; the line went on without anybody at the gate."""
    bench.box.start()
    bench.box.line._inspector.poll = None  # a mistake of ours
    assert bench.box.wait(threading.Event()) is not None
    assert not bench.pins.pin(LAYOUT.ejector_pin).state
    assert [check.name for check in bench.box.line.checks()] == ["line"]


def test_a_box_that_cannot_start_leaves_nothing_open(tmp_path):
    with pytest.raises(BundleError):
        Bench(tmp_path, model={"bundle": tmp_path / "nothing.ringlight"})


def test_a_taken_port_is_named_and_pins_are_free_again(tmp_path, bench):
    taken = bench.box.page.port
    with pytest.raises(RinglightError, match=r"status\.port"):
        Bench(tmp_path / "..", status={"host": "127.0.0.1", "port": taken}, store={"folder": tmp_path / "other"})
