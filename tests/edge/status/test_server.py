"""The serving thread: a port is told, taken, freed."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import pytest

from edge.errors import RinglightError
from edge.status.server import StatusServer

PATIENCE_S = 30


def connect(server: StatusServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)


def test_port_0_takes_a_free_port_and_tells_it(server):
    assert server.url == f"http://127.0.0.1:{server.port}/"
    connection = connect(server)
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    assert json.loads(answer.read())["status"] == "ok"
    assert answer.getheader("Server") is None
    connection.close()


def test_all_addresses_are_told_as_one_that_a_browser_can_open(app):
    server = StatusServer(app, "0.0.0.0", 0)
    server.stop()
    assert server.url == f"http://127.0.0.1:{server.port}/"


def test_a_port_that_is_taken_is_said_with_its_mend(app, server):
    with pytest.raises(RinglightError, match=rf"status\.port.*{server.port}.*set status\.port"):
        StatusServer(app, "127.0.0.1", server.port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_said_with_its_mend(app, host):
    with pytest.raises(RinglightError, match=r"status\.host"):
        StatusServer(app, host, 0)


def test_stop_frees_the_port_although_a_browser_holds_its_connection(app, server):
    """waitress's own loop ends only when the last client has hung up; a box that restarts cannot wait for a tablet."""
    holding = connect(server)
    holding.request("GET", "/healthz")
    holding.getresponse().read()
    server.stop()
    again = StatusServer(app, "127.0.0.1", server.port)
    again.stop()
    holding.close()


def test_stop_twice_and_no_thread_is_left(app):
    before = set(threading.enumerate())
    server = StatusServer(app, "127.0.0.1", 0)
    server.stop()
    server.stop()
    assert set(threading.enumerate()) <= before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
