"""A lamp behind a PWM pin."""

from __future__ import annotations

from typing import Any

from edge.errors import LightError
from edge.health import Check, Level
from edge.pins import DimmedPin


class PwmLight:
    """Driven by gpiozero. It has no way to say that it is dark; the picture's brightness has to.

    Raises:
        RinglightError: there is no such pin, it is in use, or the pin factory has no PWM.
    """

    lapses = 0  # nobody can tell

    def __init__(self, pin: int | str, hertz: int = 1000, *, factory: Any = None) -> None:
        self._pin = DimmedPin(pin, hertz, factory=factory)

    def set(self, brightness: float) -> None:
        if not 0 <= brightness <= 1:
            raise LightError(f"brightness is 0 to 1, not {brightness}")
        self._pin.set(brightness)

    def check(self) -> Check:
        return Check("light", Level.OK, f"driven at {self._pin.share:.2f}, not read back")

    def close(self) -> None:
        self._pin.close()
