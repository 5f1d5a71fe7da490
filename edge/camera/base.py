"""What the line asks of a camera, and what happens when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.clock import NS_PER_S, Clock
from edge.config.models import CameraConfig
from edge.errors import CameraError
from edge.health import Check
from edge.parts import Frame


class Camera(Protocol):
    """A source of frames. Every call ends within its time; none of them leaves a lock behind."""

    def open(self) -> None:
        """Opens the camera and locks its controls.

        Raises:
            CameraError: it is absent, or is not the camera that was asked for.
        """
        ...

    def read(self, timeout_ns: int) -> Frame | None:
        """The next frame, or None where none came in time.

        Raises:
            CameraError: the camera is gone.
        """
        ...

    def close(self) -> None: ...

    def checks(self) -> list[Check]:
        """What is to be said of the camera's health, its controls read back included."""
        ...


@dataclass
class Backoff:
    """Waits that grow: the first after a failure, doubled up to the last; a success starts again.

    A camera that came loose is back within the first waits; one that is gone is not worth a busy bus.
    """

    first_ns: int = NS_PER_S // 4
    last_ns: int = 10 * NS_PER_S
    _next_ns: int = 0

    def wait_ns(self) -> int:
        """How long to wait after one more failure."""
        self._next_ns = min(self.last_ns, max(self.first_ns, self._next_ns * 2))
        return self._next_ns

    def succeeded(self) -> None:
        self._next_ns = 0


def make_camera(config: CameraConfig, clock: Clock) -> Camera:
    """The camera that the configuration names.

    Raises:
        CameraError: the virtual line's camera, which only the virtual line has.
        ConfigError: the flat field cannot be read.
    """
    if config.flat_field is not None:
        from edge.imaging.flat import FlatField, FlatFieldCamera

        plain = make_camera(config.model_copy(update={"flat_field": None}), clock)
        return FlatFieldCamera(plain, FlatField.load(config.flat_field))
    if config.source in ("v4l2", "video"):
        from edge.camera.capture import CaptureCamera

        return CaptureCamera(config, clock)
    if config.source == "genicam":
        from edge.camera.genicam import GenicamCamera

        return GenicamCamera(config, clock)
    if config.source == "folder":
        from edge.camera.folder import FolderCamera

        return FolderCamera(Path(config.device), config.fps, clock)
    raise CameraError('camera.source = "virtual" belongs to `ringlight demo`; name a real camera')
