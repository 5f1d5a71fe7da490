"""A webcam behind a virtual driver that checks what it is given, with the faults that real ones have."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import cv2

from edge.camera import controls as v4l2
from edge.camera.capture import V4l2Driver
from edge.camera.controls import ControlDevice, Span
from edge.clock import NS_PER_MS, Clock
from edge.errors import CameraError
from edge.parts import Image

_SPANS = {
    v4l2.EXPOSURE_AUTO: Span(0, 3, 1),
    v4l2.EXPOSURE: Span(1, 5000, 1),
    v4l2.EXPOSURE_PRIORITY: Span(0, 1, 1),
    v4l2.GAIN: Span(0, 100, 1),
    v4l2.WHITE_BALANCE_AUTO: Span(0, 1, 1),
    v4l2.WHITE_BALANCE: Span(2800, 6500, 10),
    v4l2.FOCUS_AUTO: Span(0, 1, 1),
    v4l2.FOCUS: Span(0, 250, 5),
    v4l2.POWER_LINE: Span(0, 2, 1),
}
_SWITCHED = {
    v4l2.EXPOSURE: (v4l2.EXPOSURE_AUTO, 1),
    v4l2.WHITE_BALANCE: (v4l2.WHITE_BALANCE_AUTO, 0),
    v4l2.FOCUS: (v4l2.FOCUS_AUTO, 0),
}
_MENUS = {v4l2.EXPOSURE_AUTO: (1, 3), v4l2.POWER_LINE: (0, 1, 2)}  # manual and aperture priority, as most webcams have


@dataclass
class VirtualWebcam(V4l2Driver):
    """Frames come when they are given. It answers as uvcvideo does: what lies outside of a control's span is clamped,
    and what lies between its steps rounded, without a word; a menu has only some of its entries (ERANGE, EINVAL);
    exposure, white balance and focus are inactive and refused (EACCES) while their automatic is on, which changes them.

    Faults to order: `unplug`; `hanging` (its calls do not return until it is cleared); `stubborn` controls that say
    yes and stay as they are; `absent` controls; `not_ready` controls (EBUSY, until they are taken out). `opened` are
    the devices that were asked for, a capture's and then its controls'.
    """

    clock: Clock
    values: dict[int, int] = field(init=False)
    stubborn: set[int] = field(default_factory=set)
    absent: set[int] = field(default_factory=set)
    not_ready: set[int] = field(default_factory=set)
    stamped: bool = True
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.forget()
        self._changed = threading.Condition()
        self._frames: deque[tuple[Image, int]] = deque()
        self._plugged, self._hanging, self._times, self._asking = True, False, 0, 0

    def forget(self) -> None:
        """All controls are as after power-on, the automatic ones on."""
        automatic = {v4l2.EXPOSURE_AUTO: 3, v4l2.EXPOSURE_PRIORITY: 1, v4l2.WHITE_BALANCE_AUTO: 1, v4l2.FOCUS_AUTO: 1}
        self.values = {**{control: span.minimum for control, span in _SPANS.items()}, **automatic}

    def give(self, image: Image, taken_ns: int | None = None) -> None:
        """A frame, BGR uint8 [H, W, 3], taken now or at another instant, enters the driver's queue."""
        with self._changed:
            self._frames.append((image, self.clock.now_ns() if taken_ns is None else taken_ns))
            self._changed.notify_all()

    def unplug(self) -> None:
        """It is gone; its queue stays, as some drivers' do, and is handed to whoever opens it next."""
        with self._changed:
            self._plugged = False
            self._changed.notify_all()

    def plug(self) -> None:
        with self._changed:
            self._plugged = True
            self._times += 1
            self._asking = 0  # who still asks, asks for a camera that is gone

    def hang(self, hanging: bool) -> None:
        with self._changed:
            self._hanging = hanging
            self._changed.notify_all()

    def capture(self, device: str) -> Any:
        self.opened.append(device)
        if not self._plugged:
            raise CameraError(f"{device}: is not there. Plug the camera in, or name it in camera.device.")
        return _Capture(self, self._times)

    def controls(self, device: str) -> ControlDevice:
        self.opened.append(device)
        return _Controls(self)

    def wait_frame(self, since: int) -> tuple[Image, int] | None:
        """The next frame for a capture that was opened at the `since`th plugging; None once that one is over."""
        with self._changed:
            self._asking += self._times == since
            self._changed.notify_all()
            while self._hanging or (self._plugged and self._times == since and not self._frames):
                self._changed.wait()
            self._asking -= self._times == since
            return self._frames.popleft() if self._plugged and self._times == since else None

    def wait_asked(self, timeout_s: float = 30.0) -> bool:
        """Waits until whoever opened it has had all frames and asks for the next one; False where nobody does."""
        with self._changed:
            return self._changed.wait_for(lambda: self._asking > 0 and not self._frames, timeout_s)


