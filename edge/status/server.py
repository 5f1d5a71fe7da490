"""Serves the page from a thread of its own (waitress)."""

from __future__ import annotations

import errno
import logging
import socket
import threading

from flask import Flask
from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from edge.errors import RinglightError

_THREADS = 6  # as many as the connections of one browser
_LOOP_S = 1.0
_LARGEST_BODY = 1 << 20  # a part of an upload, with room to spare: what is larger is refused before it is read
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class StatusServer:
    """The page on a port. It listens and answers as soon as it is made, until `stop`.

    Args:
        app: the WSGI application.
        host: address to listen on, `status.host` of the configuration.
        port: `status.port`; 0 takes any free one, which `port` and `url` then tell.

    Raises:
        RinglightError: the address cannot be listened on; the message names the setting to change.
    """

    def __init__(self, app: Flask, host: str = "0.0.0.0", port: int = 8080) -> None:
        listener = _listen(host, port)
        self.port: int = listener.getsockname()[1]
        shown = _ANY.get(host, host)
        self.url = f"http://[{shown}]:{self.port}/" if ":" in shown else f"http://{shown}:{self.port}/"
        # A request that waits a moment is no warning: a browser loads the page over six connections at once.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, socket.socket] = {}
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[listener],
            threads=_THREADS,
            ident=None,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=_LARGEST_BODY,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status page", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answers nobody any more and frees the port; a second call does nothing."""
        if not self._thread.is_alive():
            return
        self._server.task_dispatcher.shutdown()
        self._stopping.set()
        self._wake()
        self._thread.join()

    def _run(self) -> None:
        # Not waitress's own loop: that one ends only when the last browser has hung up.
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_LOOP_S, map=self._sockets, count=1)
        # Closed here and not in `stop`: a select in this thread would trip over dead descriptors.
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _wake(self) -> None:
        if isinstance(self._server, BaseWSGIServer):  # one listening socket makes one of these
            self._server.pull_trigger()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise RinglightError(f"status.host: {host!r} is no address of a network: {error}. Set status.host.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise RinglightError(_say(host, port, error)) from error
    return listener


def _say(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"status.port: another program listens on port {port} of {host}. End it (`ss -ltnp` names it) or set "
            "status.port to a free port."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"status.host: {host} is no address of this machine. Set status.host, 0.0.0.0 for all of them."
    if error.errno == errno.EACCES:
        return f"status.port: this user may not listen on port {port}. Set status.port to 1024 or above."
    return f"status.host, status.port: cannot listen on {host} port {port}: {error.strerror}. Change either."
