"""The ring light.

Line protocol over a serial port (8N1, lines end with a line feed, ASCII): the box asks, the light answers once.

| request      | answer            | meaning                                                    |
|--------------|-------------------|------------------------------------------------------------|
| `ID?`        | `OK RINGLIGHT 1`  | kind of device and version of the protocol                 |
| `SET <0-1000>` | `OK SET <0-1000>` | brightness in thousandths; the answer says what was set  |
| `GET`        | `OK GET <0-1000>` | brightness read back from the lamp's driver                |
| other        | `ERR <words>`     | not understood, nothing was changed                        |

A light that hears nothing for a while may keep what it was told: the box sets it again after every reconnect.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Protocol

import serial

from edge.config.models import LightConfig
from edge.errors import LightError
from edge.health import Check, Level


class Light(Protocol):
    """What the line asks of its lamp."""

    def set(self, brightness: float) -> None:
        """Sets the brightness, 0 to 1.

        Raises:
            LightError: the light does not answer, refuses, or shines otherwise than told.
        """
        ...

    def check(self) -> Check:
        """What the lamp itself says of its brightness."""
        ...

    def close(self) -> None:
        """Switches the lamp off."""
        ...


class NoLight:
    """The light is somebody else's."""

    def set(self, brightness: float) -> None:
        pass

    def check(self) -> Check:
        return Check("light", Level.INFO, "no light configured")

    def close(self) -> None:
        pass


class SerialLight:
    """A ring light that speaks the protocol above.

    The port is opened again with the next call after a failure, so that a cable may be pulled and plugged.
    """

    _TOLERANCE = 0.05  # of full brightness, between what was set and what the driver reads back

    def __init__(self, port: str, baud: int, timeout_ms: int) -> None:
        self._port = port
        self._baud = baud
        self._timeout_s = timeout_ms / 1000
        self._serial: serial.Serial | None = None
        self._told: float | None = None
        # A command from outside and the health check may ask at the same time.
        self._talking = threading.Lock()

    def set(self, brightness: float) -> None:
        if not 0 <= brightness <= 1:
            raise LightError(f"{self._port}: brightness is 0 to 1, not {brightness}")
        wanted = round(brightness * 1000)
        self._told = brightness
        answer = self._ask(f"SET {wanted}")
        if answer != f"OK SET {wanted}":
            raise LightError(f"{self._port}: the light answered {answer!r} to SET {wanted}")

    def read_back(self) -> float:
        """Brightness as the lamp's driver reports it, 0 to 1."""
        answer = self._ask("GET")
        words = answer.split()
        if len(words) != 3 or words[:2] != ["OK", "GET"] or not words[2].isdigit():
            raise LightError(f"{self._port}: the light answered {answer!r} to GET")
        return int(words[2]) / 1000

    def check(self) -> Check:
        try:
            if self._serial is None and self._told is not None:
                self.set(self._told)
            shines = self.read_back()
        except LightError as error:
            return Check("light", Level.FAULT, str(error), "Check the light's cable and power, and light.port.")
        if self._told is not None and abs(shines - self._told) > self._TOLERANCE:
            return Check(
                "light",
                Level.FAULT,
                f"told to shine at {self._told:.2f}, shines at {shines:.2f}",
                "The lamp or its driver fails: replace it, then record good parts again.",
            )
        return Check("light", Level.OK, f"shines at {shines:.2f}")

    def close(self) -> None:
        if self._serial is not None:
            with suppress(LightError):  # a lamp that is gone is dark
                self._ask("SET 0")
            self._drop()

    def _ask(self, request: str) -> str:
        with self._talking:
            return self._ask_alone(request)

    def _ask_alone(self, request: str) -> str:
        try:
            port = self._opened()
            port.reset_input_buffer()  # an answer that came too late belongs to no question
            port.write(request.encode("ascii") + b"\n")
            answer = port.read_until(b"\n", size=80)
        except (OSError, serial.SerialException) as error:
            self._drop()
            raise LightError(f"{self._port}: {error}") from error
        if not answer.endswith(b"\n"):
            self._drop()
            raise LightError(f"{self._port}: no answer to {request} within {self._timeout_s:g} s")
        return answer.decode("ascii", "replace").strip()

    def _opened(self) -> serial.Serial:
        if self._serial is None:
            self._serial = serial.Serial(
                self._port, self._baud, timeout=self._timeout_s, write_timeout=self._timeout_s, exclusive=True
            )
        return self._serial

    def _drop(self) -> None:
        if self._serial is not None:
            self._serial.close()
            self._serial = None


class PwmLight:
    """A lamp behind a PWM pin. It has no way to say that it is dark; the picture's brightness has to."""

    def __init__(self, pin: int | str) -> None:
        from gpiozero import PWMOutputDevice

        self._device = PWMOutputDevice(pin)

    def set(self, brightness: float) -> None:
        if not 0 <= brightness <= 1:
            raise LightError(f"brightness is 0 to 1, not {brightness}")
        self._device.value = brightness

    def check(self) -> Check:
        return Check("light", Level.OK, f"driven at {float(self._device.value):.2f}, not read back")

    def close(self) -> None:
        self._device.off()
        self._device.close()


def make_light(config: LightConfig) -> Light:
    """The light that the configuration names."""
    if config.kind == "serial":
        return SerialLight(config.port, config.baud, config.timeout_ms)
    if config.kind == "pwm" and config.pin is not None:
        return PwmLight(config.pin)
    return NoLight()
