"""The actuator's pin as one timed state machine: resting, active, recovering.

Nobody else sets the pin. It is active only between two instants that were both known when it rose, or while a purge
lasts; `release` puts it to its safe level from whatever state.
"""

from __future__ import annotations

from typing import Protocol


class Clockwork(Protocol):
    """A clock's `now_ns`."""

    def __call__(self) -> int: ...


class Output(Protocol):
    """A pin that drives the actuator. Both are idempotent."""

    def on(self) -> None: ...

    def off(self) -> None: ...


class Pulse:
    """Sets the pin, and refuses to before the actuator has recovered.

    Args:
        recovery_ns: least rest between two pulses.
    """

    def __init__(self, output: Output, recovery_ns: int) -> None:
        self._output = output
        self._recovery = recovery_ns
        self._ready_ns = 0
        self.active = False

    @property
    def ready_ns(self) -> int:
        """The instant from which the pin may rise again."""
        return self._ready_ns

    def rise(self, now_ns: int) -> bool:
        """Sets the pin active; returns whether it is."""
        if not self.active and now_ns >= self._ready_ns:
            self.active = True
            self._output.on()
        return self.active

    def fall(self, now_ns: int) -> None:
        """Puts the pin to its safe level."""
        if self.active:
            self.active = False
            self._ready_ns = now_ns + self._recovery
        self._output.off()

    def release(self) -> None:
        """Puts the pin to its safe level, whatever it believed."""
        self.active = False
        self._output.off()
