"""Telemetry with the broker that `ringlight demo` embeds."""

import asyncio
import threading

import pytest

from edge.clock import RealClock
from edge.config import BoxConfig, MqttConfig
from edge.telemetry import Telemetry

TIMEOUT_S = 30


@pytest.fixture
def port(free_port):
    """Port of an amqtt broker in a thread of its own."""
    amqtt = pytest.importorskip("amqtt.broker")
    port, loop, running = free_port(), asyncio.new_event_loop(), threading.Event()
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    async def serve() -> None:
        broker = amqtt.Broker(config)
        await broker.start()
        ended = asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        running.set()
        await ended.wait()
        await broker.shutdown()

    stop = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert running.wait(TIMEOUT_S)
    yield port
    stop[0]()
    thread.join(TIMEOUT_S)
    loop.close()


def test_results_reach_a_subscriber_through_the_embedded_broker(port, subscribe, line, store):
    ears = subscribe(port)
    box = Telemetry(MqttConfig(host="127.0.0.1", port=port), BoxConfig(), store, RealClock(), "boot")
    line.make(40)
    box.start()
    ears.until(lambda own: len(own.seqs) >= 40)
    assert box.stop(TIMEOUT_S)
    ears.hears("availability", b"stopped")
    assert ears.seqs == list(range(1, 41))
