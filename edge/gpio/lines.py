"""Which line of which GPIO chip a name means."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import gpiod
from gpiozero.exc import PinInvalidPin
from gpiozero.pins import PinInfo

from edge.gpio.jetson import Header

_RAW = re.compile(r"(?:/dev/)?(gpiochip\d+)[:/](\d+)")


class Chips(Protocol):
    """The GPIO chips of a machine."""

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> Any:
        """A chip as `gpiod.Chip` is. Raises OSError."""
        ...


class KernelChips:
    """The machine's own, `/dev/gpiochipN`."""

    def paths(self) -> list[str]:
        found = Path("/dev").glob("gpiochip*")
        return sorted((str(path) for path in found), key=lambda path: int(re.sub(r"\D", "", path) or 0))

    def open(self, path: str) -> Any:
        return gpiod.Chip(path)


class Lines:
    """gpiozero's board of this factory: it finds a pin by any of its names.

    A number or `GPIO17` is a BCM number on a header that is known, else the line of that name; `BOARD7` a header's pin;
    `PAC.06` a line's name; `gpiochip0:12` a chip's line.

    Args:
        model: what the machine calls itself, for those who have to find a pin.
    """

    def __init__(self, chips: Chips, header: Header | None, model: str = "") -> None:
        self._chips = chips
        self._header = header
        self._model = model
        self._open: dict[str, Any] = {}
        self._pins: dict[tuple[str, int], PinInfo] = {}

    def find_pin(self, name: int | str) -> Iterator[tuple[None, PinInfo]]:
        """The one line that the name means.

        Raises:
            PinInvalidPin: there is none, or more than one.
        """
        text = f"GPIO{name}" if isinstance(name, int) else str(name)
        raw = _RAW.fullmatch(text)
        path, offset = (f"/dev/{raw[1]}", int(raw[2])) if raw else self._named(text)
        self._checked(path, offset, text)
        key = path, offset
        if key not in self._pins:
            canonical = f"{Path(path).name}:{offset}"
            self._pins[key] = PinInfo(offset, canonical, frozenset({canonical}), "", 0, 0, frozenset({"gpio"}))
        yield None, self._pins[key]

    def chip(self, info: PinInfo) -> Any:
        """The open chip of a pin that was found."""
        return self._chip("/dev/" + str(info.name).partition(":")[0])

    def output_only(self, info: PinInfo) -> str:
        """The board that drives the other end of this line, so that it cannot be an input; empty where none does."""
        if self._header is None or not self._header.output_only:
            return ""
        name = self.chip(info).get_line_info(info.number).name
        return self._header.board if name in self._header.output_only else ""

    def holder(self, info: PinInfo) -> str:
        """Who holds the line, by the name that they gave the kernel; empty where nobody does."""
        try:
            return self.chip(info).get_line_info(info.number).consumer or ""
        except OSError:
            return ""

    def close(self) -> None:
        for chip in self._open.values():
            chip.close()
        self._open.clear()

    def _named(self, text: str) -> tuple[str, int]:
        line = (self._header.line(text) if self._header else None) or text
        found, closed = [], []
        for path in self._chips.paths():
            try:
                found.append((path, self._chip(path).line_offset_from_id(line)))
            except OSError as error:
                if error.errno in (errno.EACCES, errno.EPERM):
                    closed.append(path)
                elif error.errno != errno.ENOENT:
                    raise
        if len(found) == 1:
            return found[0]
        if found:
            chips = ", ".join(path for path, _ in found)
            raise PinInvalidPin(f"{text} is a line of {chips}: say which, as gpiochip0:12")
        if self._header is None and re.fullmatch(r"BOARD\d+", text):
            raise PinInvalidPin(
                f"{text} is a pin of a header, and that of this machine ({self._model or 'which has no device tree'}) "
                "is not known here: the developer kits of Jetson Orin NX, Orin Nano and AGX Orin are. Take the line's "
                "own name, which `gpioinfo` lists"
            )
        board = f" on the header of a {self._header.board}" if self._header else ""
        if closed:
            raise PinInvalidPin(
                f"{text} may be a line of {', '.join(closed)}, which this user may not open: "
                "systemd/60-ringlight.rules gives them to the group gpio"
            )
        raise PinInvalidPin(
            f"{text} is no line of a GPIO chip of this machine, nor a pin{board}; `gpioinfo` lists them"
        )

    def _checked(self, path: str, offset: int, text: str) -> None:
        try:
            count = self._chip(path).get_info().num_lines
        except OSError as error:
            raise PinInvalidPin(f"{text}: {path} cannot be opened ({error.strerror or error})") from error
        if offset >= count:
            raise PinInvalidPin(f"{text}: {path} has the lines 0 to {count - 1}")

    def _chip(self, path: str) -> Any:
        if path not in self._open:
            self._open[path] = self._chips.open(path)
        return self._open[path]
