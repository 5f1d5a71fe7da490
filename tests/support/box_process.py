"""`ringlight run` as a process of its own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading

WAIT_S = 60.0


class Process:
    """A running `ringlight run`; `url` is known once it says so."""

    def __init__(self, config):
        environment = {**os.environ, "GPIOZERO_PIN_FACTORY": "mock"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli", "run", "--config", str(config)],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.log: list[str] = []
        self._urls: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def url(self) -> str:
        return self._urls.get(timeout=WAIT_S)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(WAIT_S)

    def _read(self):
        for line in self.process.stderr or ():
            self.log.append(line)
            if "page: " in line:
                self._urls.put(line.split("page: ")[1].strip())
