"""Which pin of the board does what, as the configuration says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.config.models import Config
    from edge.config.section import Pin


def wired(config: Config) -> list[tuple[str, Pin]]:
    """The pins that this configuration reads or drives, each with its key in the file."""
    belt, confirm, stop = config.belt, config.confirm, config.line_stop
    pins = [
        ("trigger.pin", config.trigger.pin if config.trigger.kind == "photo_eye" else None),
        ("ejector.pin", config.ejector.pin),
        ("belt.encoder_pin", belt.encoder_pin),
        ("belt.encoder_b_pin", belt.encoder_b_pin),
        ("gate_eye.pin", config.gate_eye.pin),
        ("confirm.pin", confirm.pin),
        ("confirm.pass_pin", confirm.pass_pin),
        ("line_stop.pin", stop.pin),
        ("line_stop.acknowledge_pin", stop.acknowledge_pin),
        ("light.pin", config.light.pin if config.light.kind == "pwm" else None),
    ]
    return [(key, pin) for key, pin in pins if pin is not None]


def wired_twice(config: Config) -> str:
    """Says which two keys name one pin; empty where none do.

    Names that only the board can resolve (`BOARD11`, a line of a chip) are told apart by the pin factory when it
    opens them.
    """
    seen: dict[str, str] = {}
    for key, pin in wired(config):
        first = seen.setdefault(_one_name(pin), key)
        if first != key:
            return f"{first} and {key} are both pin {pin}: each needs a pin of its own"
    return ""


def _one_name(pin: Pin) -> str:
    """`17`, `"17"`, `"GPIO17"` and `"BCM17"` are the same pin to gpiozero."""
    numbered = re.fullmatch(r"(?:GPIO|BCM)?(\d+)", str(pin))
    return f"GPIO{int(numbered.group(1))}" if numbered else str(pin)
