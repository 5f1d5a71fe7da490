"""Webcams, video files and network streams through OpenCV, every read bounded in time."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2

from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.config.models import CameraConfig
from edge.errors import CameraError
from edge.health import Check, Level
from edge.parts import Frame

# The driver's time stamp of a frame is trusted if it says that the frame is younger than this.
_OLDEST_NS = NS_PER_S
_CONTROL_TOLERANCE = 0.02
_TOLD = frozenset({"exposure", "gain", "white_balance_k"})  # go with each frame, as the camera itself says


class _Grabber:
    """Reads one open capture on a thread of its own.

    OpenCV's read has no time-out that can be relied on: it may never return once a camera hangs. A grabber that hangs
    is left behind with its capture, and a new one opened; it holds no lock that anybody waits for.
    """

    def __init__(self, capture: Any, clock: Clock, controls: Mapping[str, float] | None = None) -> None:
        self._capture = capture
        self._controls = dict(controls or {})
        self._clock = clock
        self._ready = threading.Event()
        self._newest: Frame | None = None
        self._ended = False
        self.abandoned = False
        threading.Thread(target=self._run, name="camera-grabber", daemon=True).start()

    def next(self, timeout_ns: int) -> Frame | None:
        """The newest frame that was not given out yet.

        Raises:
            CameraError: the camera gives no more frames.
        """
        end = self._clock.now_ns() + timeout_ns
        while self._clock.wait(self._ready, end - self._clock.now_ns()):
            if self._ended:
                raise CameraError("the camera gives no more frames")
            self._ready.clear()
            # A frame that came between these two lines is taken now, and leaves the event set for nothing.
            frame, self._newest = self._newest, None
            if frame is not None:
                return frame
        return None

    def _run(self) -> None:
        while not self.abandoned:
            taken, image = self._capture.read()
            if not taken or image is None:
                self._ended = True
                break
            self._newest = Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), self._taken_ns(), self._controls)
            self._ready.set()
        self._ready.set()
        self._capture.release()

    def _taken_ns(self) -> int:
        """The driver's own time stamp where it gives one on the monotonic clock, else now."""
        now = self._clock.now_ns()
        stamp = round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * NS_PER_MS)
        return stamp if 0 <= now - stamp < _OLDEST_NS else now


class CaptureCamera:
    """A V4L2 webcam (`source = "v4l2"`) or a video (`"video"`: file or stream address)."""

    def __init__(self, config: CameraConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._grabber: _Grabber | None = None
        self._controls: list[Check] = []
        self._read_back: dict[str, float] = {}

    def open(self) -> None:
        device = self._config.device
        if self._config.source == "v4l2":
            capture = self._open_webcam(device)
        else:
            # A stream that is gone must not hold its reader for OpenCV's thirty seconds.
            bound = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
            capture = cv2.VideoCapture(device, cv2.CAP_FFMPEG, bound)
        if not capture.isOpened():
            capture.release()
            raise CameraError(f"{device}: cannot be opened. Is it plugged in, and named rightly in camera.device?")
        self._grabber = _Grabber(capture, self._clock, self._read_back)

    def read(self, timeout_ns: int) -> Frame | None:
        if self._grabber is None:
            raise CameraError(f"{self._config.device}: is not open")
        return self._grabber.next(timeout_ns)

    def close(self) -> None:
        if self._grabber is not None:
            self._grabber.abandoned = True
            self._grabber = None

    def checks(self) -> list[Check]:
        return list(self._controls)

    def _open_webcam(self, device: str) -> Any:
        if not Path(device).exists():
            raise CameraError(f"{device}: is not there. Plug the camera in, or name it in camera.device.")
        if not os.access(device, os.R_OK | os.W_OK):
            raise CameraError(f"{device}: no right to open it. Add the user to the group `video`.")
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if capture.isOpened():
            self._controls = self._set_controls(capture)
        return capture

    def _set_controls(self, capture: Any) -> list[Check]:
        """Sets format and controls, reads each back, and reports those that did not take."""
        config = self._config
        fourcc = cv2.VideoWriter.fourcc(*config.fourcc)
        wanted: list[tuple[str, int, float]] = [
            ("fourcc", cv2.CAP_PROP_FOURCC, fourcc),
            ("width_px", cv2.CAP_PROP_FRAME_WIDTH, config.width_px),
            ("height_px", cv2.CAP_PROP_FRAME_HEIGHT, config.height_px),
            ("fps", cv2.CAP_PROP_FPS, config.fps),
        ]
        if config.exposure is not None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, 1)  # V4L2's word for manual
            wanted.append(("exposure", cv2.CAP_PROP_EXPOSURE, config.exposure))
        if config.gain is not None:
            wanted.append(("gain", cv2.CAP_PROP_GAIN, config.gain))
        if config.white_balance_k is not None:
            capture.set(cv2.CAP_PROP_AUTO_WB, 0)
            wanted.append(("white_balance_k", cv2.CAP_PROP_WB_TEMPERATURE, config.white_balance_k))
        found = []
        for name, prop, value in wanted:
            capture.set(prop, value)
            got = capture.get(prop)
            if name in _TOLD:
                self._read_back[name] = got
            if abs(got - value) > _CONTROL_TOLERANCE * max(1.0, abs(value)):
                text = f"asked for {value:g}, the camera says {got:g}"
                found.append(
                    Check(f"camera.{name}", Level.FAULT, text, f"Choose a value that the camera has: camera.{name}.")
                )
        return found
