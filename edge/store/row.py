"""One remembered part: what the page lists and telemetry publishes."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.parts import Account, Decision, Label, Place, Reason, State

COLUMNS = (
    "seq, boot_id, part_id, state, reason, decision, score, threshold, places, reasons, model_id, "
    "trigger_ns, belt_mm, scored_ns, closed_ns, wall_ns, image, map, label"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One closed account as the history keeps it.

    `seq` counts the rows of this box and never repeats within a boot; `(boot_id, seq)` names a row for good.
    `*_ns` are monotonic nanoseconds of that boot, `wall_ns` nanoseconds since 1970 (UTC) at which the account closed.
    `where` holds rectangles in pixels of the part's picture. `score` and `threshold` are finite or None.
    `label` is what an operator said of the part since. `image` (JPEG or PNG) and `map` (PNG, uint8, 128 = threshold)
    are files that may vanish at any time: the row outlives them.
    """

    seq: int
    boot_id: str
    part_id: int
    state: State
    reason: Reason | None
    decision: Decision | None
    score: float | None
    threshold: float | None
    where: tuple[Place, ...]
    reasons: tuple[str, ...]
    model_id: str
    trigger_ns: int
    belt_mm: float
    scored_ns: int | None
    closed_ns: int
    wall_ns: int
    image: Path | None
    map: Path | None
    label: Label | None = None


def columns_of(account: Account, boot_id: str, model_id: str, scored_ns: int | None, wall_ns: int) -> dict[str, Any]:
    """The row's values under the names of their columns, in types that SQLite keeps exactly."""
    verdict = account.verdict
    return {
        "boot_id": boot_id,
        "part_id": int(account.part.id),
        "state": account.state.value,
        "reason": account.reason.value if account.reason else None,
        "decision": verdict.decision.value if verdict else None,
        "score": _finite(verdict.score) if verdict else None,
        "threshold": _finite(verdict.threshold) if verdict else None,
        "places": json.dumps([[int(p.x), int(p.y), int(p.w), int(p.h)] for p in verdict.where] if verdict else []),
        "reasons": json.dumps(list(verdict.reasons) if verdict else []),
        "model_id": model_id,
        "trigger_ns": int(account.part.trigger.at_ns),
        "belt_mm": float(account.part.trigger.belt_mm),
        "scored_ns": None if scored_ns is None else int(scored_ns),
        "closed_ns": int(account.closed_ns),
        "wall_ns": int(wall_ns),
    }


def row_of(values: tuple[Any, ...], folder: Path) -> Row:
    """The row that a SELECT of `COLUMNS` found; picture names become paths under `folder`."""
    (seq, boot_id, part_id, state, reason, decision, score, threshold, places, reasons, *rest) = values
    (model_id, trigger_ns, belt_mm, scored_ns, closed_ns, wall_ns, image, anomaly_map, label) = rest
    return Row(
        seq=seq,
        boot_id=boot_id,
        part_id=part_id,
        state=State(state),
        reason=Reason(reason) if reason else None,
        decision=Decision(decision) if decision else None,
        score=score,
        threshold=threshold,
        where=tuple(Place(*place) for place in json.loads(places)),
        reasons=tuple(json.loads(reasons)),
        model_id=model_id,
        trigger_ns=trigger_ns,
        belt_mm=belt_mm,
        scored_ns=scored_ns,
        closed_ns=closed_ns,
        wall_ns=wall_ns,
        image=folder / image if image else None,
        map=folder / anomaly_map if anomaly_map else None,
        label=Label(**json.loads(label)) if label else None,
    )


def _finite(value: float) -> float | None:
    """JSON knows neither NaN nor infinity, and SQLite turns the first into NULL and keeps the second."""
    return float(value) if math.isfinite(value) else None
