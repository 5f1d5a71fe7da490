"""The box as a whole, on its real threads, with real pins, a real lamp at the end of a terminal, and a real model."""

import threading

import pytest
from real_time_bench import LAYOUT, Bench
from small_bundle import write_small_bundle

from edge.errors import BundleError, RinglightError
from edge.health import Level
from edge.parts import Reason, State
from edge.store import Store
from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys
from edge.trust.serial import SerialRecord


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


def test_a_camera_that_comes_back_is_used_again(bench):
    """A failed capture was never reopened; parts went uninspected until somebody restarted the box."""
    bench.camera.unplugged = True
    bench.box.start()
    bench.go([60])
    bench.camera.unplugged = False
    frames = bench.box.line.beats()["camera"]
    while bench.box.line.beats()["camera"] == frames:
        bench.go([60])  # the first of them may still come before the camera is open again
    bench.go([230])
    assert bench.records[-1].account.verdict is not None
    assert bench.records[-1].account.state is State.REJECTED


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


def test_a_box_remembers_the_serial_of_what_a_trusted_key_signed(tmp_path):
    private, public, _ = make_keys(tmp_path, "desk")
    TrustFolder(tmp_path / "trust").trust(public)
    signed = write_small_bundle(tmp_path / "signed.ringlight", serial=7, key=PrivateKey.read(private))
    trust = {"folder": tmp_path / "trust", "serial_file": tmp_path / "serial.json"}
    bench = Bench(tmp_path, model={"bundle": signed}, trust=trust)
    assert SerialRecord(tmp_path / "serial.json").highest() == 7
    assert {check.name: check.level for check in bench.box.checks()}["signature"] is Level.OK
    bench.close()


def test_a_box_says_as_long_as_it_runs_that_nobody_signed_its_model(bench):
    assert {check.name: check.level for check in bench.box.checks()}["signature"] is Level.WARNING


def test_a_box_that_cannot_start_leaves_nothing_open(tmp_path):
    with pytest.raises(BundleError):
        Bench(tmp_path, model={"bundle": tmp_path / "nothing.ringlight"})


def test_a_taken_port_is_named_and_pins_are_free_again(tmp_path, bench):
    taken = bench.box.page.port
    with pytest.raises(RinglightError, match=r"status\.port"):
        Bench(tmp_path / "..", status={"host": "127.0.0.1", "port": taken}, store={"folder": tmp_path / "other"})
