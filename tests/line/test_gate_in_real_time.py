"""The sensors round the gate on a box with real threads and real pins."""

from dataclasses import replace

import pytest
import real_time_bench
from real_time_bench import Bench

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
    bench.line.jam(True)
    bench.go([GOOD] * 20)
    assert {"jam", "line stop"} <= alarms(bench)
    assert bench.pins.pin(25).state
    bench.line.jam(False)
    bench.pins.drive(5, True, bench.clock.now_ns())
    assert alarms(bench) == set()
    assert not bench.pins.pin(25).state
