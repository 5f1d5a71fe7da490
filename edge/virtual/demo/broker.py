"""A real MQTT broker inside the demo (amqtt), and somebody who listens to it with a connection of his own."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.errors import RinglightError

_START_S = 20.0


class EmbeddedBroker:
    """amqtt on a thread of its own, on a free port of this machine, open to everybody on it."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-broker", daemon=True)
        self._broker: Any = None

    def start(self) -> None:
        from amqtt.broker import Broker

        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._thread.start()
        config = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }

        async def begin() -> None:
            self._broker = Broker(config)
            await self._broker.start()

        asyncio.run_coroutine_threadsafe(begin(), self._loop).result(_START_S)

    def stop(self) -> None:
        if self._broker is not None:
            asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(_START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Listener:
    """Subscribes to a box's results and counts them by (boot_id, seq)."""

    def __init__(self, host: str, port: int, base: str) -> None:
        self._topic = f"{base}/result"
        self._seen: Counter[tuple[str, int]] = Counter()
        self._subscribed = threading.Event()
        self._more = threading.Condition()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="demo-listener")
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._heard
        self._client.connect(host, port)
        self._client.loop_start()
        if not self._subscribed.wait(_START_S):
            raise RinglightError(f"the broker on port {port} does not answer a subscription")

    def wait_for(self, results: int, timeout_s: float) -> bool:
        """Waits until so many different results were heard."""
        with self._more:
            return self._more.wait_for(lambda: len(self._seen) >= results, timeout_s)

    @property
    def heard(self) -> dict[tuple[str, int], int]:
        """How often each result was heard."""
        with self._more:
            return dict(self._seen)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _heard(self, client: Any, userdata: Any, message: mqtt.MQTTMessage) -> None:
        payload = json.loads(message.payload)
        with self._more:
            self._seen[payload["boot_id"], payload["seq"]] += 1
            self._more.notify_all()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
