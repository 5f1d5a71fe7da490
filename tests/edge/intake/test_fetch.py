"""Fetching a bundle from a real web server that does what web servers do."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edge.bundle import sha256
from edge.clock import NS_PER_S
from edge.intake.fetch import Fetcher, FetchFailed, Source
from edge.intake.uploads import Fault, UploadRefused

FILE = bytes(range(95))
NAME = sha256(FILE)


class Server:
    """Serves `file`; `ranges`, `sized`: whether it knows ranges and says sizes; `statuses`: what it answers first;
    `breaks`: after how many bytes each of the first answers breaks; `shift`: by how much its ranges are wrong."""

    def __init__(self):
        self.file, self.ranges, self.sized = FILE, True, True
        self.statuses: list[int] = []
        self.breaks: list[int] = []
        self.shift = 0
        self.asked: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = self.headers.get("Range")
                server.asked.append(wanted)
                if server.statuses:
                    self.send_error(server.statuses.pop(0))
                    return
                at = int(re.findall(r"\d+", wanted)[0]) + server.shift if wanted and server.ranges else 0
                self.send_response(206 if at else 200)
                if at:
                    self.send_header("Content-Range", f"bytes {at}-{len(server.file) - 1}/{len(server.file)}")
                if server.sized:
                    self.send_header("Content-Length", str(len(server.file) - at))
                self.end_headers()
                self.wfile.write(server.file[at:][: server.breaks.pop(0) if server.breaks else None])

            def log_message(self, format, *args):
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def source(self):
        return Source.parse(f"http://127.0.0.1:{self._server.server_address[1]}/models/new.ringlight?a=1")

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def fetch(uploads, clock, server):
    """Fetches, and returns what was said."""

    def fetch(stop=None):
        said = []
        Fetcher(uploads, clock, stop or threading.Event()).fetch(server.source, NAME, said.append)
        return said

    return fetch


def test_a_file_is_fetched_whole(fetch, uploads, server):
    said = fetch()
    assert uploads.whole(NAME).read_bytes() == FILE
    assert said[0].startswith("fetching from 127.0.0.1:")
    assert said[1].startswith("received: 95 bytes")


def test_what_is_there_already_is_not_asked_for(fetch, server):
    fetch()
    fetch()
    assert server.asked == [None]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_breaks_is_gone_on_with(fetch, uploads, server, ranges, clock):
    server.ranges, server.breaks = ranges, [35, 20 if ranges else 55, 0]
    fetch()
    assert uploads.whole(NAME).read_bytes() == FILE
    assert server.asked == [None, "bytes=30-", "bytes=50-", "bytes=50-"]
    assert clock.now_ns() > NS_PER_S


def test_what_an_upload_left_is_gone_on_with(fetch, uploads, server):
    uploads.put(NAME, 95, 0, FILE[:10])
    fetch()
    assert server.asked == ["bytes=10-"]
    assert uploads.whole(NAME).read_bytes() == FILE


def test_a_server_that_is_busy_is_asked_again(fetch, uploads, server):
    server.statuses = [503, 429, 500]
    fetch()
    assert uploads.whole(NAME).read_bytes() == FILE


def test_another_file_is_not_taken(fetch, uploads, server):
    server.file = bytes(95)
    with pytest.raises(FetchFailed, match="another file"):
        fetch()
    assert uploads.look(NAME).have == 0


def test_a_file_that_changed_in_between_is_fetched_anew(fetch, uploads, server):
    uploads.put(NAME, 60, 0, bytes(10))
    fetch()
    assert uploads.whole(NAME).read_bytes() == FILE
    assert server.asked == ["bytes=10-", None]


@pytest.mark.parametrize(("status", "word"), [(404, "404"), (403, "403"), (302, "sends the box elsewhere")])
def test_what_is_not_there_is_not_tried_again(fetch, server, clock, status, word):
    """A redirect could lead anywhere; the address that was named is the one that is asked."""
    server.statuses = [status]
    with pytest.raises(FetchFailed, match=word):
        fetch()
    assert (len(server.asked), clock.now_ns()) == (1, 0)


def test_a_server_that_gives_a_little_each_time_is_not_given_up(fetch, uploads, server):
    server.breaks = [15] * 9
    fetch()
    assert len(server.asked) == 9  # more than it is tried in vain
    assert uploads.whole(NAME).read_bytes() == FILE


def test_a_server_that_never_gives_more_is_given_up(fetch, server, clock):
    server.breaks = [0] * 99
    with pytest.raises(FetchFailed, match="does not give the file"):
        fetch()
    assert len(server.asked) == 8


def test_a_size_must_be_told(fetch, server):
    server.sized = False
    with pytest.raises(FetchFailed, match="how large"):
        fetch()


def test_a_range_that_was_not_asked_for_is_not_taken(fetch, uploads, server):
    uploads.put(NAME, 95, 0, FILE[:10])
    server.shift = 5
    with pytest.raises(FetchFailed):
        fetch()
    assert uploads.look(NAME).have == 10


def test_what_is_too_large_is_not_taken(fetch, uploads, server, disk):
    server.file = bytes(101)
    with pytest.raises(UploadRefused) as error:
        fetch()
    assert error.value.fault is Fault.SIZE
    assert disk.operations == []


def test_a_box_that_stops_waits_for_nobody(fetch, server, clock):
    stop = threading.Event()
    stop.set()
    with pytest.raises(FetchFailed, match="stopped"):
        fetch(stop)
    assert clock.now_ns() == 0


@pytest.mark.parametrize(
    "url",
    [
        None, 5, "", "ftp://host/x", "file:///etc/shadow", "host/x", "http://", "http://u:p@host/x", "http://host:port/",
        "http://host/a b", "http://host/\r\nX: y", "http://host/é", "http://host/" + "a" * 2048,
    ],
)  # fmt: skip
def test_only_plain_web_addresses_are_fetched_from(url):
    with pytest.raises(ValueError, match="http://"):
        Source.parse(url)


def test_an_address_is_taken_apart():
    source = Source.parse("https://plant.example/a/b?c=1")
    assert (source.address.host, source.address.port, source.address.tls) == ("plant.example", 443, True)
    assert source.target == "/a/b?c=1"
