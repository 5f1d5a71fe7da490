"""A line that stopped goes on by a command, through a real broker; nothing else starts it."""

import json
import queue
import threading

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from real_time_bench import Bench

pytestmark = pytest.mark.needs("mosquitto")
WAIT_S = 60.0
BASE = "ringlight/site/line/box"


class Office:
    """Somebody at the broker."""

    def __init__(self, port: int) -> None:
        self._heard: queue.Queue = queue.Queue()
        subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda c, u, message: self._heard.put((message.topic, json.loads(message.payload)))
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([(f"{BASE}/state", 1), (f"{BASE}/ack/#", 1)])
        self._client.loop_start()
        assert subscribed.wait(WAIT_S)

    def ask(self, name: str, *, retain: bool = False, **request) -> None:
        message = self._client.publish(f"{BASE}/cmd/{name}", json.dumps(request), qos=1, retain=retain)
        message.wait_for_publish(WAIT_S)

    def answer(self, name: str, **request) -> dict:
        self.ask(name, **request)
        return self.hear(f"ack/{request['id']}")

    def hear(self, topic: str, fits=lambda payload: True) -> dict:
        while True:
            heard, payload = self._heard.get(timeout=WAIT_S)
            if heard == f"{BASE}/{topic}" and fits(payload):
                return payload

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def office(broker):
    office = Office(broker.port)
    yield office
    office.close()


@pytest.fixture
def bench(tmp_path, broker):
    section = {"host": "127.0.0.1", "port": broker.port}
    bench = Bench(tmp_path, mqtt=section, line_stop={"pin": 25, "uninspected": 2, "reasons": ("uninspected",)})
    bench.box.start()
    yield bench
    bench.close()


def stopped(bench) -> bool:
    return bool(bench.pins.pin(25).state)


def stop_the_line(bench, office) -> dict:
    """Parts that nobody can inspect, in the dark; what `state` says of it."""
    office.hear("state")  # it is there, and hears
    assert office.answer("light", id="dark", brightness=0.0)["ok"]
    bench.go([20, 20, 20])
    return office.hear("state", lambda state: state["gate"]["stopped"])


def test_a_line_that_stopped_goes_on_once_what_was_seen_is_acknowledged(bench, office):
    state = stop_the_line(bench, office)
    assert stopped(bench)
    assert office.answer("light", id="bright", brightness=1.0)["result"] == {"brightness": 1.0}
    seen = state["gate"]["alarms"]
    assert seen
    ack = office.answer("acknowledge", id="go", boot_id=state["boot_id"], alarms=seen)
    assert (ack["ok"], ack["result"]) == (True, {"acknowledged": True})
    assert not stopped(bench)
    assert office.hear("state", lambda state: not state["gate"]["stopped"])["gate"]["alarms"] == {}
    bench.go([20])
    assert not stopped(bench)


def test_nothing_else_starts_a_line_that_stopped(bench, office):
    """Wrong, stale, retained, unanswerable: each of them is a message that somebody meant for something else."""
    stop_the_line(bench, office)
    for number, request in enumerate(
        [{"alarms": {}}, {"alarms": {"jam": 1}}, {"boot_id": "before"}, {"alarms": "all"}, {"really": True}]
    ):
        assert not office.answer("acknowledge", id=f"wrong{number}", **request)["ok"]
    office.ask("acknowledge", really=True)  # no id
    assert not office.answer("acknowledged", id="misspelt")["ok"]
    assert stopped(bench)


def test_a_retained_acknowledgement_starts_nothing_when_the_box_comes(tmp_path, broker, office):
    office.ask("acknowledge", retain=True, id="last-week")
    bench = Bench(
        tmp_path,
        mqtt={"host": "127.0.0.1", "port": broker.port},
        line_stop={"pin": 25, "uninspected": 2, "reasons": ("uninspected",)},
    )
    bench.box.start()
    stop_the_line(bench, office)
    assert stopped(bench)
    bench.close()


def test_a_command_that_comes_twice_acknowledges_once(bench, office):
    """QoS 1 delivers at least once, and the second copy came after the next alarm."""
    stop_the_line(bench, office)
    assert office.answer("acknowledge", id="once")["result"] == {"acknowledged": True}
    assert not stopped(bench)
    bench.go([20, 20, 20])
    office.hear("state", lambda state: state["gate"]["stopped"])
    assert office.answer("acknowledge", id="once")["result"] == {"acknowledged": True}
    assert stopped(bench)
