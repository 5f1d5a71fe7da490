"""A line whose pulse thread hangs with the gate open, in a process of its own: `hanging.py waiting|holding`.

It writes every level of the actuator's pin to stdout. The thread waits for what never comes, or holds the interpreter's
lock meanwhile, so that no other thread of Python runs.
"""

import ctypes
import os
import sys
import threading
from pathlib import Path

from edge.camera.folder import FolderCamera
from edge.clock import NS_PER_MS, NS_PER_S, RealClock
from edge.config import Config
from edge.inspector.assemble import make_inspector
from edge.inspector.threads import LiveLine
from edge.watchdog import DeadMan


class Pin:
    def on(self):
        os.write(1, b"1")

    def off(self):
        os.write(1, b"0")


def never(sight):
    raise AssertionError("no camera, no picture")


def main(how):
    def hang(ejection):
        if how == "holding":
            ctypes.PyDLL(None).pause()  # keeps the lock, unlike CDLL
        threading.Event().wait()

    config = Config.model_validate(
        {
            "trigger": {"camera_mm": 1.0},
            "ejector": {"distance_mm": 20.0, "pulse_ms": 60.0},
            "belt": {"speed_mm_s": 100.0},
        }
    )
    clock = RealClock()
    inspector = make_inspector(
        config, clock, Pin(), threshold=1.0, model_id="none", on_record=lambda record: None, on_ejection=hang
    )
    camera = FolderCamera(Path("no such folder"), 1.0, clock)
    line = LiveLine(inspector, camera, never, clock, NS_PER_S, dead_man=DeadMan(clock, 400 * NS_PER_MS))
    line.start()
    line.trigger(clock.now_ns())
    threading.Event().wait(20)


main(sys.argv[1])
