"""A web line as a whole: real threads, a real model, a real page and a real broker."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from small_bundle import write_small_bundle

from edge.cli import main
from edge.clock import NS_PER_S, RealClock
from edge.slots import Slots
from edge.slots.flash import flash
from edge.token import make_token
from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys
from edge.virtual.belt import TrueBelt
from edge.virtual.light import VirtualRingLight
from edge.virtual.membrane import Membrane, Pinhole
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.web_camera import MembraneCamera
from edge.virtual.web_rig import configure_web
from edge.web.box import WebBox
from edge.web.ledger import Lengths

SPEED, PITCH, ROWS = 100.0, 0.5, 64
HOLES = [Pinhole(40.0 + 60.0 * i, 16.0, 6.0) for i in range(100)]


class Bench:
    """A web that runs past a box from the moment it is made."""

    def __init__(self, folder, port: int | None = None, **more) -> None:
        self.clock = RealClock()
        membrane = Membrane(HOLES, mm_per_px=PITCH, width_mm=48.0, grain=1.0)
        belt = TrueBelt(SPEED, self.clock.now_ns())
        self.camera = MembraneCamera(membrane, belt, self.clock, fps=10, rows=ROWS)
        sections = {
            "belt": {"encoder_pin": None, "speed_mm_s": SPEED},
            "web": {"overlap_px": 8},
            "model": {"bundle": write_small_bundle(folder / "m.ringlight")},
            "trust": {"folder": folder / "trust", "serial_file": folder / "serial.json", "allow_unsigned": True},
            "verdict": {"threshold": 0.36},
            "store": {"folder": folder / "data"},
            "status": {"host": "127.0.0.1", "port": 0, "token_file": folder / "token"},
            "mqtt": {"enabled": port is not None, "host": "127.0.0.1", "port": port or 1883},
            **more,
        }
        config = configure_web(membrane, ROWS, speed_mm_s=SPEED, tile_px=32, **sections)
        self.token = make_token(folder / "token")
        self.folder, self.config = folder, config
        self.pins = VirtualPinFactory(self.clock)
        self.box = WebBox(config, clock=self.clock, camera=self.camera, pin_factory=self.pins)

    def until(self, done: Callable[[], object]) -> None:
        end = self.clock.now_ns() + 30 * NS_PER_S
        while not done():
            assert self.clock.now_ns() < end, "nothing came of it"
            self.clock.wait(threading.Event(), NS_PER_S // 50)

    def lengths(self) -> Lengths:
        lengths = self.box.line.account().lengths
        assert lengths is not None
        return lengths

    def ended(self, key: int) -> bool:
        roll = self.box.book.roll(key)
        return roll is not None and roll.ended_ns is not None

    def get(self, path: str) -> str:
        assert self.box.page is not None
        with urllib.request.urlopen(self.box.page.url.rstrip("/") + path, timeout=10) as answer:
            return answer.read().decode()

    def post(self, body: dict, token: str = "", path: str = "api/roll") -> dict:
        assert self.box.page is not None
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(f"{self.box.page.url}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.box.start()
    yield bench
    bench.box.stop()


def test_a_web_runs_past_a_real_box_and_its_map_is_on_the_page(bench, tmp_path):
    bench.until(lambda: len(bench.box.book.findings(1)) >= 3)
    assert bench.post({"action": "start", "name": "R <2>"}, bench.token) == {"roll": 2}
    bench.until(lambda: bench.ended(1))
    told = json.loads(bench.get("/api/rolls/1"))
    defects = [one for one in told["findings"] if one["kind"] == "defect"]
    assert defects
    assert all(abs(one["across_mm"] + one["width_mm"] / 2 - 16.0) < 8.0 for one in defects)
    roll = told["roll"]
    assert roll["inspected_mm"] + roll["uninspected_mm"] == pytest.approx(roll["travelled_mm"])
    assert "R &lt;2&gt;" in bench.get("/rolls")
    assert "map.svg" in bench.get("/rolls/1")
    assert bench.get("/api/rolls/1/map.svg").count("<rect") >= len(defects)
    assert bench.get("/api/rolls/1/map.csv").count("\n") == len(told["findings"]) + 1
    assert (tmp_path / "data/rolls/1/map.json").exists()
    with urllib.request.urlopen(f"{bench.box.page.url}api/findings/1/image.jpg", timeout=10) as answer:
        assert answer.read(2) == b"\xff\xd8"


def test_what_became_of_the_web_is_said_at_the_end_and_adds_up(bench):
    bench.until(lambda: bench.lengths().inspected > 0)
    assert bench.box.line.account().outside_mm == 0.0, "the roll began with the box"
    bench.box.stop()
    roll = bench.box.book.rolls()[0]
    inspected, uninspected = roll.inspected_mm / 1000, roll.uninspected_mm / 1000
    assert bench.box.summary().startswith(f"1 rolls, {inspected:.3f} m inspected, {uninspected:.3f} m uninspected, ")


def test_a_splice_that_passes_the_sensor_begins_one_roll_however_its_contact_bounces(bench):
    for high in (True, False, True, False, True):
        bench.pins.drive(17, high, bench.clock.now_ns())
    bench.until(lambda: bench.ended(1))
    assert [roll.key for roll in bench.box.book.rolls()] == [2, 1]


def test_nobody_without_the_token_ends_a_roll(bench):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        bench.post({"action": "end"})
    assert bench.box.line.roll() is not None


def test_a_camera_that_is_unplugged_is_a_fault_and_the_length_is_told(bench):
    bench.until(lambda: bench.box.line.beats()["camera"] >= 3)
    bench.camera.unplugged = True
    bench.until(lambda: any(check.name == "web" for check in bench.box.checks()))
    bench.until(lambda: {check.name: check.level.name for check in bench.box.checks()}["camera"] == "FAULT")
    bench.until(lambda: bench.lengths().in_flight == 0)
    bench.box.stop()
    roll = bench.box.book.rolls()[0]
    assert roll.uninspected_mm is not None
    assert roll.uninspected_mm > 0
    assert [one.why for one in bench.box.book.findings(1) if one.kind == "uninspected"] == ["no_frame"]


def test_web_that_passes_before_the_lamp_is_warm_is_not_inspected_and_says_why(tmp_path):
    lamp = VirtualRingLight()
    bench = Bench(tmp_path, light={"kind": "serial", "port": lamp.port, "timeout_ms": 3000, "warm_up_s": 1.0})
    bench.box.start()
    try:
        bench.until(lambda: bench.lengths().inspected > 0)
        assert lamp.told == 800
        assert bench.lengths().uninspected * PITCH >= 0.8 * SPEED
        bench.until(lambda: any(one.why == "dark" for one in bench.box.book.findings(1)))
    finally:
        bench.box.stop()
        told = lamp.told
        lamp.close()
    assert told == 0


def test_a_lamp_that_fails_without_a_word_is_seen_in_the_picture(tmp_path):
    """A strip in the dark is one large defect to a model, or none at all."""
    bench = Bench(tmp_path)
    bench.box.start()
    try:
        bench.until(lambda: bench.lengths().inspected > 0)
        bench.camera.brightness = 0.05
        bench.until(lambda: bench.lengths().uninspected > 0)
        inspected = bench.lengths().inspected
        bench.until(lambda: bench.lengths().uninspected * PITCH > SPEED)
        assert bench.lengths().inspected <= inspected + 2 * ROWS
        assert {why.value for why, _ in bench.lengths().by_reason} == {"dark"}
        bench.until(lambda: any(check.name == "imaging.dark" for check in bench.box.checks()))
    finally:
        bench.box.stop()


def test_a_web_that_nobody_sees_is_stopped_until_somebody_acknowledges(tmp_path):
    """A web was refused a line stop: a camera that died cost the rest of the roll."""
    stop = {"pin": 22, "reasons": ["uninspected", "camera_fault"], "uninspected_mm": 20, "fault_s": 1.0}
    bench = Bench(tmp_path, line_stop=stop)
    bench.box.start()
    try:
        bench.until(lambda: bench.box.line.beats()["camera"] >= 3)
        bench.camera.unplugged = True
        bench.until(lambda: bench.pins.pin(22).state)
        assert bench.box.line.gate().stopped
        bench.until(lambda: json.loads(bench.get("/api/state"))["line"]["stopped"])
        bench.until(lambda: "camera_fault" in bench.box.line.gate().alarms)
        bench.camera.unplugged = False
        bench.until(lambda: {check.name: check.level.name for check in bench.box.checks()}["camera"] != "FAULT")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            bench.post({}, path="api/line/acknowledge")
        assert bench.post({}, bench.token, "api/line/acknowledge") == {"acknowledged": True}
        bench.until(lambda: not bench.pins.pin(22).state)
    finally:
        bench.box.stop()


def test_a_model_is_flashed_over_the_network_and_takes_over_with_the_next_roll(tmp_path):
    private, public, _ = make_keys(tmp_path, "desk")
    TrustFolder(tmp_path / "trust").trust(public)
    slots = Slots(tmp_path / "slots")

    def bundle(name: str, serial: int) -> Path:
        file, key = tmp_path / f"{name}.ringlight", PrivateKey.read(private)
        return write_small_bundle(file, good=80 / 255, spread=0.05, serial=serial, key=key, model_id=name)

    more = {
        "slots": {"folder": slots.folder, "batch_ms": 60_000, "late_parts": 1000, "defect_share": 0.5},
        "trust": {"folder": tmp_path / "trust", "serial_file": tmp_path / "serial.json"},
        "verdict": {"false_rejects_per_10000": 100},
    }
    membrane = Membrane([], mm_per_px=PITCH, width_mm=48.0)
    flash(configure_web(membrane, ROWS, **more), slots, bundle("old", 1), clock=RealClock())
    slots.start()
    slots.mark_good()
    bench = Bench(tmp_path, **more)
    bench.box.start()
    try:
        bench.until(lambda: bench.lengths().inspected > 0)
        assert bench.box.page is not None
        to = ["--to", f"127.0.0.1:{bench.box.page.port}", "--token-file", str(tmp_path / "token")]
        assert main(["flash", str(bundle("new", 2)), *to, "--until", "waiting"]) == 0
        bench.until(lambda: "waits for the end of the roll" in bench.get("/api/state"))
        assert bench.box.model.id == "old"
        bench.post({"action": "start", "name": "next"}, bench.token)
        bench.until(lambda: bench.box.model.id == "new")
        assert slots.active() == "b"
    finally:
        bench.box.stop()


@pytest.mark.needs("mosquitto")
def test_events_and_commands_go_over_a_real_broker(tmp_path, broker):
    heard: dict[str, list[dict]] = {}
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda c, u, m: heard.setdefault(m.topic.split("/")[4], []).append(json.loads(m.payload))
    client.connect("127.0.0.1", broker.port)
    for topic in ("event", "state", "ack/#"):
        client.subscribe(f"ringlight/site/line/box/{topic}", 1)
    client.loop_start()
    bench = Bench(tmp_path, broker.port)
    bench.box.start()
    try:
        bench.until(lambda: len(heard.get("event", ())) >= 2)
        client.publish("ringlight/site/line/box/cmd/roll", json.dumps({"id": "a", "action": "start", "name": "N"}), 1)
        bench.until(lambda: heard.get("ack"))
        assert heard["ack"][0]["result"] == {"roll": 2}
        bench.until(lambda: any(state["web"] and state["web"]["name"] == "N" for state in heard["state"]))
    finally:
        bench.box.stop()
        client.loop_stop()
    assert {event["kind"] for event in heard["event"]} >= {"defect"}
    assert len({event["seq"] for event in heard["event"]}) == len(heard["event"])
