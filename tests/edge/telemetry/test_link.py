"""One connection, against brokers that misbehave."""

import socket
import threading

import pytest

from edge.config import MqttConfig
from edge.health import Level
from edge.telemetry.link import Accepted, Lost, PahoLink, Refused, Trouble

TIMEOUT_S = 30
CONNACK = b"\x20\x02\x00"


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT_S)
        yield server


@pytest.fixture
def woken():
    return threading.Event()


@pytest.fixture
def link(listener, woken):
    config = MqttConfig(host="127.0.0.1", port=listener.getsockname()[1])
    link = PahoLink(config, "ringlight:a", ("ringlight/a/availability", b"offline"), woken.set)
    link.connect()
    yield link
    link.drop()


def events(link, woken):
    assert woken.wait(TIMEOUT_S)
    woken.clear()
    return link.events()


def test_nothing_counts_as_connected_before_connack(listener, link, woken):
    """A peer set `connected = True` before the broker's answer was read."""
    peer, _ = listener.accept()
    with peer:
        request = peer.recv(1024)
        assert link.events() == []
        peer.sendall(CONNACK + b"\x00")
        assert events(link, woken) == [Accepted()]
    assert request[0] == 0x10
    assert request[8] == 4, "MQTT 3.1.1"
    assert request[9] == 0b0010_1110, "clean session; will at QoS 1, retained"
    assert b"ringlight:a" in request
    assert b"ringlight/a/availability" in request


@pytest.mark.parametrize(("answer", "code"), [(b"\x02", 133), (b"\x03", 136), (b"\x04", 134), (b"\x05", 135)])
def test_a_refusal_is_told_with_its_reason(listener, link, woken, answer, code):
    peer, _ = listener.accept()
    with peer:
        peer.recv(1024)
        peer.sendall(CONNACK + answer)
        (first, *_) = events(link, woken)
    assert isinstance(first, Refused)
    assert first.code == code


def test_a_closed_connection_is_told_and_not_reopened_behind_our_back(listener, link, woken):
    """paho would reconnect by itself and send again what it had kept: every result twice."""
    peer, _ = listener.accept()
    peer.recv(1024)
    peer.close()
    (event,) = events(link, woken)
    assert isinstance(event, Lost)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("paho-mqtt-client-ringlight:a")]
    for thread in threads:
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


def test_drop_ends_a_connection_whose_peer_is_silent(listener, link, woken):
    peer, _ = listener.accept()
    with peer:
        peer.recv(1024)
        link.drop()
        (event,) = events(link, woken)
    assert isinstance(event, Lost)


def test_nobody_there_is_a_warning_that_says_where(listener):
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(Trouble, match=f"127.0.0.1:{port}") as caught:
        PahoLink(MqttConfig(host="127.0.0.1", port=port), "a", ("w", b""), lambda: None).connect()
    assert caught.value.level is Level.WARNING


def test_a_missing_password_file_is_a_fault(tmp_path):
    config = MqttConfig(username="box", password_file=tmp_path / "none")
    with pytest.raises(Trouble, match="credentials") as caught:
        PahoLink(config, "a", ("w", b""), lambda: None).connect()
    assert caught.value.level is Level.FAULT


def test_a_broker_without_tls_is_a_fault_not_a_silent_downgrade(listener):
    """Answering in plain text to a TLS greeting, as a broker on port 1883 does."""

    def answer():
        peer, _ = listener.accept()
        with peer:
            peer.recv(1024)
            peer.sendall(b"this is no TLS\r\n")

    threading.Thread(target=answer, daemon=True).start()
    config = MqttConfig(host="127.0.0.1", port=listener.getsockname()[1], tls=True)
    with pytest.raises(Trouble, match="TLS") as caught:
        PahoLink(config, "a", ("w", b""), lambda: None).connect()
    assert caught.value.level is Level.FAULT
