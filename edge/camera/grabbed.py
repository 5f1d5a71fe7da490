"""A camera that is opened and read on a thread of its own, and reopened however the last one ended."""

from __future__ import annotations

from abc import ABC, abstractmethod

from edge.camera.grabber import Grabber
from edge.camera.mjpeg import without_password
from edge.clock import NS_PER_MS, Clock
from edge.config.camera import CameraConfig
from edge.errors import CameraError
from edge.parts import Frame, Image

_MOST_HANGING = 3


class GrabbedCamera(ABC):
    """Each opening gets a new grabber. One whose calls hang is left behind, three of them at most."""

    def __init__(self, config: CameraConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._grabber: Grabber | None = None
        self._left: list[Grabber] = []
        self._size: tuple[int, int] | None = None

    def open(self) -> None:
        self._left = [grabber for grabber in self._left if grabber.alive]
        if len(self._left) >= _MOST_HANGING:
            raise CameraError(
                f"{without_password(self._config.device)}: {len(self._left)} earlier calls to its driver hang. Unplug "
                "the camera; if that does not end them, restart the box."
            )
        self._grabber = self._make_grabber()
        try:
            self._grabber.wait_open(self._config.open_timeout_ms * NS_PER_MS)
        except CameraError:
            self.close()
            raise

    def read(self, timeout_ns: int) -> Frame | None:
        if self._grabber is None:
            raise CameraError(f"{without_password(self._config.device)}: is not open")
        frame = self._grabber.next(timeout_ns)
        if frame is not None:
            self._hold_size(frame.image)
        return frame

    def close(self) -> None:
        if self._grabber is not None:
            self._grabber.abandon()
            self._left.append(self._grabber)
            self._grabber = None

    def _hold_size(self, image: Image) -> None:
        """Rectangle, pitch and model belong to one size; in a picture of another they lie elsewhere."""
        size = (image.shape[1], image.shape[0])
        self._size = self._size or size
        if size != self._size:
            raise CameraError(
                f"its pictures are {size[0]} × {size[1]} pixels now, and were {self._size[0]} × {self._size[1]}. Set "
                "the camera back; if the new size is meant, correct the configuration and restart the box."
            )

    @abstractmethod
    def _make_grabber(self) -> Grabber:
        """A new grabber, whose thread opens the camera."""
