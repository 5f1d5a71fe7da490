"""`ringlight run` as a process: started, asked over HTTP and MQTT, stopped, killed and started again."""

import json
import queue
import signal
import threading
import urllib.request

import cv2
import numpy as np
import paho.mqtt.client as mqtt
import pytest
from box_process import WAIT_S, Process
from paho.mqtt.enums import CallbackAPIVersion
from small_bundle import write_small_bundle

from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys

pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture
def config(tmp_path, broker):
    private, public, _ = make_keys(tmp_path, "desk")
    write_small_bundle(tmp_path / "m.ringlight", key=PrivateKey.read(private))
    TrustFolder(tmp_path / "trust").trust(public)
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "a.png"), np.full((64, 64, 3), 60, np.uint8))
    file = tmp_path / "box.toml"
    file.write_text(
        '[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[model]\nbundle = "m.ringlight"\n'
        '[trust]\nfolder = "trust"\nserial_file = "serial.json"\n'
        '[camera]\nsource = "folder"\ndevice = "pictures"\n[store]\nfolder = "data"\nmin_free_mb = 0\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n[status]\nhost = "127.0.0.1"\nport = 0\n'
    )
    return file


@pytest.fixture
def availability(broker):
    """What is published on the box's `availability`, in order."""
    heard: queue.Queue[str] = queue.Queue()
    subscribed = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda c, u, message: heard.put(message.payload.decode())
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", broker.port)
    client.subscribe("ringlight/site/line/box/availability", qos=1)
    client.loop_start()
    assert subscribed.wait(WAIT_S)
    yield heard
    client.disconnect()
    client.loop_stop()


def test_a_box_that_is_asked_to_stop_says_so_and_ends_well(config, availability):
    box = Process(config)
    with urllib.request.urlopen(box.url() + "api/state", timeout=WAIT_S) as answer:
        state = json.load(answer)
    assert state["line"]["balanced"]
    assert availability.get(timeout=WAIT_S) == "online"
    assert box.end(signal.SIGTERM) == 0
    assert availability.get(timeout=WAIT_S) == "stopped"
    assert "0 triggered" in box.log[-1]


def test_a_box_that_is_killed_is_offline_and_starts_again_on_its_old_data(config, availability):
    box = Process(config)
    box.url()
    assert availability.get(timeout=WAIT_S) == "online"
    box.end(signal.SIGKILL)
    assert availability.get(timeout=WAIT_S) == "offline"
    again = Process(config)
    again.url()
    assert availability.get(timeout=WAIT_S) == "online"
    assert again.end(signal.SIGINT) == 0
