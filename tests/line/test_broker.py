"""A broker that is absent, comes, goes and comes back, beside a line that does not notice."""

import json
import queue
import threading

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from real_time_bench import Bench

from edge.health import Level
from edge.telemetry import base_topic

WAIT_S = 60.0


class Subscriber:
    """Somebody in the plant whose broker keeps his messages while he is away."""

    def __init__(self, port: int, topic: str) -> None:
        self._subscribed = threading.Event()
        self._arrived: queue.Queue[tuple[int, str, int]] = queue.Queue()
        self.heard: set[tuple[int, str, int]] = set()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="plant", clean_session=False)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(topic, qos=1)
        self.client.loop_start()
        assert self._subscribed.wait(WAIT_S)

    def wait_for(self, results: int) -> None:
        """Until so many different results were heard. QoS 1 may deliver one twice; (boot_id, seq) tells."""
        while len(self.heard) < results:
            self.heard.add(self._arrived.get(timeout=WAIT_S))

    def _on_message(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        result = json.loads(message.payload)
        self._arrived.put((result["part_id"], result["boot_id"], result["seq"]))


@pytest.mark.needs("mosquitto")
def test_no_result_is_missing_or_told_in_two_ways_whatever_the_broker_did(tmp_path, broker):
    mqtt_section = {"host": "127.0.0.1", "port": broker.port}
    subscriber = Subscriber(broker.port, "ringlight/site/line/box/result")
    broker.stop()
    bench = Bench(tmp_path, mqtt=mqtt_section)
    assert base_topic(bench.config.box) == "ringlight/site/line/box"
    bench.box.start()
    bench.go([60, 230])
    assert bench.box.line.counts().balanced
    assert any(check.level is Level.WARNING and "broker" in check.text for check in bench.box.checks())
    broker.start()
    subscriber.wait_for(2)
    broker.stop()
    bench.go([230, 60])
    broker.start()
    subscriber.wait_for(4)
    bench.go([60])
    subscriber.wait_for(5)
    bench.close()
    assert sorted(part for part, _, _ in subscriber.heard) == [1, 2, 3, 4, 5]
    subscriber.client.disconnect()
    subscriber.client.loop_stop()
