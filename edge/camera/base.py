"""What the line asks of a camera, and what happens when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge.clock import NS_PER_S
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
