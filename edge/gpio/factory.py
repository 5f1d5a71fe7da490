"""A gpiozero pin factory over the GPIO character device (libgpiod 2), for boards that are no Raspberry Pi.

`GPIOZERO_PIN_FACTORY=gpiod` chooses it. Edges carry the kernel's time stamps, and a bounce time is the kernel's filter.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from types import MethodType
from typing import Any
from weakref import WeakMethod, ref

from gpiod import LineSettings
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero.exc import (
    GPIOPinInUse,
    GPIOZeroError,
    PinFixedPull,
    PinInvalidBounce,
    PinInvalidEdges,
    PinInvalidFunction,
    PinInvalidPull,
    PinInvalidState,
    PinSetInput,
)
from gpiozero.pins import Factory, Pin, PinInfo

from edge.clock import NS_PER_S, Clock, RealClock
from edge.gpio.edges import EdgeReader
from edge.gpio.jetson import Header, find_header, find_model
from edge.gpio.lines import Chips, KernelChips, Lines

_BIAS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
_EDGES = {"both": Edge.BOTH, "rising": Edge.RISING, "falling": Edge.FALLING, "none": Edge.NONE}
_CONSUMER = "ringlight"
# The most that the kernel keeps: the pulses of an encoder while this program had no processor.
_BUFFER = 1024
_US_PER_S = 1_000_000

# gpiozero has no types; those that are inferred from its abstract methods would forbid to implement them.
_Factory: Any = Factory
_Pin: Any = Pin


class GpiodFactory(_Factory):
    """Pins by any of the names that `edge.gpio.lines.Lines` knows.

    Args:
        chips: the machine's; virtual ones (`edge.virtual.gpiochip`) in tests.
        header: of the board; found out where it is None.
        clock: the one that the kernel stamps by: CLOCK_MONOTONIC.
    """

    def __init__(self, chips: Chips | None = None, header: Header | None = None, clock: Clock | None = None) -> None:
        super().__init__()
        self._lines = Lines(chips or KernelChips(), header or find_header(), find_model())
        self._clock = clock or RealClock()
        self._pins: dict[PinInfo, GpiodPin] = {}
        self.reader = EdgeReader(self._clock.now_ns)

    def close(self) -> None:
        for pin in self._pins.values():
            pin.close()
        self._pins.clear()
        self.reader.close()
        self._lines.close()

    def pin(self, name: int | str) -> GpiodPin:
        """Raises PinInvalidPin where there is none of that name."""
        [(_, info)] = self._lines.find_pin(name)
        if info not in self._pins:
            self._pins[info] = GpiodPin(self, info, self._lines.chip(info))
        return self._pins[info]

    def ticks(self) -> float:
        return self._clock.now_ns() / NS_PER_S

    def ticks_diff(self, later: float, earlier: float) -> float:
        return later - earlier

    def _get_board_info(self) -> Any:
        return self._lines


class GpiodPin(_Pin):
    """A line that is requested with its first use, and reconfigured in place from then on: it is never let go between
    two settings, so that an output does not float.

    `when_lost` is told how many edges the kernel could not keep."""

    when_lost: Callable[[int], object] | None = None

    def __init__(self, factory: GpiodFactory, info: PinInfo, chip: Any) -> None:
        super().__init__()
        self.factory = factory
        self._info = info
        self._chip = chip
        self._offset = int(info.number)
        self._request: Any = None
        self._output: bool | None = None  # the level that is driven; None for an input
        self._pull = "floating"
        self._bounce: float | None = None
        self._edges = "both"
        self._handler: Any = None

    def __repr__(self) -> str:
        return str(self._info.name)

    def close(self) -> None:
        self._handler = self.when_lost = None
        if self._request is not None:
            self.factory.reader.forget(self._request)
            self._request.release()
            self._request = None
        self._output, self._pull, self._bounce, self._edges = None, "floating", None, "both"

    def output_with_state(self, state: bool) -> None:
        self._output = bool(state)
        self._apply()

    def input_with_pull(self, pull: str) -> None:
        self._may_be_read()
        self._output = None
        self._pull = _known(pull, _BIAS, PinInvalidPull, self)
        self._apply()

    def _get_info(self) -> PinInfo:
        return self._info

    def _get_function(self) -> str:
        return "input" if self._output is None else "output"

    def _set_function(self, value: str) -> None:
        _known(value, {"input": None, "output": None}, PinInvalidFunction, self)
        if value == "input":
            self._may_be_read()
        self._output = None if value == "input" else bool(self._output)
        self._apply()

    def _get_state(self) -> int:
        if self._request is None:
            self._apply()
        request: Any = self._request
        return int(request.get_value(self._offset) is Value.ACTIVE)

    def _set_state(self, value: float) -> None:
        if self._output is None:
            raise PinSetInput(f"cannot set the state of {self!r}: it is an input")
        if value not in (0, 1):
            raise PinInvalidState(f"{self!r} knows 0 and 1, not {value!r}")
        self._output = bool(value)
        self._request.set_value(self._offset, _value(self._output))

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if self._output is not None:
            raise PinFixedPull(f"cannot set the pull of {self!r}: it is an output")
        self.input_with_pull(value)

    def _get_bounce(self) -> float | None:
        return self._bounce

    def _set_bounce(self, value: float | None) -> None:
        if value is not None and value < 0:
            raise PinInvalidBounce(f"the bounce time of {self!r} must be 0 or more")
        self._bounce = value or None
        if self._request is not None:
            self._apply()

    def _get_edges(self) -> str:
        return self._edges

    def _set_edges(self, value: str) -> None:
        self._edges = _known(value, _EDGES, PinInvalidEdges, self)
        if self._request is not None:
            self._apply()

    def _get_when_changed(self) -> Any:
        return None if self._handler is None else self._handler()

    def _set_when_changed(self, value: Any) -> None:
        # As in gpiozero's own pins, a handler is not kept alive by its pin.
        self._handler = None if value is None else (WeakMethod if isinstance(value, MethodType) else ref)(value)
        self._apply()

    def _apply(self) -> None:
        settings = {self._offset: self._settings()}
        if self._request is None:
            self._request = self._requested(settings)
        else:
            self.factory.reader.forget(self._request)
            self._request.reconfigure_lines(settings)
        if self._handler is not None and self._output is None:
            self.factory.reader.watch(self._request, repr(self), self._changed, self._lost)

    def _may_be_read(self) -> None:
        board = self.factory.board_info.output_only(self._info)
        if board:
            raise PinInvalidFunction(
                f"{self!r} is an output only: the carrier of a {board} drives the far end. Take another pin for an "
                "input"
            )

    def _requested(self, settings: dict[int, LineSettings]) -> Any:
        try:
            return self._chip.request_lines(config=settings, consumer=_CONSUMER, event_buffer_size=_BUFFER)
        except OSError as error:
            if error.errno == errno.EBUSY:
                raise GPIOPinInUse(f"{self!r} is held {self._by_whom()}") from error
            raise GPIOZeroError(f"the kernel refuses {self!r}: {error.strerror or error}") from error

    def _by_whom(self) -> str:
        holder = self.factory.board_info.holder(self._info)
        if holder == _CONSUMER:
            return "by another Ringlight, as `systemctl status ringlight` may show"
        return f"by {holder!r}" if holder else "by another program or driver"

    def _settings(self) -> LineSettings:
        if self._output is not None:
            # Direction and level in one call of the kernel: no glitch fires an actuator.
            return LineSettings(direction=Direction.OUTPUT, output_value=_value(self._output))
        return LineSettings(
            direction=Direction.INPUT,
            bias=_BIAS[self._pull],
            edge_detection=_EDGES[self._edges] if self._handler is not None else Edge.NONE,
            debounce_period=timedelta(microseconds=round((self._bounce or 0.0) * _US_PER_S)),
        )

    def _lost(self, count: int) -> None:
        if self.when_lost is not None:
            self.when_lost(count)

    def _changed(self, at_ns: int, high: bool) -> None:
        handler = self._get_when_changed()
        if handler is not None:
            # The kernel stamps a debounced edge when it has believed it, a bounce time and up to two ticks of its
            # scheduler after it happened.
            handler(at_ns / NS_PER_S - (self._bounce or 0.0), int(high))


def _value(high: bool) -> Value:
    return Value.ACTIVE if high else Value.INACTIVE


def _known(value: str, among: dict[str, Any], error: type[Exception], pin: GpiodPin) -> str:
    if value not in among:
        raise error(f"{value!r} is none of {', '.join(among)} for {pin!r}")
    return value
