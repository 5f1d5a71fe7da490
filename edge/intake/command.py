"""The MQTT command `flash`: an address and a hash, fetched and flashed as if a desk had sent it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.intake.fetch import Source
from edge.intake.flasher import Flasher


def flash_command(flasher: Flasher | None, allowed: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The handler for telemetry. It answers at once; how the flash goes on stands in `state`.

    Args:
        flasher: None where the box has no slots.
        allowed: `flash.mqtt` of the configuration.
    """

    def handle(arguments: dict[str, Any]) -> dict[str, Any]:
        if flasher is None:
            raise ValueError("this box has no slots to flash (slots.folder)")
        if not allowed:
            raise ValueError("this box takes no models over MQTT; flash.mqtt = true of its configuration allows it")
        digest = arguments.get("sha256")
        if not isinstance(digest, str) or set(arguments) - {"url", "sha256"}:
            raise ValueError('send {"url": "http://…", "sha256": "64 hex digits"} and nothing else')
        flasher.fetch(digest.lower(), Source.parse(arguments.get("url")), "an MQTT command")
        return {"sha256": digest.lower(), "stage": flasher.report(digest.lower()).stage.value}

    return handle


def flash_state(flasher: Flasher | None) -> dict[str, Any] | None:
    """What `state` says of the last flash; None where there was none since the box started."""
    latest = flasher.latest() if flasher is not None else None
    if latest is None:
        return None
    digest, report = latest
    return {
        "sha256": digest,
        "stage": report.stage.value,
        "model_id": report.model_id,
        "slot": report.slot,
        "inspected": report.inspected,
        "why": report.why,
    }
