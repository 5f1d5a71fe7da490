"""A network camera: a real HTTP server that sends what a test says, when it says so."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

END = b""


def jpeg(number: int, size: tuple[int, int] = (48, 64)) -> bytes:
    """A picture with grey level `number`."""
    return cv2.imencode(".jpg", np.full((*size, 3), number, np.uint8))[1].tobytes()


def part(body: bytes, *, length: bool = True) -> bytes:
    header = b"--frame\r\nContent-Type: image/jpeg\r\n" + (b"Content-Length: %d\r\n" % len(body) if length else b"")
    return header + b"\r\n" + body + b"\r\n"


class StreamServer:
    """Sends what `send` is given to whoever is connected; `hang_up` ends the connection.

    Args:
        boundary: as the header names it.
        kind: content type of the answer.
        login: what an Authorization header has to be; None lets everybody in.
    """

    def __init__(self, port: int = 0, *, boundary: str = "frame", kind: str = "", login: str | None = None) -> None:
        self._said: queue.Queue[bytes] = queue.Queue()
        self._sent = threading.Semaphore(0)
        self._kind = kind or f"multipart/x-mixed-replace; boundary={boundary}"
        self._login = login
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/video?fps=30"

    def send(self, data: bytes) -> None:
        """Returns once the kernel has it. Somebody must be connected."""
        self._said.put(data)
        assert self._sent.acquire(timeout=30)

    def hang_up(self) -> None:
        self.send(END)

    def stop(self) -> None:
        self._said.put(END)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self._login is not None and handler.headers["Authorization"] != self._login:
            handler.send_error(401)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", self._kind)
        handler.end_headers()
        data = None
        while data != END:
            data = self._said.get()
            try:
                handler.wfile.write(data)
            except OSError:
                data = END
            self._sent.release()
