"""GPIO chips that check what they are given, with the face of libgpiod's Python binding."""

from __future__ import annotations

import errno
import os
import select
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from gpiod import EdgeEvent, LineSettings
from gpiod.line import Bias, Direction, Edge, Value

from edge.clock import NS_PER_S, VirtualClock


@dataclass
class _Line:
    name: str
    level: bool = False  # what the far end drives
    request: VirtualRequest | None = None
    consumer: str = ""  # who holds it
    levels: list[bool] = field(default_factory=list)  # that were driven onto it, in their order


class VirtualChips:
    """The chips of a machine: `{"gpiochip0": ["PAC.06", ...]}` names their lines.

    A call that the kernel would refuse raises the kernel's error: a line that is in use (EBUSY), edges or a pull on an
    output and values for an input (EINVAL, EPERM), a line that is not there (EINVAL).
    """

    def __init__(self, chips: dict[str, list[str]], clock: VirtualClock) -> None:
        self.clock = clock
        self._chips = {f"/dev/{name}": [_Line(line) for line in lines] for name, lines in chips.items()}

    def paths(self) -> list[str]:
        return list(self._chips)

    def open(self, path: str) -> Any:
        if path not in self._chips:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return VirtualChip(self._chips[path], self.clock)

    def drive(self, chip: str, offset: int, high: bool, at_ns: int | None = None) -> None:
        """The far end drives a line; `at_ns` is the instant of the edge."""
        line = self._chips[f"/dev/{chip}"][offset]
        changed, line.level = line.level is not high, high
        if changed and line.request is not None:
            line.request.edge(high, self.clock.now_ns() if at_ns is None else at_ns)

    def levels(self, chip: str, offset: int) -> list[bool]:
        """Every level that was driven onto a line, in their order."""
        return list(self._chips[f"/dev/{chip}"][offset].levels)

    def settings(self, chip: str, offset: int) -> LineSettings | None:
        """How a line is requested; None where nobody holds it."""
        request = self._chips[f"/dev/{chip}"][offset].request
        return None if request is None else request.settings


class VirtualChip:
    """What `gpiod.Chip` is to its callers."""

    def __init__(self, lines: list[_Line], clock: VirtualClock) -> None:
        self._lines, self._clock = lines, clock

    def get_info(self) -> Any:
        return SimpleNamespace(num_lines=len(self._lines))

    def line_offset_from_id(self, name: str) -> int:
        for offset, line in enumerate(self._lines):
            if line.name == name:
                return offset
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)

    def get_line_info(self, offset: int) -> Any:
        line = self._lines[offset]
        return SimpleNamespace(offset=offset, name=line.name, used=line.request is not None, consumer=line.consumer)

    def request_lines(
        self, *, config: dict[int, LineSettings], consumer: str, event_buffer_size: int = 16
    ) -> VirtualRequest:
        [(offset, settings)] = config.items()
        if not 0 <= offset < len(self._lines):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if self._lines[offset].request is not None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self._lines[offset].consumer = consumer
        return VirtualRequest(self._lines[offset], offset, settings, self._clock, min(event_buffer_size, 1024))

    def close(self) -> None:
        pass


class VirtualRequest:
    """What `gpiod.LineRequest` is to its callers, for one line. A pipe tells that edges wait."""

    def __init__(self, line: _Line, offset: int, settings: LineSettings, clock: VirtualClock, buffer: int) -> None:
        self._line, self._offset, self._clock, self._buffer = line, offset, clock, buffer
        self._read, self._write = os.pipe()
        self._events: deque[EdgeEvent] = deque()
        self._seqno = self._bounces = 0
        self._believed = line.level  # after debouncing: a spike that is over was no edge
        line.request = self
        self._take(settings)

    @property
    def fd(self) -> int:
        return self._read

    def reconfigure_lines(self, config: dict[int, LineSettings]) -> None:
        [(offset, settings)] = config.items()
        self._mine(offset)
        self._take(settings)

    def set_value(self, line: int, value: Value) -> None:
        self._mine(line)
        if self.settings.direction is not Direction.OUTPUT:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        self._line.levels.append(value is Value.ACTIVE)

    def get_value(self, line: int) -> Value:
        self._mine(line)
        driven = self.settings.direction is Direction.OUTPUT
        return Value.ACTIVE if (self._line.levels[-1] if driven else self._line.level) else Value.INACTIVE

    def wait_edge_events(self, timeout: float) -> bool:
        return bool(select.select([self._read], [], [], timeout)[0])

    def read_edge_events(self) -> list[EdgeEvent]:
        os.read(self._read, 4096)
        found = list(self._events)
        self._events.clear()
        return found

    def release(self) -> None:
        if self._line.request is not self:
            raise OSError(errno.EBADF, "released twice")
        self._line.request, self._line.consumer = None, ""
        os.close(self._read)
        os.close(self._write)

    def edge(self, high: bool, at_ns: int) -> None:
        """The line changed at its far end."""
        period = self.settings.debounce_period // timedelta(microseconds=1) * 1000
        self._bounces += 1
        if not period:
            self._report(high, at_ns)
            return
        bounce = self._bounces

        def believed() -> None:
            if bounce == self._bounces and self._line.request is self and high is not self._believed:
                self._believed = high
                self._report(high, at_ns + period)

        self._clock.at(at_ns + period, believed)

    def _report(self, high: bool, at_ns: int) -> None:
        if self.settings.edge_detection not in (Edge.BOTH, Edge.RISING if high else Edge.FALLING):
            return
        self._seqno += 1
        if len(self._events) == self._buffer:
            self._events.popleft()  # as the kernel does: the oldest goes
        kind = EdgeEvent.Type.RISING_EDGE if high else EdgeEvent.Type.FALLING_EDGE
        self._events.append(EdgeEvent(kind.value, at_ns, self._offset, self._seqno, self._seqno))
        os.write(self._write, b"x")

    def _take(self, settings: LineSettings) -> None:
        output = settings.direction is Direction.OUTPUT
        pulled = settings.bias not in (Bias.AS_IS, Bias.DISABLED)
        if output and (pulled or settings.edge_detection is not Edge.NONE or settings.debounce_period):
            raise OSError(errno.EINVAL, "edges, a pull or debouncing of an output")
        if settings.debounce_period > timedelta(seconds=(2**32 - 1) * 1000 / NS_PER_S):
            raise OSError(errno.EINVAL, "debounce period")
        self.settings = settings
        if output:
            self._line.levels.append(settings.output_value is Value.ACTIVE)

    def _mine(self, offset: int) -> None:
        if offset != self._offset or self._line.request is not self:
            raise ValueError(f"line {offset} is not of this request, or was released")
