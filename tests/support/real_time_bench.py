"""A box beside a virtual line, in real time: real threads, real pins, a real lamp on a terminal, a real model."""

from __future__ import annotations

import threading

import numpy as np
from small_bundle import write_small_bundle

from edge.box import Box
from edge.clock import RealClock
from edge.virtual.belt import LaidPart
from edge.virtual.camera import VirtualCamera
from edge.virtual.light import VirtualRingLight
from edge.virtual.line import Layout, LineThread, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import configure

LAYOUT = Layout(camera_mm=40.0, ejector_mm=200.0, drop_mm=60.0)
OPTICS = Optics(width_px=100, height_px=60, mm_per_px=1.0, noise=1.0)
PART_MM = 50.0


class Bench:
    """A box beside a virtual line, in real time; `go` lays parts and waits until all have fallen."""

    def __init__(self, tmp_path, **sections):
        self.clock = RealClock()
        self.lamp = VirtualRingLight()
        self.pins = VirtualPinFactory(self.clock)
        self.line = VirtualLine(
            self.clock, self.pins, LAYOUT, OPTICS, speed_mm_s=400.0, light=lambda: self.lamp.brightness
        )
        lamp = {"kind": "serial", "port": self.lamp.port, "brightness": 1.0, "timeout_ms": 3000}
        self.config = self.configuration(tmp_path, **{"light": lamp, **sections})
        self.camera = VirtualCamera(self.line, self.clock, 60.0)
        self.records = []
        self.box = Box(
            self.config, clock=self.clock, camera=self.camera, pin_factory=self.pins, on_record=self.records.append
        )
        self.belt = LineThread(self.line, self.clock)
        self.belt.start()

    @staticmethod
    def configuration(tmp_path, **sections):
        sections = {
            "model": {"bundle": write_small_bundle(tmp_path / "m.ringlight", good=0.25)},
            "trust": {"allow_unsigned": True},
            "verdict": {"threshold": 0.5},
            "mqtt": {"enabled": False},
            "store": {"folder": tmp_path / "data", "min_free_mb": 0},
            "status": {"host": "127.0.0.1", "port": 0},
            "ejector": {"decide_ms": 50},
            **sections,
        }
        return configure(LAYOUT, OPTICS, part_mm=PART_MM, speed_mm_s=400.0, fps=60.0, **sections)

    def go(self, greys):
        fallen, all_down = threading.Event(), len(self.line.fallen) + len(greys)
        self.belt.before_each = lambda: fallen.set() if len(self.line.fallen) == all_down else None
        head = self.line.position() + 300.0
        for number, grey in enumerate(greys, start=len(self.line.fallen) + 1):
            picture = np.full((50, 50, 3), grey, np.uint8)
            self.line.lay(LaidPart(number, head, PART_MM, picture, bad=grey > 128))
            head += PART_MM + 40.0
        assert fallen.wait(60)

    def close(self):
        self.belt.stop()
        self.box.stop()
        self.lamp.close()