class _Handle:
    """Holds a real file descriptor, so that whoever forgets to close is seen."""

    def __init__(self, camera: VirtualWebcam) -> None:
        self._camera = camera
        self._descriptor: int | None = os.open(os.devnull, os.O_RDWR)

    def close(self) -> None:
        if self._descriptor is None:
            raise OSError(errno.EBADF, "closed twice")
        os.close(self._descriptor)
        self._descriptor = None


class _Capture(_Handle):
    """What OpenCV would give for it."""

    _SETTABLE = frozenset({cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS})

    def __init__(self, camera: VirtualWebcam, since: int) -> None:
        super().__init__(camera)
        self._since = since
        self._format: dict[int, float] = {}
        self._stamp_ms = 0.0

    def isOpened(self) -> bool:
        return self._descriptor is not None

    def read(self) -> tuple[bool, Any]:
        got = self._camera.wait_frame(self._since)
        if got is None:
            return False, None
        image, taken_ns = got
        self._stamp_ms = taken_ns / NS_PER_MS if self._camera.stamped else -1.0
        return True, image

    def set(self, prop: int, value: float) -> bool:
        if prop not in self._SETTABLE:
            raise ValueError(f"property {prop} is set through the control interface, or not at all")
        self._format[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self._stamp_ms if prop == cv2.CAP_PROP_POS_MSEC else self._format.get(prop, 0.0)

    def release(self) -> None:
        self.close()


class _Controls(_Handle):
    def span(self, control: int) -> Span | None:
        if control in self._camera.absent or control not in _SPANS:
            return None
        return replace(_SPANS[control], inactive=self._automatic(control))

    def set(self, control: int, value: int) -> None:
        span = self._known(control)
        if control in self._camera.not_ready:
            raise _refusal(errno.EBUSY)
        if control in _MENUS and not span.minimum <= value <= span.maximum:
            raise _refusal(errno.ERANGE)
        if value not in _MENUS.get(control, (value,)):
            raise _refusal(errno.EINVAL)
        if span.inactive:
            raise _refusal(errno.EACCES)
        if control not in self._camera.stubborn:
            rounded = span.minimum + round((value - span.minimum) / span.step) * span.step
            self._camera.values[control] = min(max(rounded, span.minimum), span.maximum)

    def get(self, control: int) -> int:
        span = self._known(control)
        if span.inactive:  # the automatic is at work
            self._camera.values[control] = min(self._camera.values[control] + span.step, span.maximum)
        return self._camera.values[control]

    def _automatic(self, control: int) -> bool:
        switch, manual = _SWITCHED.get(control, (control, self._camera.values[control]))
        return switch not in self._camera.absent and self._camera.values[switch] != manual

    def _known(self, control: int) -> Span:
        span = self.span(control)
        if span is None or self._descriptor is None:
            raise _refusal(errno.EINVAL)
        return span


def _refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))
