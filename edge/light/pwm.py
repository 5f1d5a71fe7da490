"""A lamp behind a PWM pin."""

from __future__ import annotations

from edge.errors import LightError
from edge.health import Check, Level


class PwmLight:
    """Driven by gpiozero. It has no way to say that it is dark; the picture's brightness has to."""

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
