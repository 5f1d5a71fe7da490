"""The sensors round the gate on a box with real threads and real pins."""

import threading
from dataclasses import replace

import pytest
import real_time_bench
from real_time_bench import Bench

from edge.inspector.scoring import Scoring
from edge.verdict import Judge
from edge.virtual.rig import read_grey

GOOD, BAD = 20, 230


@pytest.fixture
def bench(tmp_path, monkeypatch):
    layout = replace(real_time_bench.LAYOUT, drop_mm=200.0, gate_eye_mm=140.0, chute_ms=60.0)
    monkeypatch.setattr(real_time_bench, "LAYOUT", layout)
    stop = {"pin": 25, "acknowledge_pin": 5}
    # How long a thread waits on a busy machine is not what is tested here.
    bench = Bench(tmp_path, line_stop=stop, confirm={"within_ms": 2000}, gate_eye={"tolerance_mm": 30})
    bench.box.start()
    yield bench
    bench.close()


def alarms(bench):
    return {check.name for check in bench.box.checks()} & {"unconfirmed", "jam", "belt", "eye", "line stop"}


def test_ejections_are_confirmed_by_what_falls_into_the_chute(bench):
    bench.go([GOOD, BAD, GOOD, BAD])
    assert bench.box.line.gate().tally.confirmed == sum(bool(part.ejected) for part in bench.line.fallen) > 0
    assert not alarms(bench) & {"jam", "belt", "eye"}


def test_a_jammed_chute_stops_the_line_until_the_button_is_pressed(bench):
    bench.line.chute.jam(True, bench.clock.now_ns())
    bench.go([GOOD] * 20)
    assert {"jam", "line stop"} <= alarms(bench)
    assert bench.pins.pin(25).state
    bench.line.chute.jam(False, bench.clock.now_ns())
    released = threading.Event()
    bench.pins.watch(25, lambda high, at_ns: None if high else released.set())
    bench.pins.drive(5, True, bench.clock.now_ns())
    assert released.wait(30)
    assert alarms(bench) == set()
    assert not bench.pins.pin(25).state


class Pondering(Judge):
    """A judge that thinks until somebody lets it go."""

    def __init__(self):
        super().__init__(0.5)
        self.began, self.go_on, self.was_let_go = threading.Event(), threading.Event(), False

    def judge(self, part_map, size=None):
        self.began.set()
        self.was_let_go = self.go_on.wait(30)
        return super().judge(part_map, size)


def test_judging_a_part_does_not_hold_up_the_line(bench):
    """The places above the threshold were looked for under the line's lock: pulses of other parts were 28 ms late."""
    judge = Pondering()
    bench.box.line.swap(Scoring(read_grey, judge, "pondering"))
    belt = threading.Thread(target=bench.go, args=([GOOD],))
    belt.start()
    assert judge.began.wait(30)
    bench.box.line.counts()
    judge.go_on.set()
    belt.join()
    assert judge.was_let_go
