"""What is published, as the schemas in `schemas/` describe it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from edge.health import Check, worst
from edge.ledger import Counts
from edge.parts import Label
from edge.store.row import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def iso_time(wall_ns: int) -> str:
    """Nanoseconds since 1970 as ISO 8601 in UTC with microseconds: `2026-03-02T09:14:07.113402Z`."""
    return (_EPOCH + timedelta(microseconds=wall_ns // 1000)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(payload: object) -> bytes:
    """JSON in UTF-8. What is no finite number becomes null: JSON knows neither NaN nor infinity."""
    return json.dumps(_finite(payload), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def result_of(row: Row) -> dict[str, Any]:
    """The `result` payload of a remembered part. Never a picture, nor a path of this box."""
    return {
        "schema": "ringlight/result/1",
        "boot_id": row.boot_id,
        "seq": row.seq,
        "part_id": row.part_id,
        "time": iso_time(row.wall_ns),
        "trigger_ns": row.trigger_ns,
        "scored_ns": row.scored_ns,
        "closed_ns": row.closed_ns,
        "belt_mm": row.belt_mm,
        "state": row.state.value,
        "reason": row.reason.value if row.reason else None,
        "decision": row.decision.value if row.decision else None,
        "score": row.score,
        "threshold": row.threshold,
        "reasons": list(row.reasons),
        "where": [{"x": place.x, "y": place.y, "w": place.w, "h": place.h} for place in row.where],
        "model_id": row.model_id,
    }


def label_of(row: Row, label: Label) -> dict[str, Any]:
    """The `label` payload: what was said of a remembered part."""
    return {
        "schema": "ringlight/label/1",
        "boot_id": row.boot_id,
        "seq": row.seq,
        "part_id": row.part_id,
        "time": iso_time(label.wall_ns),
        "good": label.good,
        "kind": label.kind,
        "who": label.who,
    }


def info_of(
    *,
    versions: Mapping[str, str],
    model_id: str,
    provider_asked: str,
    provider_running: str | None,
    started_wall_ns: int,
) -> dict[str, Any]:
    """The body of `info` for `Telemetry.set_info`; `versions` must name `ringlight`."""
    return {
        "versions": dict(versions),
        "model_id": model_id,
        "provider": {"asked": provider_asked, "running": provider_running},
        "started": iso_time(started_wall_ns),
    }


def state_of(
    counts: Counts,
    checks: Iterable[Check],
    *,
    belt_mm_s: float | None = None,
    flash: Mapping[str, Any] | None = None,
    gate: Mapping[str, Any] | None = None,
    web: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of `state` for `Telemetry.set_state`. Round the speed, or every jitter is a change worth publishing.
    `web`: how a web stands (`edge.web.account.WebAccount.to_dict`).
    `gate`: what the ejector did (`edge.inspector.reporting.gate_body`).
    `flash`: what became of the last flash over the network (`edge.intake.command.flash_state`)."""
    listed = list(checks)
    return {
        "ledger": counts.to_dict(),
        "health": worst(listed).name,
        "checks": [
            {"name": check.name, "level": check.level.name, "text": check.text, "mend": check.mend} for check in listed
        ],
        "belt_mm_s": belt_mm_s,
        "flash": dict(flash) if flash is not None else None,
        "gate": dict(gate) if gate is not None else None,
        "web": dict(web) if web is not None else None,
    }


def ack_of(
    boot_id: str, request: str, command: str, result: dict[str, Any] | None, error: str | None
) -> dict[str, Any]:
    """The `ack` payload; `error` None says that it was done."""
    return {
        "schema": "ringlight/ack/1",
        "boot_id": boot_id,
        "id": request,
        "command": command,
        "ok": error is None,
        "error": error,
        "result": result,
    }


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
