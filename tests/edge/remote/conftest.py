"""A server on a free port that answers as it was told, and a box that asks it, on the virtual clock."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from edge.clock import VirtualClock
from edge.remote.address import Address
from edge.remote.box import RemoteBox

TOKEN = "t" * 43
DROP = -1  # the connection breaks before an answer


class Told:
    """Answers with what lies in `answers`, one after the other, then with 200 and {}; notes every request."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.requests: list[tuple[str, str, str, bytes]] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                told.requests.append((self.command, self.path, self.headers.get("Authorization", ""), body))
                status, value = told.answers.pop(0) if told.answers else (200, {})
                if status == DROP:
                    self.close_connection = True
                    return
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = answer

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture
def told():
    told = Told()
    yield told
    told.stop()


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def box(told, clock, heard):
    return RemoteBox(Address("127.0.0.1", told.port), TOKEN, clock, say=heard.append)
