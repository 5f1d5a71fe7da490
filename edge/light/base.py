"""What the line asks of its lamp."""

from __future__ import annotations

from typing import Protocol

from edge.health import Check, Level


class Light(Protocol):
    """A lamp that is set, asked and switched off."""

    @property
    def lapses(self) -> int:
        """How often a check found it otherwise than told: from then on it may have been dark, and has to warm up."""
        ...

    def set(self, brightness: float) -> None:
        """Sets the brightness, 0 to 1.

        Raises:
            LightError: the light does not answer, refuses, or shines otherwise than told.
        """
        ...

    def check(self) -> Check:
        """What the lamp itself says of its brightness."""
        ...

    def close(self) -> None:
        """Switches the lamp off; once closed, closing it again does nothing."""
        ...


class NoLight:
    """The light is somebody else's."""

    lapses = 0

    def set(self, brightness: float) -> None:
        pass

    def check(self) -> Check:
        return Check("light", Level.INFO, "no light configured")

    def close(self) -> None:
        pass
