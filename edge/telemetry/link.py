"""One connection to the broker, from its attempt to its end.

A link is used once; every attempt makes a new one. paho keeps messages that await a receipt and sends them again when
it reconnects, clean session or not; so does our outbox, from the store. With both, every reconnect would publish
results twice. A fresh paho client has nothing to send again, and the store also knows what an earlier boot left over.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.config import MqttConfig
from edge.health import Level


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker answered CONNACK with success. Nothing else counts as connected."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker answered CONNACK with a refusal (reason code of MQTT 5, in words too)."""

    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over."""

    words: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The broker acknowledged the message with this number (PUBACK)."""

    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message came; `retained` says that the broker had it in store."""

    topic: str
    payload: bytes
    retained: bool


Event = Accepted | Refused | Lost | Receipt | Message


class Trouble(Exception):
    """No connection can be attempted or made: how bad it is, what was found, and the mend."""

    def __init__(self, level: Level, text: str, mend: str) -> None:
        super().__init__(text)
        self.level = level
        self.text = text
        self.mend = mend


class Link(Protocol):
    """What the session asks of a connection. One thread calls; events are taken by it too."""

    def connect(self) -> None:
        """Opens the connection and sends CONNECT; the broker's answer comes as an event. Raises Trouble."""
        ...

    def subscribe(self, topic: str, qos: int) -> None: ...

    def publish(self, topic: str, payload: bytes, qos: int, retained: bool) -> int:
        """Sends; returns the number that the receipt will bear."""
        ...

    def leave(self) -> None:
        """Says goodbye, so that the broker does not publish the will."""
        ...

    def drop(self) -> None:
        """Ends the connection at once, as if the cable were cut."""
        ...

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        ...


OpenLink = Callable[[Callable[[], object]], Link]


class PahoLink:
    """A link by paho-mqtt: MQTT 3.1.1, clean session, a stable client id, the will set before CONNECT.

    The session is clean because a command that waited for the box is a command nobody remembers giving.

    Args:
        config: broker, credentials, TLS.
        client_id: unique at the broker; a stale connection of the same name is ended by the broker.
        will: topic and payload that the broker publishes, retained, when this client vanishes.
        wake: called from paho's thread after each event.
    """

    def __init__(self, config: MqttConfig, client_id: str, will: tuple[str, bytes], wake: Callable[[], object]) -> None:
        self._config = config
        self._wake = wake
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=mqtt.MQTTv311,
            reconnect_on_failure=False,
        )
        client.will_set(will[0], will[1], qos=1, retain=True)
        client.max_inflight_messages_set(0)  # the outbox has its own window
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        self._client = client

    def connect(self) -> None:
        where = f"{self._config.host}:{self._config.port}"
        self._present_credentials()
        try:
            self._client.connect(self._config.host, self._config.port, self._config.keepalive_s)
        except ssl.SSLError as error:
            raise Trouble(
                Level.FAULT,
                f"TLS with the broker {where} fails: {error}.",
                "Set mqtt.ca_file to the authority that signed the broker's certificate, and check host and port.",
            ) from error
        except (OSError, ValueError) as error:
            raise Trouble(
                Level.WARNING,
                f"The broker {where} cannot be reached: {error}.",
                "Start the broker, or correct mqtt.host and mqtt.port. Results wait on disk meanwhile.",
            ) from error
        self._client.loop_start()

    def subscribe(self, topic: str, qos: int) -> None:
        self._client.subscribe(topic, qos)

    def publish(self, topic: str, payload: bytes, qos: int, retained: bool) -> int:
        return self._client.publish(topic, payload, qos, retained).mid

    def leave(self) -> None:
        self._client.disconnect()

    def drop(self) -> None:
        # paho has no call for this, and joining its thread may wait for a dead peer. Its thread ends by itself.
        connection = self._client.socket()
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def events(self) -> list[Event]:
        taken: list[Event] = []
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self._events.get_nowait())
        return taken

    def _present_credentials(self) -> None:
        config = self._config
        try:
            if config.username is not None:
                self._client.username_pw_set(config.username, _first_line(config))
            if config.tls:
                self._client.tls_set(ca_certs=str(config.ca_file) if config.ca_file else None)
        except (OSError, ValueError) as error:
            raise Trouble(
                Level.FAULT,
                f"The credentials for the broker cannot be used: {error}.",
                "Correct mqtt.password_file and mqtt.ca_file, and let the box read both files.",
            ) from error

    def _happened(self, event: Event) -> None:
        self._events.put(event)
        self._wake()

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._happened(Refused(reason.value, str(reason)) if reason.is_failure else Accepted())

    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self._happened(Lost(str(reason)))

    def _on_publish(self, client: Any, userdata: Any, number: int, reason: Any, properties: Any) -> None:
        self._happened(Receipt(number))

    def _on_message(self, client: Any, userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._happened(Message(message.topic, bytes(message.payload), bool(message.retain)))


def _first_line(config: MqttConfig) -> str | None:
    if config.password_file is None:
        return None
    lines = config.password_file.read_text(encoding="utf-8").splitlines()
    return lines[0] if lines else ""
