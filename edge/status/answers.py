"""The answers of the HTTP interface as plain values that JSON can carry; `docs/http.md` explains every key.

Times are milliseconds: nanoseconds since 1970 do not fit into a number of JavaScript. A number that is none (NaN,
infinity) becomes null, because JSON has no word for it and a browser would refuse the whole answer.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from edge.clock import NS_PER_MS, NS_PER_S
from edge.health import Check, worst
from edge.parts import Label, Place, Record
from edge.status.board import Seen, Snapshot
from edge.status.history import Row


def state_answer(board: Snapshot, wall_ns: int) -> dict[str, Any]:
    """The whole board: what `GET /api/state` answers."""
    faults = board.faults()
    return {
        "now_ms": wall_ns // NS_PER_MS,
        "silent": board.silent,
        "info": _info(board, wall_ns),
        "line": _line(board),
        "mqtt": asdict(board.mqtt) if board.mqtt else None,
        "worst": worst((*board.checks, *faults)).name,
        "faults": [check_answer(fault) for fault in faults],
        "checks": [check_answer(check) for check in board.checks],
        "last": _last(board.last, board.now_ns) if board.last else None,
        "live": {"n": board.picture_n, "part_id": board.picture.account.part.id if board.picture else None},
        "recent": [[seen.part_id, seen.state.value, number(seen.score)] for seen in board.recent],
        "parts_per_min": _rate(board.recent, board.now_ns),
    }


def row_answer(row: Row) -> dict[str, Any]:
    """One remembered part: an element of `GET /api/rejects`, and what `GET /api/parts/<seq>` answers."""
    return {
        "seq": row.seq,
        "boot_id": row.boot_id,
        "part_id": row.part_id,
        "state": row.state.value,
        "reason": row.reason.value if row.reason else None,
        "score": number(row.score),
        "threshold": number(row.threshold),
        "reasons": list(row.reasons),
        "where": [_place(place) for place in row.where],
        "model_id": row.model_id,
        "wall_ms": row.wall_ns // NS_PER_MS,
        "took_ms": _ms(row.closed_ns - row.trigger_ns),
        "has_image": row.image is not None,
        "has_map": row.map is not None,
        "label": _label(row.label),
    }


def check_answer(check: Check) -> dict[str, str]:
    """One health check."""
    return {"name": check.name, "level": check.level.name, "text": check.text, "mend": check.mend}


def number(value: float | None) -> float | None:
    """Six significant digits, or None where it is no finite number."""
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None


def _info(board: Snapshot, wall_ns: int) -> dict[str, Any]:
    answer = asdict(board.info)
    started = answer.pop("started_wall_ns")
    answer["fallback"] = board.info.fallback
    answer["uptime_s"] = None if started is None else max(0, wall_ns - started) // NS_PER_S
    return answer


def _line(board: Snapshot) -> dict[str, Any] | None:
    if board.line is None or board.line_age_ns is None:
        return None
    line = board.line
    return {
        "triggered": line.triggered,
        "passed": line.passed,
        "rejected": line.rejected,
        "uninspected": line.uninspected,
        "in_flight": line.in_flight,
        "balanced": line.balanced,
        "missing": line.missing,
        "uninspected_by": {reason.value: count for reason, count in line.uninspected_by.items()},
        "belt_mm_s": number(line.belt_mm_s),
        "ejections": line.ejections,
        "unconfirmed": line.unconfirmed,
        "taken": line.taken,
        "stopped": line.stopped,
        "confirmed": line.confirmed,
        "verdict_ms": {"p50": number(line.verdict_p50_ms), "p99": number(line.verdict_p99_ms)},
        "age_ms": _ms(board.line_age_ns),
    }


def _last(record: Record, now_ns: int) -> dict[str, Any]:
    account = record.account
    verdict = account.verdict
    return {
        "part_id": account.part.id,
        "state": account.state.value,
        "reason": account.reason.value if account.reason else None,
        "score": number(verdict.score) if verdict else None,
        "threshold": number(verdict.threshold) if verdict else None,
        "reasons": list(verdict.reasons) if verdict else [],
        "where": [_place(place) for place in verdict.where] if verdict else [],
        "model_id": record.model_id,
        "scored_in_ms": _scored_in_ms(record),
        "age_ms": _ms(max(0, now_ns - account.closed_ns)),
        "has_image": record.image is not None,
    }


def _rate(recent: tuple[Seen, ...], now_ns: int) -> float | None:
    """Parts closed in a minute, over what the chart shows of the last one."""
    closed = [seen.closed_ns for seen in recent if seen.closed_ns >= now_ns - 60 * NS_PER_S]
    if len(closed) < 2 or closed[-1] <= closed[0]:
        return None
    return number((len(closed) - 1) * 60 * NS_PER_S / (closed[-1] - closed[0]))


def _label(label: Label | None) -> dict[str, Any] | None:
    if label is None:
        return None
    return {"good": label.good, "kind": label.kind, "who": label.who, "wall_ms": label.wall_ns // NS_PER_MS}


def _place(place: Place) -> list[int]:
    return [place.x, place.y, place.w, place.h]


def _ms(ns: int) -> float:
    return round(ns / NS_PER_MS, 1)


def _scored_in_ms(record: Record) -> float | None:
    """The box's own share: from the picture to the verdict, without the belt's travel to the camera."""
    if record.scored_ns is None or record.taken_ns is None:
        return None
    return _ms(record.scored_ns - record.taken_ns)
