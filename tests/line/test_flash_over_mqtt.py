"""An MQTT command flashes a box from a web server, through a real broker, while parts ride past."""

import functools
import json
import queue
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import paho.mqtt.client as mqtt
import pytest
from flashed_line import Plant
from paho.mqtt.enums import CallbackAPIVersion

from edge.bundle import sha256

pytestmark = pytest.mark.needs("mosquitto")
WAIT_S = 60.0
BASE = "ringlight/site/line/box"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        """Nothing on the terminal."""


@pytest.fixture
def url(tmp_path):
    """Where the files of `shelf` are served."""
    (tmp_path / "shelf").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "shelf")))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/new.ringlight"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(broker):
    """Somebody at the broker: `tell` sends a command, `heard` has what the box says, by the last part of the topic."""

    class Office:
        def __init__(self):
            self.heard = queue.Queue()
            subscribed = threading.Event()
            self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
            self.client.on_message = lambda c, u, message: self.heard.put((message.topic, json.loads(message.payload)))
            self.client.on_subscribe = lambda *_: subscribed.set()
            self.client.connect("127.0.0.1", broker.port)
            self.client.subscribe([(f"{BASE}/state", 1), (f"{BASE}/ack/#", 1)])
            self.client.loop_start()
            assert subscribed.wait(WAIT_S)

        def tell(self, **request):
            self.client.publish(f"{BASE}/cmd/flash", json.dumps(request), qos=1).wait_for_publish(WAIT_S)

        def hear(self, fits):
            while True:
                topic, payload = self.heard.get(timeout=WAIT_S)
                if fits(topic.removeprefix(f"{BASE}/"), payload):
                    return payload

    office = Office()
    yield office
    office.client.disconnect()
    office.client.loop_stop()


@pytest.fixture
def plant(tmp_path, broker):
    plant = Plant(tmp_path, mqtt={"host": "127.0.0.1", "port": broker.port}, flash={"mqtt": True}, box={"site": "site"})
    yield plant
    plant.bench.close()


def test_a_model_comes_by_command(plant, office, url, tmp_path):
    bundle = plant.bundle("new", serial=2)
    (tmp_path / "shelf" / "new.ringlight").write_bytes(bundle.read_bytes())
    digest = sha256(bundle.read_bytes())
    office.hear(lambda topic, said: topic == "state")
    office.tell(id="a1", url=url, sha256=digest)
    ack = office.hear(lambda topic, said: topic == "ack/a1")
    assert (ack["ok"], ack["result"]) == (True, {"sha256": digest, "stage": "fetching"})
    over = threading.Event()

    def ride():
        while not over.is_set():
            plant.bench.go([60, 60, 60, 230])

    parts = threading.Thread(target=ride)
    parts.start()
    told = office.hear(lambda topic, said: topic == "state" and (said.get("flash") or {}).get("stage") == "good")
    over.set()
    parts.join()
    assert (told["flash"]["sha256"], told["flash"]["model_id"], told["flash"]["slot"]) == (digest, "new", "B")
    assert plant.bench.box.line.counts().balanced


def test_another_file_is_refused_and_the_old_model_inspects(plant, office, url, tmp_path):
    (tmp_path / "shelf" / "new.ringlight").write_bytes(plant.bundle("new", serial=2).read_bytes())
    office.hear(lambda topic, said: topic == "state")
    office.tell(id="a1", url=url, sha256="ab" * 32)
    told = office.hear(lambda topic, said: topic == "state" and (said.get("flash") or {}).get("stage") == "refused")
    assert "another file" in told["flash"]["why"]
    assert plant.bench.box.model.id == "old"
