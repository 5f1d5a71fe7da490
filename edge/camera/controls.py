"""A webcam's controls through the kernel's own interface, locked and read back.

OpenCV hides what a driver answers: a control that is absent, refused or clamped looks like one that took. Video for
Linux says it (VIDIOC_QUERYCTRL, VIDIOC_S_CTRL, VIDIOC_G_CTRL; linux/videodev2.h, linux/v4l2-controls.h).
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.config.camera import CameraConfig
from edge.health import Check, Level

_USER, _CAMERA = 0x00980900, 0x009A0900
EXPOSURE_AUTO, EXPOSURE, EXPOSURE_PRIORITY = _CAMERA + 1, _CAMERA + 2, _CAMERA + 3
GAIN_AUTO, GAIN = _USER + 18, _USER + 19
WHITE_BALANCE_AUTO, WHITE_BALANCE = _USER + 12, _USER + 26
FOCUS_AUTO, FOCUS = _CAMERA + 12, _CAMERA + 10
POWER_LINE = _USER + 24

_MANUAL_EXPOSURE = 1
_POWER_LINE_MENU = {0: 0, 50: 1, 60: 2}
_DISABLED, _INACTIVE = 0x0001, 0x0010
# What uvcvideo answers where another control forbids this one: since Linux 5.16, before, and long before.
_WRONG_STATE = (errno.EACCES, errno.EILSEQ, errno.EIO)


@dataclass(frozen=True, slots=True)
class Span:
    """What values a control takes, in the driver's units.

    `inactive`: another control, its automatic for instance, decides at present; it may be set and has no effect.
    """

    minimum: int
    maximum: int
    step: int
    inactive: bool = False

    def __str__(self) -> str:
        return f"it takes {self.minimum} to {self.maximum} in steps of {self.step}"


class ControlDevice(Protocol):
    """The controls of one camera. Calls raise OSError as the kernel does."""

    def span(self, control: int) -> Span | None:
        """What the control takes; None where the camera has no such control."""
        ...

    def set(self, control: int, value: int) -> None: ...

    def get(self, control: int) -> int: ...

    def close(self) -> None: ...


class V4l2Controls:
    """The controls of `/dev/videoN`, beside whoever streams from it."""

    _CONTROL, _QUERY = struct.Struct("=Ii"), struct.Struct("=II32siiiiI8x")
    _GET, _SET, _ASK = 27, 28, 36

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def span(self, control: int) -> Span | None:
        try:
            answer = self._call(self._ASK, self._QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):
                return None
            raise
        _, _, _, minimum, maximum, step, _, flags = self._QUERY.unpack(answer)
        return None if flags & _DISABLED else Span(minimum, maximum, step, bool(flags & _INACTIVE))

    def set(self, control: int, value: int) -> None:
        self._call(self._SET, self._CONTROL.pack(control, value))

    def get(self, control: int) -> int:
        return int(self._CONTROL.unpack(self._call(self._GET, self._CONTROL.pack(control, 0)))[1])

    def close(self) -> None:
        os.close(self._descriptor)

    def _call(self, number: int, fields: bytes) -> bytes:
        read_and_write = 3 << 30  # _IOWR of asm-generic/ioctl.h, which ARM and x86 share
        return fcntl.ioctl(self._descriptor, read_and_write | len(fields) << 16 | ord("V") << 8 | number, fields)


@dataclass(frozen=True, slots=True)
class _Wish:
    name: str
    control: int
    value: int
    automatic: tuple[tuple[int, int], ...]  # controls that would take the value away again, and what stops them


class ControlLock:
    """Holds a camera's controls at what the configuration wishes, and says what the camera makes of it.

    Drivers round and clamp what they are given without a word, so that only what is read back counts. `values` are the
    controls as the camera last read them back, by their names in `[camera]`.
    """

    def __init__(self, config: CameraConfig, device: ControlDevice) -> None:
        self._device = device
        self._wishes = list(_wishes(config))
        self.values: dict[str, float] = {}
        self._faults: dict[str, str] = {}
        self._lapses: dict[str, str] = {}

    def apply(self) -> None:
        """Sets every control, automatic ones off first, then reads all of them back."""
        self._hold(self._wishes)

    def look(self) -> None:
        """Reads everything back again, and sets what is otherwise: a camera that was reset by a glitch forgets its
        controls and goes on, and one that was not ready for a control may be so now."""
        lost = {wish.name: words for wish in self._wishes if (words := self._differs(wish, {}))}
        before = set(self._faults)
        self._hold([wish for wish in self._wishes if wish.name in lost])
        self._lapses |= {name: words for name, words in lost.items() if name not in before | set(self._faults)}

    def checks(self) -> list[Check]:
        """Those controls that did not take, each with the camera's value and the wish, and those that were lost."""
        mend = "Choose a value that the camera has, or unset it: camera.{}. Plug the camera in again."
        power = "It was set again; parts of the last seconds were seen otherwise. Look at the camera's cable and power."
        faults = [
            Check(f"camera.{name}", Level.FAULT, words, mend.format(name)) for name, words in self._faults.items()
        ]
        return faults + [
            Check(f"camera.{name}", Level.WARNING, f"the camera had let go of it: {words}", power)
            for name, words in self._lapses.items()
            if name not in self._faults
        ]

    def close(self) -> None:
        self._device.close()

    def _hold(self, wishes: list[_Wish]) -> None:
        refused = {wish.name: words for wish in wishes if (words := self._set(wish))}
        values: dict[str, float] = {}
        # All are read back after all were set: one of them may have moved another.
        found = {wish.name: refused.get(wish.name) or self._differs(wish, values) for wish in self._wishes}
        self.values, self._faults = values, {name: words for name, words in found.items() if words}

    def _set(self, wish: _Wish) -> str:
        """Returns why the camera did not take it; empty where it did."""
        span = self._device.span(wish.control)
        if span is None:
            return "the camera has no such control"
        try:
            for control, off in wish.automatic:
                if self._device.span(control) is not None:
                    self._device.set(control, off)
            self._device.set(wish.control, wish.value)
        except OSError as error:
            why = "another control forbids it" if error.errno in _WRONG_STATE else error.strerror or str(error)
            return f"asked for {_told(wish.name, wish.value)}, the camera refuses ({why}){self._has(wish, span)}"
        return ""

    def _has(self, wish: _Wish, span: Span) -> str:
        try:
            return f" and says {_told(wish.name, self._device.get(wish.control))}; {span}"
        except OSError:
            return f"; {span}"

    def _differs(self, wish: _Wish, values: dict[str, float]) -> str:
        try:
            span = self._device.span(wish.control)
            if span is None:
                return "the camera has no such control"
            got = self._device.get(wish.control)
            values[wish.name] = float(_told(wish.name, got))
            if got != wish.value:
                return f"asked for {_told(wish.name, wish.value)}, the camera says {_told(wish.name, got)}; {span}"
            for control, off in wish.automatic:
                if self._device.span(control) is not None and self._device.get(control) != off:
                    return f"the camera's automatic stays on, and will change {got}"
            if span.inactive:
                return f"the camera says {got}, and that another control decides"
        except OSError as error:
            return f"cannot be read back ({error.strerror or error})"
        return ""


def _wishes(config: CameraConfig) -> Iterator[_Wish]:
    if config.exposure is not None:
        # A camera that may lower its frame rate for longer exposures would miss parts.
        automatic = ((EXPOSURE_AUTO, _MANUAL_EXPOSURE), (EXPOSURE_PRIORITY, 0))
        yield _Wish("exposure", EXPOSURE, round(config.exposure), automatic)
    if config.gain is not None:
        yield _Wish("gain", GAIN, round(config.gain), ((GAIN_AUTO, 0),))
    if config.white_balance_k is not None:
        yield _Wish("white_balance_k", WHITE_BALANCE, round(config.white_balance_k), ((WHITE_BALANCE_AUTO, 0),))
    if config.focus is not None:
        yield _Wish("focus", FOCUS, round(config.focus), ((FOCUS_AUTO, 0),))
    if config.power_line_hz is not None:
        yield _Wish("power_line_hz", POWER_LINE, _POWER_LINE_MENU[config.power_line_hz], ())


def _told(name: str, value: int) -> int:
    """The driver's value in the words of the configuration."""
    if name != "power_line_hz":
        return value
    return next((hz for hz, entry in _POWER_LINE_MENU.items() if entry == value), value)
