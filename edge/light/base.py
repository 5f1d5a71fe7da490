"""What the line asks of its lamp."""

from __future__ import annotations

from typing import Protocol

from edge.health import Check, Level


class Light(Protocol):
    """A lamp that is set, asked and switched off."""

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
        """Switches the lamp off."""
        ...


class NoLight:
    """The light is somebody else's."""

    def set(self, brightness: float) -> None:
        pass

    def check(self) -> Check:
        return Check("light", Level.INFO, "no light configured")

    def close(self) -> None:
        pass
