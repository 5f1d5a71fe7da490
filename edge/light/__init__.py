"""The ring light: over a serial port, behind a PWM pin, or none."""

from edge.config.light import LightConfig
from edge.light.base import Light, NoLight
from edge.light.keeper import LightKeeper
from edge.light.pwm import PwmLight
from edge.light.serial_port import SerialLight

__all__ = ["Light", "LightKeeper", "NoLight", "PwmLight", "SerialLight", "make_light"]


def make_light(config: LightConfig) -> Light:
    """The light that the configuration names."""
    if config.kind == "serial":
        strobe = config.mode == "strobe"
        return SerialLight(config.port, config.baud, config.timeout_ms, strobe=strobe, current_ma=config.current_ma)
    if config.kind == "pwm" and config.pin is not None:
        return PwmLight(config.pin)
    return NoLight()
