"""What a roll map says: one row for each defect and for each length that nobody looked at."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

FIELDS: tuple[str, ...] = (
    "number", "kind", "at_m", "across_mm", "length_mm", "width_mm", "area_mm2", "peak", "threshold", "model_id",
    "continues", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of a roll map. `seq` counts the rows of this box and never repeats; `number` counts within the roll, for
    each kind by itself. Position and size as in `edge.web.roll.WebEvent`; a length that was not inspected is as wide as
    the web, and `why` says what kept the box from it. `image` may vanish at any time."""

    seq: int
    roll: int
    boot_id: str
    number: int
    kind: Literal["defect", "uninspected"]
    at_m: float
    across_mm: float
    length_mm: float
    width_mm: float
    area_mm2: float | None
    peak: float | None
    threshold: float | None
    model_id: str | None
    continues: bool
    why: str | None
    wall_ns: int
    image: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields that an export has, for JSON."""
        return {name: getattr(self, name) for name in FIELDS}


@dataclass(frozen=True, slots=True)
class RollEntry:
    """A roll as the book has it. `key` counts the rolls of this box. `ended_ns` (nanoseconds since 1970) stands
    once everything is known of it; the lengths in millimetres are noted every few seconds until then, so that a power
    cut leaves them. `left_out` counts findings that were too many to keep. `models` judged it, one as a rule: more
    where a model failed its trial.
    """

    key: int
    name: str
    started_ns: int
    ended_ns: int | None
    width_mm: float
    travelled_mm: float | None
    inspected_mm: float | None
    uninspected_mm: float | None
    left_out: int
    models: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def as_json(roll: RollEntry, findings: Iterable[Finding], box: str) -> str:
    """The roll map as one JSON object, a finding a line; `docs/web.md` explains it."""
    # Indenting all of it would take Python's slow encoder, seconds for a full roll.
    head = json.dumps({"schema": "ringlight/roll/1", "box": box, "roll": roll.to_dict()})
    listed = ",\n".join(json.dumps(finding.to_dict()) for finding in findings)
    return f'{head[:-1]}, "findings": [\n{listed}\n]}}'


def as_csv(findings: Sequence[Finding]) -> str:
    """The roll map as a table, one finding a line, the first line naming the columns (RFC 4180)."""
    text = io.StringIO()
    table = csv.DictWriter(text, FIELDS)
    table.writeheader()
    table.writerows(finding.to_dict() for finding in findings)
    return text.getvalue()
