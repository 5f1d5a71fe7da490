"""A ring light at the far end of a real pseudo-terminal. It obeys the protocol of `edge.light`, and nothing else."""

from __future__ import annotations

import os
import select
import threading
import tty


class VirtualRingLight:
    """Open `.port` as a serial port. Brightness moves only by a well-formed `SET`; what it did not understand is in
    `mistakes`.

    Faults to order: `mute` (hears, never answers), `dim` (shines and reads back at this share of what it was told),
    `current_ma` (what it draws at full brightness), `version` (1 knows neither modes nor currents).
    """

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.told = 0
        self.mute = False
        self.dim = 1.0
        self.version = 2
        self.strobe = False
        self.current_ma = 400.0
        self.mistakes: list[str] = []
        self._wake_r, self._wake_w = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="virtual-light", daemon=True)
        self._thread.start()

    @property
    def brightness(self) -> float:
        """How bright it really shines, 0 to 1."""
        return self.told / 1000 * self.dim

    def close(self) -> None:
        os.write(self._wake_w, b"x")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._wake_r, self._wake_w):
            os.close(descriptor)

    def answer(self, request: str) -> str:
        """What the light answers to one line."""
        words = request.split(" ")
        if request == "ID?":
            return f"OK RINGLIGHT {self.version}"
        if request == "GET":
            return f"OK GET {round(self.told * self.dim)}"
        if len(words) == 2 and words[0] == "SET" and words[1].isdigit() and int(words[1]) <= 1000:
            self.told = int(words[1])
            return f"OK SET {self.told}"
        if self.version >= 2 and request in ("MODE CONTINUOUS", "MODE STROBE"):
            self.strobe = request == "MODE STROBE"
            return f"OK {request}"
        if self.version >= 2 and request == "CURRENT":
            return f"OK CURRENT {round(self.current_ma * self.brightness)}"
        self.mistakes.append(request)
        return "ERR not understood"

    def _serve(self) -> None:
        heard = b""
        while True:
            ready, _, _ = select.select([self._master, self._wake_r], [], [])
            if self._wake_r in ready:
                return
            heard += os.read(self._master, 256)
            while b"\n" in heard:
                line, heard = heard.split(b"\n", 1)
                answer = self.answer(line.decode("ascii", "replace"))
                if not self.mute:
                    os.write(self._master, answer.encode("ascii") + b"\n")
