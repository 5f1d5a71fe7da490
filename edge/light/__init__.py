"""The ring light: over a serial port, behind a PWM pin, or none."""

from __future__ import annotations

from typing import Any

from edge.config.light import LightConfig
from edge.light.base import Light, NoLight
from edge.light.keeper import LightKeeper
from edge.light.pwm import PwmLight
from edge.light.serial_port import SerialLight

__all__ = ["Light", "LightKeeper", "NoLight", "PwmLight", "SerialLight", "make_light"]


def make_light(config: LightConfig, factory: Any = None) -> Light:
    """The light that the configuration names.

    Args:
        factory: a gpiozero pin factory; gpiozero's default where it is None.

    Raises:
        RinglightError: the pin of a `pwm` light cannot be had, or not dimmed.
    """
    if config.kind == "serial":
        return SerialLight(
            config.port,
            config.baud,
            config.timeout_ms,
            strobe=config.mode == "strobe",
            current_ma=config.current_ma,
            boot_ms=config.boot_ms,
        )
    if config.kind == "pwm" and config.pin is not None:
        return PwmLight(config.pin, config.pwm_hz, factory=factory)
    return NoLight()
