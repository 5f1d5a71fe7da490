"""A line whose pulse thread hangs with its pin active, in a process of its own: `hanging.py waiting|holding|web`.

It writes every level of the pin to stdout: a gate's, or with `web` a marker's. The thread waits for what never comes;
with `holding` it keeps the interpreter's lock meanwhile, so that no other thread of Python runs.
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
from edge.web.assemble import WebScoring, make_web_line
from edge.web.line import Listeners
from edge.web.live import LiveWeb


class Pin:
    def on(self):
        os.write(1, b"1")

    def off(self):
        os.write(1, b"0")


def ignore(news):
    pass


def never(sight):
    raise AssertionError("no camera, no picture")


def main(how):
    def hang(*news):
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
    camera, dead_man = FolderCamera(Path("no such folder"), 1.0, clock), DeadMan(clock, 400 * NS_PER_MS)
    if how == "web":
        web = make_web_line(config, clock, Pin(), 256, Listeners(ignore, ignore, ignore, hang))
        web.marker.mark(web.conveyor.position(clock.now_ns()))
        LiveWeb(web, camera, WebScoring(never, 1.0, "none"), clock, NS_PER_S, dead_man=dead_man).start()
    else:
        inspector = make_inspector(
            config, clock, Pin(), threshold=1.0, model_id="none", on_record=ignore, on_ejection=hang
        )
        line = LiveLine(inspector, camera, never, clock, NS_PER_S, dead_man=dead_man)
        line.start()
        line.trigger(clock.now_ns())
    threading.Event().wait(20)


main(sys.argv[1])
