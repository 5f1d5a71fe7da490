"""A network camera that dies and comes back, again and again: what stays behind in the box.

A server of its own process sends a stream over HTTP and is killed without a word. `--reader box` reads motion JPEG as
the box does, `--reader ffmpeg` has OpenCV's FFmpeg read it (raw JPEG pictures, as `rtsp://` would be read).

    python benchmarks/camera.py --cycles 100 --json build/bench-camera.json
"""

from __future__ import annotations

import argparse
import json
import queue
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.camera.base import make_camera
from edge.camera.watching import Watching
from edge.clock import NS_PER_MS, NS_PER_S, RealClock
from edge.config import CameraConfig
from edge.parts import Frame

_FPS = 60
_SIZE = (480, 640)
_PATIENCE_S = 60
_KINDS = {"box": "multipart/x-mixed-replace; boundary=frame", "ffmpeg": "video/x-motion-jpeg"}


def serve(port: int, reader: str) -> None:
    """Sends for ever what a camera would."""
    dice = np.random.default_rng(1)
    coarse = dice.integers(0, 255, (16, 3, _SIZE[0] // 16, _SIZE[1] // 16), np.uint8)
    pictures = [cv2.imencode(".jpg", cv2.resize(one.transpose(1, 2, 0), _SIZE[::-1]))[1].tobytes() for one in coarse]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", _KINDS[reader])
            self.end_headers()
            clock, never, number = RealClock(), threading.Event(), 0
            while True:
                body = pictures[number % len(pictures)]
                head = b"--frame\r\nContent-Length: %d\r\n\r\n" % len(body) if reader == "box" else b""
                try:
                    self.wfile.write(head + body + (b"\r\n" if reader == "box" else b""))
                except OSError:
                    return
                clock.wait(never, NS_PER_S // _FPS)
                number += 1

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    print("ready", flush=True)
    server.serve_forever()


def footprint() -> dict[str, int]:
    """Threads, open files and resident memory (MB) of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "resident_mb": int(status["VmRSS"].split()[0]) // 1024,
    }


class Outages:
    """Kills and starts the server, and measures how long frames stay away."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._clock = RealClock()
        self._frames: queue.Queue[Frame] = queue.Queue()
        self._server = self._start()
        config = CameraConfig(
            source="video", device=f"http://127.0.0.1:{self._port}/", fps=_FPS, read_timeout_ms=1000, frozen_frames=0
        )
        self._camera = make_camera(config, self._clock)
        watching = Watching(self._camera, self._clock, config.read_timeout_ms * NS_PER_MS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=watching.run, args=(self._stop, self._frames.put), daemon=True)
        self._thread.start()
        self._frame_after(0)

    def cycle(self) -> float:
        """Seconds from the server's return to the first frame that may be used."""
        self._server.kill()
        self._server.wait()
        self._server = self._start()
        back_ns = self._clock.now_ns()
        return (self._frame_after(back_ns) - back_ns) / NS_PER_S

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._camera.close()
        self._server.kill()
        self._server.wait()

    def _start(self) -> subprocess.Popen[str]:
        words = [sys.executable, __file__, "--serve", str(self._port), "--reader", self._reader]
        server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        server.stdout.readline()
        return server

    def _frame_after(self, instant_ns: int) -> int:
        while True:
            frame = self._frames.get(timeout=_PATIENCE_S)
            if frame.taken_ns >= instant_ns:
                return frame.taken_ns


def measure(reader: str, cycles: int) -> dict[str, Any]:
    outages = Outages(reader)
    try:
        waits = [outages.cycle() for _ in range(3)]  # buffers and pools have their size from then on
        before = footprint()
        waits = [outages.cycle() for _ in range(cycles)]
        after = footprint()
    finally:
        outages.close()
    return {
        "reader": reader,
        "cycles": cycles,
        "before": before,
        "after": after,
        "back_s_p50": round(float(np.median(waits)), 2),
        "back_s_worst": round(max(waits), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--reader", choices=sorted(_KINDS), help="one of them only")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve, arguments.reader)
        return
    results = [measure(reader, arguments.cycles) for reader in ([arguments.reader] if arguments.reader else _KINDS)]
    for result in results:
        print(f"{result['reader']:<7} {result['cycles']} times killed and started again")
        print(f"        before {result['before']}\n        after  {result['after']}")
        print(f"        frames are back after {result['back_s_p50']} s (median), {result['back_s_worst']} s (worst)")
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
