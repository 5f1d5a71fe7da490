"""Pins through gpiozero, with the instant of each edge in the house's own time.

gpiozero hands its pin callbacks the time stamp of the edge (the kernel's, where the pin factory has it). Its device
classes keep that to themselves, so the input below listens to the pin.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device, DigitalInputDevice, DigitalOutputDevice, PWMOutputDevice
from gpiozero.exc import BadPinFactory, GPIOZeroError, PinPWMUnsupported

from edge.clock import NS_PER_S, Clock
from edge.debounce import DebouncedEdges
from edge.errors import RinglightError


@contextmanager
def _named(pin: int | str) -> Iterator[None]:
    """gpiozero's errors, in the words of somebody who knows which pin was meant."""
    try:
        with warnings.catch_warnings():
            # One warning for each pin library that is not installed; the error below says it once.
            warnings.simplefilter("ignore")
            yield
    except (BadPinFactory, ImportError) as error:
        raise RinglightError(
            f"pin {pin}: this machine has no GPIO that gpiozero can drive ({error}). On a Raspberry Pi install "
            "lgpio; on a Jetson or any other board install ringlight[gpiod] and set GPIOZERO_PIN_FACTORY=gpiod."
        ) from error
    except GPIOZeroError as error:
        raise RinglightError(f"pin {pin}: {error}. Correct the pin in the configuration.") from error


class InputPin:
    """An input whose active edge calls `on_active(at_ns)`, from the pin factory's thread.

    Args:
        on_inactive: called with the instant of the other edge, where somebody wants it.
        on_lost: called with the number of edges that were lost, by pin factories that know of it (ours does).
        pull: "up", "down" or "none".
        active_high: which edge is the active one.
        debounce_ns: how long a level has to hold until it is believed. It is told that much later, with the instant
            since when it has held.
        factory: a gpiozero pin factory; gpiozero's default where it is None.
    """

    def __init__(
        self,
        pin: int | str,
        on_active: Callable[[int], object],
        clock: Clock,
        *,
        pull: str = "none",
        active_high: bool = True,
        debounce_ns: int = 0,
        factory: Any = None,
        on_inactive: Callable[[int], object] | None = None,
        on_lost: Callable[[int], object] | None = None,
    ) -> None:
        self._clock = clock
        self._on_active = on_active
        self._on_inactive = on_inactive
        self._active_high = active_high
        levels: dict[str, Any] = {"pull_up": {"up": True, "down": False, "none": None}[pull]}
        if levels["pull_up"] is None:
            # gpiozero derives the active level from the pull; only a floating pin may be told.
            levels["active_state"] = active_high
        with _named(pin):
            self._device: Any = DigitalInputDevice(pin, pin_factory=factory, **levels)
        self._edges: DebouncedEdges | None = None
        if debounce_ns > 0:
            # Not the factory's bounce time. Some take it for a rest after the first edge, and the kernel's own filter
            # stamps an edge when it has believed it, a tick of its scheduler or two after that (4 to 8 ms of 250 Hz).
            self._edges = DebouncedEdges(debounce_ns, self._told, bool(self._device.pin.state), clock)
        self._device.pin.when_changed = self._changed
        if hasattr(self._device.pin, "when_lost"):
            self._device.pin.when_lost = on_lost

    @property
    def active(self) -> bool:
        """Whether the input is active now."""
        return bool(self._device.pin.state) == self._active_high

    def close(self) -> None:
        self._device.close()
        if self._edges is not None:
            self._edges.close()

    def _changed(self, ticks: float, state: int) -> None:
        factory = self._device.pin_factory
        age_s = factory.ticks_diff(factory.ticks(), ticks)
        at_ns = self._clock.now_ns() - round(max(0.0, age_s) * NS_PER_S)
        (self._told if self._edges is None else self._edges.edge)(bool(state), at_ns)

    def _told(self, high: bool, at_ns: int) -> None:
        tell = self._on_active if high == self._active_high else self._on_inactive
        if tell is not None:
            tell(at_ns)


class OutputPin:
    """An output that starts at its inactive level, and is put there again when it is closed."""

    def __init__(self, pin: int | str, *, active_high: bool = True, factory: Any = None) -> None:
        # Direction and level are set in one step, so that no glitch fires the actuator.
        with _named(pin):
            self._device = DigitalOutputDevice(pin, active_high=active_high, initial_value=False, pin_factory=factory)

    def on(self) -> None:
        self._device.on()

    def off(self) -> None:
        self._device.off()

    def close(self) -> None:
        if not self._device.closed:
            self._device.off()
            self._device.close()


class DimmedPin:
    """An output whose share of time at its active level is set. It starts dark, and is dark once it is closed.

    Args:
        hertz: frequency of the pulse-width modulation.

    Raises:
        RinglightError: there is no such pin, it is in use, or the pin factory has no PWM.
    """

    def __init__(self, pin: int | str, hertz: int, *, factory: Any = None) -> None:
        try:
            with _named(pin):
                self._device: Any = PWMOutputDevice(pin, frequency=hertz, pin_factory=factory)
        except RinglightError as error:
            if not isinstance(error.__cause__, PinPWMUnsupported):
                raise
            raise RinglightError(
                f"pin {pin}: the pin factory that is used here has no PWM. Dim the lamp by a controller at a serial "
                'port (light.kind = "serial", docs/hardware.md), or by a pin of a Raspberry Pi.'
            ) from error

    @property
    def share(self) -> float:
        """What it is driven at, 0 to 1."""
        return float(self._device.value)

    def set(self, share: float) -> None:
        """Sets the share, 0 to 1."""
        self._device.value = share

    def close(self) -> None:
        if not self._device.closed:
            self._device.off()
            self._device.close()


def factory_name() -> str:
    """The pin factory that gpiozero chose, for the health check; raises gpiozero's error where there is none."""
    device: Any = Device
    if device.pin_factory is None:
        device.pin_factory = device._default_pin_factory()
    return type(device.pin_factory).__name__
