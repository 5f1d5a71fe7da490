"""gpiozero mock pins whose time is the house's clock, and that somebody on the far end may watch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from edge.clock import NS_PER_S, Clock


class VirtualPin(MockPin):
    """A mock pin that stamps its edges with the factory's clock and shows each change to the factory's watcher."""

    def _change_state(self, value: Any) -> bool:
        changed = super()._change_state(value)
        if changed:
            self.factory.changed(self)
        return changed

    def _call_when_changed(self, *_: Any) -> None:
        if self.factory.unheard:
            return
        # MockPin would pass its own wall-clock time stamp.
        super(MockPin, self)._call_when_changed(self.factory.edge_ticks(), self._state)


class VirtualPinFactory(MockFactory):
    """Mock pins on a clock. `watch(name, call)` has `call(state, at_ns)` told of every change of a pin."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(pin_class=VirtualPin)
        self._clock = clock
        self._watchers: dict[Any, Callable[[bool, int], object]] = {}
        self._edge_ns: int | None = None
        self.unheard = False

    def watch(self, name: int | str, call: Callable[[bool, int], object]) -> None:
        self._watchers[self.pin(name)] = call

    def drive(self, name: int | str, high: bool, at_ns: int, *, heard: bool = True) -> None:
        """The far end drives an input. `at_ns` is the instant of the edge, which may be a little in the past: a
        kernel stamps the edge, not the thread that hears of it. One that is not `heard` was lost by the machine: the
        pin has its level, and nobody was told."""
        pin = self.pin(name)
        self._edge_ns, self.unheard = at_ns, not heard
        try:
            if high:
                pin.drive_high()
            else:
                pin.drive_low()
        finally:
            self._edge_ns, self.unheard = None, False

    def changed(self, pin: VirtualPin) -> None:
        watcher = self._watchers.get(pin)
        if watcher is not None:
            watcher(bool(pin.state), self._clock.now_ns())

    def edge_ticks(self) -> float:
        return (self._clock.now_ns() if self._edge_ns is None else self._edge_ns) / NS_PER_S

    def ticks(self) -> float:  # type: ignore[override]  # gpiozero declares it static; its callers go through an instance
        return self._clock.now_ns() / NS_PER_S
