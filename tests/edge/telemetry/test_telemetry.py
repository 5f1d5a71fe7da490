"""Telemetry against a real mosquitto, watched by an independent subscriber."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import threading

import jsonschema
import pytest

from edge.backoff import Backoff
from edge.clock import RealClock
from edge.config import BoxConfig, MqttConfig
from edge.health import Level
from edge.telemetry import Telemetry, info_of
from edge.telemetry.topics import RESULT, schema_of

pytestmark = pytest.mark.needs("mosquitto")
BASE = "ringlight/site/line/box"
TIMEOUT_S = 30.0


@pytest.fixture
def telemetry(store):
    """Makes telemetry for a port; what the test does not stop is stopped."""
    made = []

    def make(port, commands=None, **settings):
        config = MqttConfig(host="127.0.0.1", port=port, **settings)
        quick = Backoff(first_s=0.05, most_s=0.2)
        made.append(Telemetry(config, BoxConfig(), store, RealClock(), "boot", commands, backoff=quick))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def drained(store, monkeypatch):
    """Waits until the store has noted the broker's receipts of everything."""
    noted, mark = threading.Condition(), store.mark_published

    def marking(seqs):
        with noted:
            done = mark(seqs)
            noted.notify_all()
            return done

    def wait():
        with noted:
            assert noted.wait_for(lambda: store.outbox_depth() == 0, TIMEOUT_S)

    monkeypatch.setattr(store, "mark_published", marking)
    return wait


@pytest.fixture
def trouble():
    """Waits for a warning in telemetry's log."""
    heard = queue.SimpleQueue()
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: heard.put(record.getMessage())
    logger = logging.getLogger("edge.telemetry")
    logger.addHandler(listener)

    def wait(words):
        while words not in heard.get(timeout=TIMEOUT_S):
            pass

    yield wait
    logger.removeHandler(listener)


def test_results_arrive_and_leave_the_outbox(broker, subscribe, telemetry, line, store):
    ears, box = subscribe(broker.port), telemetry(broker.port)
    box.start()
    line.make(50)
    box.notify()
    ears.until(lambda own: len(own.seqs) == 50)
    assert box.stop()
    assert ears.seqs == list(range(1, 51))
    assert (store.outbox_depth(), box.published) == (0, 50)
    message = ears.of("result")[0]
    assert (message.qos, message.retain) == (1, False)
    jsonschema.validate(json.loads(message.payload), schema_of(RESULT), jsonschema.Draft202012Validator)


def test_results_from_before_the_start_arrive_too(broker, subscribe, telemetry, line):
    line.make(30)
    ears, box = subscribe(broker.port), telemetry(broker.port, inflight=4)
    box.start()
    ears.until(lambda own: own.seqs == list(range(1, 31)))


def test_stop_first_publishes_what_waits(broker, subscribe, telemetry, line, store):
    ears, box = subscribe(broker.port), telemetry(broker.port, inflight=2)
    line.make(300)
    box.start()
    ears.hears("availability", b"online")
    assert box.stop(TIMEOUT_S)
    ears.hears("availability", b"stopped")
    assert ears.seqs == list(range(1, 301))


def test_stop_says_stopped_retained(broker, subscribe, telemetry):
    ears, box = subscribe(broker.port), telemetry(broker.port)
    box.start()
    ears.hears("availability", b"online")
    assert box.connected
    assert box.stop()
    assert not box.connected
    ears.hears("availability", b"stopped")
    late = subscribe(broker.port)
    late.hears("availability", b"stopped")
    assert late.of("availability")[0].retain


def test_info_is_retained(broker, subscribe, telemetry):
    box = telemetry(broker.port)
    body = info_of(
        versions={"ringlight": "0"}, model_id="m", provider_asked="A", provider_running="B", started_wall_ns=0
    )
    box.set_info(body)
    box.start()
    subscribe(broker.port).until(lambda own: own.of("info"))
    late = subscribe(broker.port)
    late.until(lambda own: own.of("info"))
    assert late.of("info")[0].retain


def test_the_will_says_offline_when_the_program_is_killed(broker, subscribe, tmp_path):
    """kill -9 leaves no time for goodbyes: only the broker can say it."""
    code = (
        "import sys, threading; from pathlib import Path\n"
        "from edge.clock import RealClock; from edge.config import BoxConfig, MqttConfig, StoreConfig\n"
        "from edge.store import Store; from edge.telemetry import Telemetry\n"
        "clock = RealClock(); store = Store(StoreConfig(folder=Path(sys.argv[2])), clock, 'b')\n"
        "config = MqttConfig(host='127.0.0.1', port=int(sys.argv[1]))\n"
        "Telemetry(config, BoxConfig(), store, clock, 'b').start(); threading.Event().wait()"
    )
    ears = subscribe(broker.port)
    child = subprocess.Popen([sys.executable, "-c", code, str(broker.port), str(tmp_path / "child")])
    try:
        ears.hears("availability", b"online")
    finally:
        child.kill()
        child.wait(30)
    ears.hears("availability", b"offline")
    assert ears.of("availability")[-1].payload == b"offline"


