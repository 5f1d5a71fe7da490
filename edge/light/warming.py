"""A lamp that is on for a while without a keeper: while somebody calibrates, or records."""

from __future__ import annotations

import threading

from edge.clock import NS_PER_S, Clock
from edge.config.light import LightConfig
from edge.errors import LightError
from edge.health import Level
from edge.light.base import Light

# Well within the time after which a lamp that nobody asks goes dark by itself.
ASK_NS = 5 * NS_PER_S


def warm_up(light: Light, config: LightConfig, clock: Clock, stop: threading.Event | None = None) -> None:
    """Lamp on; returns once it is warm, or `stop` is set.

    Raises:
        LightError: the lamp does not answer, or shines otherwise than told.
    """
    stop = stop or threading.Event()
    light.set(config.brightness)
    left_ns = round(config.warm_up_s * NS_PER_S)
    while left_ns > 0 and not clock.wait(stop, min(left_ns, ASK_NS)):
        left_ns -= ASK_NS
        found = light.check()
        if found.level is Level.FAULT:
            raise LightError(f"{found.text}. {found.mend}")
