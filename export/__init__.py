"""From a training run to the one file that the box accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export.exporting import export_bundle

__all__ = ["export_bundle"]


def __getattr__(name: str) -> Any:
    """`export_bundle` brings torch with it, so it comes when it is asked for; the command's help does not pay."""
    if name == "export_bundle":
        from export.exporting import export_bundle

        return export_bundle
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
