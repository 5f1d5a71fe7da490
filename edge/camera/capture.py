"""Webcams, video files and network streams through OpenCV, every call bounded in time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2

from edge.camera.controls import ControlDevice, ControlLock, V4l2Controls
from edge.camera.grabbed import GrabbedCamera
from edge.camera.grabber import Grabber, Source
from edge.camera.mjpeg import open_mjpeg, without_password
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.config.camera import CameraConfig
from edge.errors import CameraError
from edge.health import Check, Level

_FORMAT_TOLERANCE = 0.02
_LEAST_READ_MS = 1000  # FFmpeg measures the whole time to a picture, the first one's opening frames included


class V4l2Driver:
    """The kernel's webcams."""

    def capture(self, device: str) -> Any:
        """An open `cv2.VideoCapture`, or one that says that it is not.

        Raises:
            CameraError: the device is not there, or may not be opened.
        """
        if not Path(device).exists():
            raise CameraError(f"{device}: is not there. Plug the camera in, or name it in camera.device.")
        if not os.access(device, os.R_OK | os.W_OK):
            raise CameraError(f"{device}: no right to open it. Add the user to the group `video`.")
        return cv2.VideoCapture(device, cv2.CAP_V4L2)

    def controls(self, device: str) -> ControlDevice:
        return V4l2Controls(device)


class _Webcam:
    """A webcam's capture and its locked controls: they come and go together."""

    def __init__(self, capture: Any, lock: ControlLock) -> None:
        self._capture = capture
        self._lock = lock

    def read(self) -> tuple[bool, Any]:
        return self._capture.read()

    def stamp_ms(self) -> float:
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC))

    def controls(self) -> Mapping[str, float]:
        self._lock.look()
        return self._lock.values

    def release(self) -> None:
        self._capture.release()
        self._lock.close()


class _Video:
    """A file or a stream. Its time stamps count from its beginning, and say nothing of when a frame was taken."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture
        self.read: Callable[[], tuple[bool, Any]] = capture.read
        self.release: Callable[[], None] = capture.release

    def stamp_ms(self) -> None:
        return None

    def controls(self) -> Mapping[str, float]:
        return {}


class CaptureCamera(GrabbedCamera):
    """A V4L2 webcam (`source = "v4l2"`) or a video (`"video"`: file or stream address).

    Args:
        driver: where webcams come from; the virtual one (`edge.virtual.webcam`) in tests.
    """

    def __init__(self, config: CameraConfig, clock: Clock, driver: V4l2Driver | None = None) -> None:
        super().__init__(config, clock)
        self._driver = driver or V4l2Driver()
        self._format: list[Check] = []
        self._lock: ControlLock | None = None

    def _make_grabber(self) -> Grabber:
        config = self._config
        if config.source == "v4l2":
            return Grabber(self._open_webcam, self._clock, settle=config.settle_frames, frozen=config.frozen_frames)
        period_ns = round(NS_PER_S / config.fps)
        if Path(config.device).is_file():
            return Grabber(self._open_video, self._clock, period_ns=period_ns)
        return Grabber(self._open_stream, self._clock, frozen=config.frozen_frames, live_ns=period_ns)

    def checks(self) -> list[Check]:
        found = [*self._format, *(self._lock.checks() if self._lock else ())]
        if self._config.source == "v4l2" and Path(self._config.device).name.startswith("video"):
            text = f"{self._config.device} may be another camera after a restart"
            found.append(Check("camera.device", Level.INFO, text, "Name it by its link under /dev/v4l/by-id/."))
        return found

    def _open_stream(self) -> Source:
        config = self._config
        if config.device.startswith(("http://", "https://")):
            times = config.open_timeout_ms * NS_PER_MS, config.read_timeout_ms * NS_PER_MS
            stream = open_mjpeg(config.device, self._clock, *times)
            if stream is not None:
                return stream
        return self._open_video()

    def _open_video(self) -> Source:
        config = self._config
        # A stream that is gone must not hold its reader for OpenCV's thirty seconds.
        bound = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, config.open_timeout_ms]
        bound += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, max(config.read_timeout_ms, _LEAST_READ_MS)]
        return _Video(self._opened(cv2.VideoCapture(config.device, cv2.CAP_FFMPEG, bound)))

    def _open_webcam(self) -> Source:
        # The link under by-id is followed once for each opening: after a replug it leads to another number, and
        # pictures and controls have to be those of one camera.
        device = os.path.realpath(self._config.device)
        capture = self._opened(self._driver.capture(device))
        try:
            self._format = self._set_format(capture)
            lock = ControlLock(self._config, self._driver.controls(device))
        except BaseException:
            capture.release()
            raise
        source = _Webcam(capture, lock)
        try:
            lock.apply()
        except BaseException:
            source.release()
            raise
        self._lock = lock
        return source

    def _opened(self, capture: Any) -> Any:
        if capture.isOpened():
            return capture
        capture.release()
        raise CameraError(
            f"{without_password(self._config.device)}: cannot be opened. Is it plugged in, and named rightly in "
            "camera.device?"
        )

    def _set_format(self, capture: Any) -> list[Check]:
        """Sets format, size and frame rate, reads each back, and reports those that did not take."""
        config, found = self._config, []
        wanted: list[tuple[str, int, float]] = [
            ("fourcc", cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*config.fourcc)),
            ("width_px", cv2.CAP_PROP_FRAME_WIDTH, config.width_px),
            ("height_px", cv2.CAP_PROP_FRAME_HEIGHT, config.height_px),
            ("fps", cv2.CAP_PROP_FPS, config.fps),
        ]
        for _, prop, value in wanted:
            capture.set(prop, value)
        for name, prop, value in wanted:
            got = capture.get(prop)
            exact = name == "fourcc"  # two formats lie less than a hundredth of their numbers apart
            if abs(got - value) > (0 if exact else _FORMAT_TOLERANCE * max(1.0, abs(value))):
                asked, says = (_letters(value), _letters(got)) if exact else (f"{value:g}", f"{got:g}")
                text = f"asked for {asked}, the camera says {says}"
                mend = f"Choose a value that the camera has: camera.{name}."
                found.append(Check(f"camera.{name}", Level.FAULT, text, mend))
        return found


def _letters(fourcc: float) -> str:
    return int(fourcc).to_bytes(4, "little", signed=False).decode("ascii", "replace") if fourcc > 0 else f"{fourcc:g}"
