"""A ring light over a serial port.

Line protocol (8N1, lines end with a line feed, ASCII): the box asks, the light answers once.

| request | answer | meaning |
|---|---|---|
| `ID?` | `OK RINGLIGHT 2` | kind of device and version of the protocol |
| `SET <0-1000>` | `OK SET <0-1000>` | brightness in thousandths; the answer says what was set |
| `GET` | `OK GET <0-1000>` | brightness read back from the lamp's driver |
| `MODE CONTINUOUS`, `MODE STROBE` | `OK MODE …` | since version 2: always on, or while the sync input is active |
| `CURRENT` | `OK CURRENT <mA>` | since version 2: the lamp's current while it shines, `ERR …` where nobody can tell |
| other | `ERR <words>` | not understood, nothing was changed |

Half a line is forgotten after a pause of 0.1 s, and a lamp that hears nothing for 60 s goes dark. A light may forget
what it was told, by a reset or a pulled plug: the box looks, and sets it again.
"""

from __future__ import annotations

import logging
import re
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import serial

from edge.errors import LightError
from edge.health import Check, Level

_log = logging.getLogger(__name__)

_TOLERANCE = 0.05  # of full brightness, between what was set and what the driver reads back
_CURRENT_TOLERANCE = 0.15
_HELLO = re.compile(r"OK RINGLIGHT (\d+)")
_WORN = "The lamp or its driver fails: replace it, then record good parts again."


class SerialLight:
    """A ring light that speaks the protocol above.

    The port is opened again with the next call after a failure, so that a cable may be pulled and plugged.

    Args:
        strobe: shine only while the sync input is active.
        current_ma: the lamp's current at the brightness that is set first; None where nobody measured it.
        boot_ms: how long the controller may listen to nobody after its port was opened.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        timeout_ms: int,
        *,
        strobe: bool = False,
        current_ma: float | None = None,
        boot_ms: int = 0,
    ) -> None:
        self._port = port
        self._baud = baud
        self._timeout_s = timeout_ms / 1000
        self._greetings = 1 + boot_ms // timeout_ms
        self._strobe = strobe
        self._lapses = 0
        self._version = 1  # of the protocol, as far as is known
        self._current_ma = current_ma
        self._rated: float | None = None  # the brightness that `current_ma` belongs to
        self._serial: serial.Serial | None = None
        self._told: float | None = None
        # A command from outside and the health check may ask at the same time.
        self._talking = threading.RLock()

    @property
    def lapses(self) -> int:
        return self._lapses

    def set(self, brightness: float) -> None:
        if not 0 <= brightness <= 1:
            raise LightError(f"{self._port}: brightness is 0 to 1, not {brightness}")
        wanted = round(brightness * 1000)
        with self._talking:
            self._told = brightness
            if self._rated is None and brightness:
                self._rated = brightness
            for request in (*self._modes(), f"SET {wanted}"):
                answer = self._ask(request)
                if answer != f"OK {request}":
                    raise LightError(f"{self._port}: the light answered {answer!r} to {request}")

    def read_back(self) -> float:
        """Brightness as the lamp's driver reports it, 0 to 1."""
        return self._number("GET") / 1000

    def check(self) -> Check:
        with self._talking:
            try:
                return self._look()
            except LightError as error:
                return Check("light", Level.FAULT, str(error), "Check the light's cable and power, and light.port.")

    def close(self) -> None:
        with self._talking:
            if self._serial is not None:
                with suppress(LightError):  # a lamp that is gone is dark
                    self._ask("SET 0")
                self._drop()

    def _modes(self) -> list[str]:
        """A light of version 1 has one mode; the others keep the one that somebody set before."""
        if self._strobe:
            return ["MODE STROBE"]
        with self._reached():
            return ["MODE CONTINUOUS"] if self._version >= 2 else []

    def _look(self) -> Check:
        told, shines = self._told, self.read_back()
        if told is not None and abs(shines - told) > _TOLERANCE:
            _log.warning("%s: told %.2f, shines at %.2f; it is set again", self._port, told, shines)
            self._lapses += 1
            self.set(told)
            shines = self.read_back()
            if abs(shines - told) > _TOLERANCE:
                return Check("light", Level.FAULT, f"told to shine at {told:.2f}, shines at {shines:.2f}", _WORN)
        if self._current_ma is not None and told and self._rated:
            draws, should = self._current(), self._current_ma * told / self._rated
            if draws is not None and abs(draws - should) > _CURRENT_TOLERANCE * should:
                text = f"draws {draws} mA at {told:.2f}, {should:.0f} mA when it was new"
                return Check("light", Level.WARNING, text, _WORN)
        return Check("light", Level.OK, f"shines at {shines:.2f}")

    def _current(self) -> int | None:
        """In mA; None for a strobe that did not flash meanwhile: while the belt rests, a camera may expose nothing."""
        answer = self._ask("CURRENT")
        return None if self._strobe and answer.startswith("ERR") else self._counted(answer, "CURRENT")

    def _number(self, request: str) -> int:
        return self._counted(self._ask(request), request)

    def _counted(self, answer: str, request: str) -> int:
        words = answer.split()
        if len(words) != 3 or words[:2] != ["OK", request] or not words[2].isdecimal():
            raise LightError(f"{self._port}: the light answered {answer!r} to {request}")
        return int(words[2])

    def _ask(self, request: str) -> str:
        """What the light answers.

        Asked twice where it did not understand, or was not understood: beside a motor a letter may be lost, and every
        request may be repeated.
        """
        with self._talking:
            with self._reached() as port:
                answer = self._talk(port, request)
                if answer is not None and not answer.startswith(f"OK {request.split()[0]}"):
                    answer = self._talk(port, request)
            if answer is None:
                # The port stays open: opening it resets many a controller, which would then be late again.
                raise LightError(f"{self._port}: no answer to {request} within {self._timeout_s:g} s")
            return answer

    @contextmanager
    def _reached(self) -> Iterator[serial.Serial]:
        """The open port. After an error it is opened anew by whoever comes next."""
        try:
            yield self._opened()
        # A port whose plug is pulled raises whatever its driver met first.
        except (OSError, serial.SerialException, termios.error) as error:
            self._drop()
            raise LightError(f"{self._port}: {error}") from error

    def _talk(self, port: serial.Serial, request: str) -> str | None:
        port.reset_input_buffer()  # an answer that came too late belongs to no question
        port.write(request.encode("ascii") + b"\n")
        answer = port.read_until(b"\n", size=80)
        return answer.decode("ascii", "replace").strip() if answer.endswith(b"\n") else None

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            port = serial.Serial(
                None, self._baud, timeout=self._timeout_s, write_timeout=self._timeout_s, exclusive=True
            )
            port.dtr = False  # on many boards this line is the controller's reset
            port.port = self._port
            port.open()
            self._serial = port
            self._greet(port)
        return self._serial

    def _greet(self, port: serial.Serial) -> None:
        """Waits for a controller that starts anew because its port was opened, and makes sure that it is a light."""
        answer = None
        for _ in range(self._greetings):
            answer = self._talk(port, "ID?")
            known = _HELLO.fullmatch(answer or "")
            if known:
                self._version = int(known[1])
                return
        if answer is not None:
            self._drop()
            raise LightError(
                f"{self._port}: what answers there says {answer[:40]!r}, which is no ring light. Correct light.port "
                "and light.baud."
            )

    def _drop(self) -> None:
        if self._serial is not None:
            with suppress(OSError, serial.SerialException, termios.error):
                self._serial.close()
            self._serial = None
