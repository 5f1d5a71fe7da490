"""The camera's thread: reads, and reopens after a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable

from edge.camera.base import Backoff, Camera
from edge.clock import NS_PER_S, Clock
from edge.errors import CameraError
from edge.parts import Frame

NOT_OPENED = "not opened yet"


class Watching:
    """Hands on every frame of a camera, whatever becomes of the camera meanwhile.

    `fault` says why no frames come, and is None while they do.

    Args:
        timeout_ns: how long a frame may take before the camera counts as lost.
    """

    def __init__(self, camera: Camera, clock: Clock, timeout_ns: int) -> None:
        self.fault: str | None = NOT_OPENED
        self._camera, self._clock, self._timeout = camera, clock, timeout_ns

    def run(self, stop: threading.Event, on_frame: Callable[[Frame], object]) -> None:
        """Until `stop` is set. After a failure it waits, each time longer; the camera is left as it is at the end."""
        backoff, opened = Backoff(), False
        while not stop.is_set():
            try:
                if not opened:
                    self._camera.open()
                    opened = True
                frame = self._camera.read(self._timeout)
                if frame is None:
                    raise CameraError(f"no frame within {self._timeout / NS_PER_S:g} s")
            except CameraError as error:
                self.fault = str(error)
                self._camera.close()
                opened = False
                self._clock.wait(stop, backoff.wait_ns())
                continue
            self.fault = None
            backoff.succeeded()
            on_frame(frame)
