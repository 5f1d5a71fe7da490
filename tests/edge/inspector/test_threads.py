"""How the line ends, and who may still be waiting for whom when it does."""

import os
import threading
from collections.abc import Callable

import numpy as np
import pytest

from edge.clock import NS_PER_S, RealClock
from edge.config import parse_config
from edge.inspector.assemble import make_inspector
from edge.inspector.threads import LiveLine
from edge.parts import PartMap

TEXT = """
[trigger]
camera_mm = 60
[ejector]
distance_mm = 400
[gate_eye]
pin = 22
distance_mm = 300
[belt]
speed_mm_s = 100
[line_stop]
pin = 25
active = "run"
"""


class Output:
    """A pin. With `fails` it refuses, as one whose chip is gone."""

    def __init__(self):
        self.high, self.fails, self.rose = False, False, threading.Event()

    def on(self):
        if self.fails:
            raise OSError("the chip is gone")
        self.high = True
        self.rose.set()

    def off(self):
        if self.fails:
            raise OSError("the chip is gone")
        self.high = False


class HangingCamera:
    """Hangs in `read` until it is let go."""

    def __init__(self):
        self.reading, self.go_on = threading.Event(), threading.Event()

    def open(self):
        pass

    def read(self, timeout_ns):
        self.reading.set()
        self.go_on.wait(30)

    def close(self):
        pass

    def checks(self):
        return []


class Line:
    """A line of which nothing is real but the threads."""

    def __init__(self, clock=None):
        self.clock = clock or RealClock()
        self.gate, self.stop_output, self.camera, self.records = Output(), Output(), HangingCamera(), []
        config = parse_config(TEXT)
        self.inspector = make_inspector(
            config,
            self.clock,
            self.gate,
            threshold=0.5,
            model_id="m",
            on_record=lambda record: self.records.append(record),
            stop_output=self.stop_output,
        )
        self.live = LiveLine(self.inspector, self.camera, unmoved, self.clock, NS_PER_S, realtime=False)


def unmoved(sight):
    return PartMap(np.zeros((2, 2), np.float32), 0.0)


@pytest.fixture
def line():
    line = Line()
    yield line
    line.gate.fails = False
    line.camera.go_on.set()
    line.live.stop()


def test_a_camera_that_hangs_leaves_no_pin_active_while_the_line_stops(line):
    """The gate was held open for as long as the camera's thread kept the one who stops the line waiting."""
    line.live.start(purge_mm=1e6)
    assert line.gate.rose.wait(10)
    assert line.camera.reading.wait(10)
    stopping = threading.Thread(target=line.live.stop)
    line.gate.fell = threading.Event()
    line.gate.off = line.gate.fell.set
    stopping.start()
    assert line.gate.fell.wait(10)
    assert stopping.is_alive()  # it waits for the camera
    line.camera.go_on.set()
    stopping.join(10)


def test_what_comes_after_the_end_sets_no_pin(line):
    """A stray at the gate's photo-eye began a purge that nobody was left to end; who acknowledged let the belt run."""
    line.live.start()
    line.camera.go_on.set()
    line.live.stop()
    ears = line.live.ears()
    line.live.trigger(line.clock.now_ns())
    ears["arrived"](line.clock.now_ns())
    line.live.acknowledge()
    assert not line.gate.high
    assert not line.stop_output.high
    assert line.live.counts().triggered == 0


def test_a_pin_that_refuses_ends_the_line_and_is_told(line):
    """Putting the pin to its safe level failed, too, and so nobody learned that the line had ended."""
    line.live.start()
    line.gate.fails = True
    line.live.ears()["arrived"](line.clock.now_ns())  # a stray: the gate begins to purge
    assert "OSError: the chip is gone" in (line.live.crash or "")
    assert not line.stop_output.high


def test_who_cannot_take_a_record_keeps_no_pin_from_its_safe_level(line):
    line.live.start(purge_mm=1e6)
    line.live.trigger(line.clock.now_ns())

    def refuse(record):
        raise RuntimeError("no room")

    line.inspector._on_record = refuse
    line.camera.go_on.set()
    with pytest.raises(RuntimeError, match="no room"):
        line.live.stop()
    assert not line.gate.high
    assert not line.stop_output.high


def test_a_mistake_in_the_pins_own_thread_ends_the_line(line):
    """It ended the thread that reads the edges: every later part went by unseen, and passed."""
    line.live.start()

    def stumble(at_ns):
        raise RuntimeError("oops")

    line.inspector.trigger = stumble
    line.live.trigger(line.clock.now_ns())
    assert "RuntimeError: oops" in (line.live.crash or "")


class ClockBetween(RealClock):
    """Lets something happen once, just when the pulse thread has looked, and notes whether it will look again."""

    def __init__(self):
        self.happens: Callable[[], object] | None = None
        self.looks_again, self.waited = False, threading.Event()

    def now_ns(self):
        if self.happens is not None and threading.current_thread().name == "ringlight-pulse":
            self.happens()
        return super().now_ns()

    def wait(self, event, timeout_ns):
        if threading.current_thread().name == "ringlight-pulse" and self.happens is None and not self.waited.is_set():
            self.looks_again = event.is_set()
            self.waited.set()
        return super().wait(event, timeout_ns)


def test_a_part_that_comes_while_the_pulse_thread_looks_is_not_forgotten():
    """It slept on for a tenth of a second, whatever had come meanwhile."""
    clock = ClockBetween()
    line = Line(clock)

    def a_part_comes():
        if not line.live._lock.locked():
            clock.happens = None
            line.live.trigger(clock.now_ns())

    clock.happens = a_part_comes
    line.live.start()
    assert clock.waited.wait(10)
    assert clock.looks_again
    line.camera.go_on.set()
    line.live.stop()


def test_a_box_that_may_not_run_first_says_so(line, monkeypatch):
    def refuse(*arguments):
        raise PermissionError("not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    live = LiveLine(line.inspector, line.camera, unmoved, line.clock, NS_PER_S)
    live.start(purge_mm=1e6)
    assert line.gate.rose.wait(10)
    line.camera.go_on.set()
    live.stop()
    assert live.realtime is False