def test_a_broker_absent_at_start_is_found_when_it_comes(broker, telemetry, line, drained, trouble):
    """A peer's dispatch thread ended for good when the broker was down at start."""
    broker.stop()
    box = telemetry(broker.port)
    line.make(3)
    box.start()
    trouble("cannot be reached")
    assert box.checks()[0].level is Level.WARNING
    assert not box.connected
    broker.start()
    drained()
    assert box.published == 3


def test_nothing_is_missing_or_twice_over_a_broker_restart(broker, subscribe, telemetry, line, store, drained):
    ears, box = subscribe(broker.port, persistent=True), telemetry(broker.port)
    box.start()
    line.make(10)
    box.notify()
    drained()
    broker.stop()
    line.make(25)
    box.notify()
    broker.start()
    ears.until(lambda own: len(set(own.seqs)) == 35)
    assert box.stop()
    assert sorted(ears.seqs) == list(range(1, 36))
    assert store.outbox_depth() == 0


def test_what_a_killed_broker_had_not_acknowledged_comes_again_and_nothing_else(
    broker, subscribe, telemetry, line, store
):
    ears, box = subscribe(broker.port), telemetry(broker.port, inflight=2)
    line.make(1000)
    box.start()
    ears.until(lambda own: len(own.seqs) > 20)
    broker.kill()
    assert not box.stop()
    waiting = [row.seq for row in store.unpublished(1000)]
    assert len(waiting) == 1000 - box.published
    broker.start()
    again = subscribe(broker.port)
    telemetry(broker.port).start()
    again.until(lambda own: len(own.seqs) >= len(waiting))
    assert again.seqs == waiting


def test_a_retained_command_is_ignored_and_a_fresh_one_answered(broker, subscribe, telemetry):
    """Acting on a retained message repeats last week's command at every connection."""
    ears = subscribe(broker.port)
    ears.send("cmd/light", '{"id": "old", "brightness": 1}', retain=True)
    asked = []
    box = telemetry(broker.port, {"light": lambda arguments: asked.append(arguments) or {"brightness": 0.4}})
    box.start()
    ears.hears("availability", b"online")
    ears.send("cmd/light", '{"id": "new", "brightness": 0.4}')
    ears.until(lambda own: own.of("ack/"))
    (ack,) = ears.of("ack/")
    assert ack.topic == f"{BASE}/ack/new"
    assert json.loads(ack.payload)["result"] == {"brightness": 0.4}
    assert asked == [{"brightness": 0.4}]


def test_an_unknown_command_gets_an_error(broker, subscribe, telemetry):
    ears, box = subscribe(broker.port), telemetry(broker.port)
    box.start()
    ears.hears("availability", b"online")
    ears.send("cmd/dance", '{"id": "r1"}')
    ears.until(lambda own: own.of("ack/r1"))
    assert json.loads(ears.of("ack/r1")[0].payload)["ok"] is False


@pytest.fixture
def guarded(tmp_path, broker_type):
    """A broker that lets in only the user `box`, and a file with its password."""
    folder = tmp_path / "guarded"
    folder.mkdir()
    broker = broker_type(folder, {"box": "right"}).start()
    (tmp_path / "password").write_text("right\n")
    yield broker, tmp_path / "password"
    broker.stop()


def test_the_right_password_is_let_in(guarded, telemetry, line, drained):
    broker, file = guarded
    line.make()
    telemetry(broker.port, username="box", password_file=file).start()
    drained()


def test_a_wrong_password_is_a_fault_that_says_what_to_mend(guarded, telemetry, trouble):
    broker, file = guarded
    file.write_text("wrong\n")
    box = telemetry(broker.port, username="box", password_file=file)
    box.start()
    trouble("refuses the box")
    (check,) = box.checks()
    assert (check.level, box.connected) == (Level.FAULT, False)
    assert "mqtt.password_file" in check.mend


def test_a_password_that_is_corrected_lets_the_box_in_without_a_restart(guarded, telemetry, trouble, line, drained):
    broker, file = guarded
    file.unlink()
    line.make()
    telemetry(broker.port, username="box", password_file=file).start()
    trouble("credentials for the broker cannot be used")
    file.write_text("right\n")
    drained()
