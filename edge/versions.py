"""Which versions of what are installed."""

from __future__ import annotations

from contextlib import suppress
from importlib import metadata


def versions(*names: str) -> dict[str, str]:
    """Versions of installed distributions; one that came another way (a Jetson's onnxruntime-gpu) is left out."""
    found = {}
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
