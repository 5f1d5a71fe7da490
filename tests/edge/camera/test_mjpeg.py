"""Motion JPEG over HTTP, from a real server that hangs, dies, lies and hurries."""

import threading

import pytest
from stream_server import StreamServer, jpeg, part

from edge.camera.capture import CaptureCamera
from edge.camera.mjpeg import MjpegStream, Parts, open_mjpeg, without_password
from edge.clock import NS_PER_MS, NS_PER_S, RealClock
from edge.config import CameraConfig
from edge.errors import CameraError

LONG_NS = 30 * NS_PER_S


@pytest.fixture
def server():
    server = StreamServer()
    yield server
    server.stop()


@pytest.fixture
def opened():
    streams = []

    def open_stream(address: str, timeout_ns: int = LONG_NS) -> MjpegStream:
        stream = open_mjpeg(address, RealClock(), LONG_NS, timeout_ns)
        assert stream is not None
        streams.append(stream)
        return stream

    yield open_stream
    for stream in streams:
        stream.release()


def grey(stream: MjpegStream) -> int:
    taken, image = stream.read()
    assert taken
    return round(float(image.mean()))


@pytest.mark.parametrize("length", [True, False])
def test_pictures_come_as_they_were_sent(server, opened, length):
    stream = opened(server.address)
    for number in (10, 200):
        server.send(part(jpeg(number), length=length) + (b"" if length else b"--frame"))
        assert grey(stream) == number


@pytest.mark.parametrize("chunk", [100, 1 << 18])
def test_of_a_camera_that_sends_ten_times_too_fast_the_newest_is_taken(server, opened, chunk, monkeypatch):
    """FFmpeg gave the oldest first; a box that was slow for a moment judged pictures of seconds ago from then on."""
    monkeypatch.setattr("edge.camera.mjpeg._CHUNK", chunk)  # the backlog is more than one reading, or less
    stream = opened(server.address)
    for number in range(10, 110, 10):
        server.send(part(jpeg(number)))
    assert grey(stream) == 100
    server.send(part(jpeg(7)))
    assert grey(stream) == 7


def test_half_a_picture_is_none(server, opened):
    """FFmpeg hands out a picture that was cut off, its lower half grey, and it was judged."""
    stream = opened(server.address)
    whole = part(jpeg(50, (480, 640)))
    server.send(whole[: len(whole) // 2])
    server.hang_up()
    with pytest.raises(CameraError, match="ended the stream"):
        stream.read()


def test_a_server_that_hangs_within_a_picture_costs_the_time_out_and_no_more(server, opened):
    stream = opened(server.address, 20 * NS_PER_MS)
    server.send(part(jpeg(50))[:300])
    with pytest.raises(CameraError, match=r"no whole picture within 0\.02 s"):
        stream.read()


def test_a_server_that_drips_is_bounded_too(server, opened):
    """Each byte came in time, and the picture never."""

    class Hasty(RealClock):
        """Each look at it finds 10 ms gone."""

        now = 0

        def now_ns(self) -> int:
            self.now += 10 * NS_PER_MS
            return self.now

    stream = open_mjpeg(server.address, Hasty(), LONG_NS, NS_PER_S)
    assert stream is not None
    stopped = threading.Event()

    def drip():
        while not stopped.is_set():
            server.send(b"-")

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(CameraError, match="no whole picture within 1 s"):
        stream.read()
    stopped.set()
    dripping.join(30)
    stream.release()


@pytest.mark.parametrize(
    ("rubbish", "words"),
    [
        (b"\x00" * 40_000, "has no header"),
        (b"HTTP/1.1 200 OK\r\n\r\n" * 9, "does not begin with the boundary"),
        (b"--frame\r\nContent-Length: 99999999999\r\n\r\n", "larger than"),
        (part(b"no picture") * 10, "10 pictures in a row are damaged"),
        (part(jpeg(9)[:-2]) * 10, "10 pictures in a row are damaged"),
    ],
)
def test_rubbish_is_said_to_be_none(server, opened, rubbish, words):
    stream = opened(server.address)
    server.send(rubbish)
    with pytest.raises(CameraError, match=words):
        stream.read()


def test_a_damaged_picture_among_good_ones_is_passed_over(server, opened):
    stream = opened(server.address)
    server.send(part(jpeg(20)) + part(jpeg(99)[:-2]))
    assert grey(stream) == 20


def test_a_boundary_that_is_named_with_its_dashes_is_understood(opened):
    server = StreamServer(boundary="--frame")
    stream = opened(server.address)
    server.send(part(jpeg(80), length=False) + b"--frame")
    assert grey(stream) == 80
    server.stop()


def test_the_body_may_come_in_any_pieces():
    body, parts = part(jpeg(1)) + part(jpeg(2), length=False) + b"--frame", Parts("frame")
    found = []
    for at in range(len(body)):
        parts.feed(body[at : at + 1])
        if parts.newest is not None:
            found.append(parts.newest)
            parts.newest = None
    assert found == [jpeg(1), jpeg(2)]


def test_what_is_no_motion_jpeg_is_left_to_others():
    server = StreamServer(kind="video/mp4")
    assert open_mjpeg(server.address, RealClock(), LONG_NS, LONG_NS) is None
    server.stop()


def test_the_password_goes_to_the_camera_and_nowhere_else(opened):
    """Addresses stand in checks that go to the page and to MQTT."""
    server = StreamServer(login="Basic ZXllOnMzY3JldA==")
    address = f"http://eye:s3cret@127.0.0.1:{server.port}/"
    opened(address)
    with pytest.raises(CameraError, match="answers 401") as refused:
        open_mjpeg(address.replace("s3cret", "other"), RealClock(), LONG_NS, LONG_NS)
    assert "other" not in str(refused.value)
    assert without_password(address) == f"http://eye:…@127.0.0.1:{server.port}/"
    server.stop()


def test_a_camera_that_is_off_is_named(free_port):
    with pytest.raises(CameraError, match=r"cannot be opened.*camera\.device"):
        open_mjpeg(f"http://127.0.0.1:{free_port()}/", RealClock(), LONG_NS, LONG_NS)


def stream_camera(server, **settings) -> CaptureCamera:
    return CaptureCamera(CameraConfig(**{"source": "video", "device": server.address, **settings}), RealClock())


def feed(server, *numbers, size=(48, 64)) -> None:
    for number in numbers:
        server.send(part(jpeg(number, size)))


def test_a_camera_that_died_is_read_again_once_it_is_back(server):
    camera = stream_camera(server, fps=500)
    camera.open()
    server.hang_up()
    with pytest.raises(CameraError, match="ended the stream"):
        camera.read(LONG_NS)
    camera.close()
    server.stop()
    with pytest.raises(CameraError, match="cannot be opened"):
        camera.open()
    again = StreamServer(server.port)
    camera.open()
    again.hang_up()
    with pytest.raises(CameraError, match="ended the stream"):
        camera.read(LONG_NS)
    camera.close()
    again.stop()


def test_frames_of_a_stream_reach_whoever_reads_the_camera(server):
    camera = stream_camera(server, fps=500)
    camera.open()
    stopped = threading.Event()

    def play():
        while not stopped.is_set():
            feed(server, 30, 60)

    playing = threading.Thread(target=play)
    playing.start()
    frame = camera.read(LONG_NS)
    stopped.set()
    playing.join(30)
    camera.close()
    server.hang_up()
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
