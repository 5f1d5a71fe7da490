"""A store with rows in it, a scripted link for the state machine, and an independent subscriber for real brokers."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.clock import VirtualClock
from edge.config import StoreConfig
from edge.parts import Account, Decision, Part, Place, Record, State, Trigger, Verdict
from edge.store import Store
from edge.telemetry.link import Event, Trouble

TIMEOUT_S = 30.0
BASE = "ringlight/site/line/box"
_NUMBERS = itertools.count()


class Line:
    """Closes accounts into a store, as the line would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.parts = 0

    def make(self, count: int = 1) -> None:
        for _ in range(count):
            self.parts += 1
            part = Part(self.parts, Trigger(self.parts * 1000, self.parts * 10.0))
            verdict = Verdict(Decision.REJECT, 3.5, 2.0, ("score 3.5 above threshold 2",), (Place(1, 2, 3, 4),))
            account = Account(part, State.REJECTED, self.parts * 1000 + 500, verdict=verdict)
            self.store.put(Record(account, "model-1", scored_ns=self.parts * 1000 + 400))
        self.store.flush()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(StoreConfig(folder=tmp_path / "data", min_free_mb=0), VirtualClock(), "boot")
    yield store
    store.close()


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store)


class ScriptedLink:
    """A link whose other end is the test. It refuses wrong calls: nothing may be sent before the broker's answer."""

    def __init__(self, trouble: Trouble | None = None) -> None:
        self.sent: list[tuple[str, bytes, int, bool]] = []
        self.subscribed: list[str] = []
        self.ended = ""
        self._trouble = trouble
        self._accepted = False
        self._pending: list[Event] = []

    def connect(self) -> None:
        if self._trouble:
            raise self._trouble

    def subscribe(self, topic: str, qos: int) -> None:
        assert self._accepted, "subscribed before CONNACK"
        self.subscribed.append(topic)

    def publish(self, topic: str, payload: bytes, qos: int, retained: bool) -> int:
        assert self._accepted, "published before CONNACK"
        assert not self.ended, "published after the end"
        self.sent.append((topic, payload, qos, retained))
        return len(self.sent)

    def leave(self) -> None:
        self.ended = "left"

    def drop(self) -> None:
        self.ended = self.ended or "dropped"

    def events(self) -> list[Event]:
        taken, self._pending = self._pending, []
        self._accepted = self._accepted or any(type(event).__name__ == "Accepted" for event in taken)
        return taken

    def happen(self, *events: Event) -> None:
        self._pending += events

    def seqs(self) -> list[int]:
        return [json.loads(payload)["seq"] for topic, payload, _, _ in self.sent if topic.endswith("/result")]

    def numbers(self) -> list[int]:
        """Numbers of the results that were sent, as their receipts bear them."""
        return [n for n, sent in enumerate(self.sent, start=1) if sent[0].endswith("/result")]

    def last(self, name: str) -> Any:
        found = [payload for topic, payload, _, _ in self.sent if topic == f"{BASE}/{name}"]
        return found[-1] if found else None


class Subscriber:
    """An independent client that notes all messages below a topic; `seqs` are the results' in order of arrival.

    A persistent one keeps its session at the broker while either of them is away.
    """

    def __init__(self, port: int, topic: str = "ringlight/#", persistent: bool = False) -> None:
        self.messages: list[mqtt.MQTTMessage] = []
        self.seqs: list[int] = []
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._topic = topic
        name = f"subscriber-{next(_NUMBERS)}"
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=not persistent)
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._subscribe
        client.on_subscribe = lambda *args: self._ready.set()
        client.on_message = self._note
        self.client = client
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert self._ready.wait(TIMEOUT_S), "the broker did not answer the subscriber"

    def _subscribe(self, client: Any, *args: Any) -> None:
        client.subscribe(self._topic, 1)

    def _note(self, client: Any, userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.messages.append(message)
            if message.topic == f"{BASE}/result":
                seq = json.loads(message.payload)["seq"]
                # DUP: the broker itself repeats what this client had not acknowledged; the box has no part in it.
                if not (message.dup and seq in self.seqs):
                    self.seqs.append(seq)
            self._news.notify_all()

    def until(self, done: Callable[[Subscriber], bool]) -> None:
        """Waits until what was heard satisfies `done`."""
        with self._news:
            assert self._news.wait_for(lambda: done(self), TIMEOUT_S), self._heard()

    def hears(self, name: str, payload: bytes) -> None:
        """Waits for a message."""
        self.until(lambda own: any(m.topic == f"{BASE}/{name}" and m.payload == payload for m in own.messages))

    def of(self, name: str) -> list[mqtt.MQTTMessage]:
        return [message for message in self.messages if message.topic.startswith(f"{BASE}/{name}")]

    def send(self, name: str, payload: str, retain: bool = False) -> None:
        self.client.publish(f"{BASE}/{name}", payload, qos=1, retain=retain).wait_for_publish(TIMEOUT_S)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self) -> str:
        return f"heard only {[(message.topic, bytes(message.payload)[:80]) for message in self.messages[-20:]]}"


@pytest.fixture
def subscribe() -> Iterator[Callable[..., Subscriber]]:
    """Makes subscribers: `subscribe(port, topic=…, persistent=…)`."""
    made: list[Subscriber] = []

    def make(*args: Any, **kwargs: Any) -> Subscriber:
        made.append(Subscriber(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def scripted() -> type[ScriptedLink]:
    return ScriptedLink
