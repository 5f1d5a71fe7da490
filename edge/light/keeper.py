"""Keeps the lamp at its brightness while parts come, dark while none do, and nobody judged in the dark."""

from __future__ import annotations

import logging
from typing import Any

from edge.clock import NS_PER_S, Clock
from edge.config.light import LightConfig
from edge.errors import LightError, TooDark
from edge.health import Check, Level
from edge.light.base import Light

_EVERY = 10  # reports between two questions to the lamp
_log = logging.getLogger(__name__)


class LightKeeper:
    """The lamp of a running line. `report` is called twice a second; no other thread waits for the lamp, except one
    that brings a `command`."""

    def __init__(self, light: Light, config: LightConfig, clock: Clock) -> None:
        self._light = light
        self._config = config
        self._clock = clock
        self._brightness = config.brightness
        self._on = False
        self._warm_ns: int | None = None  # from when on pictures are as they should be
        self._triggered = 0
        self._last_part_ns = clock.now_ns()
        self._reports = 0
        self._found: list[Check] = []

    def start(self) -> None:
        """Lamp on. A lamp that does not answer stops nobody: it is set again with every check, and health says so."""
        self._last_part_ns = self._clock.now_ns()
        self._switch(True)

    def report(self, triggered: int) -> None:
        """Looks after the lamp; `triggered` is how many parts have come since the start."""
        now = self._clock.now_ns()
        if triggered != self._triggered:
            self._triggered, self._last_part_ns = triggered, now
        idle = self._config.idle_off_s > 0 and now - self._last_part_ns >= self._config.idle_off_s * NS_PER_S
        if idle is self._on:
            self._switch(not idle)
            self._reports = 0
        if self._reports % _EVERY == 0:
            self._found = [self._looked() if self._on else self._resting()]
        self._reports += 1

    def checks(self) -> list[Check]:
        return list(self._found)

    def command(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Sets another brightness, from outside. At 0 it is dark, and parts end uninspected.

        Raises:
            ValueError: it is missing, or there is no lamp. LightError: the lamp does not do it.
        """
        if self._config.kind == "none":
            raise ValueError("this box has no light (light.kind)")
        brightness = arguments.get("brightness")
        if isinstance(brightness, bool) or not isinstance(brightness, int | float):
            raise ValueError('brightness is missing: send {"brightness": 0 to 1}')
        self._light.set(float(brightness))
        self._brightness, self._on = float(brightness), True
        self._last_part_ns = self._clock.now_ns()
        if not brightness:
            self._warm_ns = None
        elif self._warm_ns is None:
            self._warm_ns = self._warm_from()
        return {"brightness": brightness}

    def require(self, taken_ns: int) -> None:
        """Raises TooDark for a picture that was taken in the dark, or before the lamp was warm."""
        warm_ns = self._warm_ns  # another thread may change it
        if self._config.kind != "none" and (warm_ns is None or taken_ns < warm_ns):
            raise TooDark("the light was off, or not warm yet")

    def close(self) -> None:
        """Lamp off."""
        self._light.close()

    def _switch(self, on: bool) -> None:
        self._on = on
        if not on:
            self._warm_ns = None  # before the lamp goes dark
        try:
            self._light.set(self._brightness if on else 0.0)
        except LightError as error:
            _log.error("%s", error)
        if on and self._brightness:
            self._warm_ns = self._warm_from()

    def _looked(self) -> Check:
        lapses = self._light.lapses
        found = self._light.check()
        if self._light.lapses != lapses and self._warm_ns is not None:
            # It had forgotten what it was told, and was dark: it warms up anew.
            self._warm_ns = self._warm_from()
        return found

    def _warm_from(self) -> int:
        return self._clock.now_ns() + round(self._config.warm_up_s * NS_PER_S)

    def _resting(self) -> Check:
        return Check("light", Level.INFO, f"off: no part for {self._config.idle_off_s:g} s")
