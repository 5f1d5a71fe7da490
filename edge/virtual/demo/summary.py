"""What the demo tells at the end: the box's ledger held against what really happened on the belt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.clock import NS_PER_MS
from edge.ledger import Counts
from edge.parts import Ejection, Record, State
from edge.virtual.belt import LaidPart


@dataclass(frozen=True)
class Outcome:
    """Everything that was seen in a run: by the box, on the belt, and by a listener of the broker."""

    counts: Counts
    records: Sequence[Record]
    fallen: Sequence[LaidPart]
    ejections: Sequence[Ejection]
    heard: Mapping[tuple[str, int], int]
    published: int
    tiles: int
    scoring_ns: int
    provider: str
    peak_rss_mb: float


def summarize(outcome: Outcome) -> dict[str, Any]:
    """The summary that `--json` writes. Keys are stable; times are milliseconds.

    `latency_ms` is from the trigger's edge to the verdict, the belt's travel to the camera included;
    `picture_to_verdict_ms` is the box's own share of it. `told` parts are those that the box itself said to be
    unconfirmed, or ejected along with others; `misplaced` ones fell elsewhere and nobody was told.
    """
    accounts = _match(outcome.records, outcome.fallen)
    looked = [(part.bad, record.account.verdict.score) for part, record in accounts if record.account.verdict]
    verdict_ms = [
        (record.account.closed_ns - record.account.part.trigger.at_ns) / NS_PER_MS
        for record in outcome.records
        if record.account.verdict
    ]
    picture_ms = [
        (record.account.closed_ns - record.taken_ns) / NS_PER_MS
        for record in outcome.records
        if record.account.verdict and record.taken_ns is not None
    ]
    pulses = [e for e in outcome.ejections if e.done_ns is not None and e.confirmed is None and not e.note]
    jitter = [abs(e.done_ns - e.due_ns) / NS_PER_MS for e in pulses if e.done_ns is not None]
    told = {e.part_id for e in outcome.ejections if e.note or e.confirmed is False}
    return {
        "ledger": outcome.counts.to_dict(),
        "uninspected_reasons": dict(
            Counter(record.account.reason.value for record in outcome.records if record.account.reason)
        ),
        "bins": _bins(outcome.fallen, accounts, told),
        "told": len(told),
        "lost": len(outcome.fallen) - len(accounts) - _unseen_and_ejected(outcome.fallen, accounts),
        "image_auroc": _auroc(looked),
        "tiles_per_second": round(outcome.tiles / outcome.scoring_ns * 1e9, 1) if outcome.scoring_ns else None,
        "latency_ms": _quantiles(verdict_ms, (50, 95, 99)),
        "picture_to_verdict_ms": _quantiles(picture_ms, (50, 95, 99)),
        "pulse_jitter_ms": _quantiles(jitter, (50, 99)),
        "mqtt": {
            "published": outcome.published,
            "received": len(outcome.heard),
            "missing": max(0, len(outcome.records) - len(outcome.heard)),
            "duplicates": sum(times - 1 for times in outcome.heard.values()),
        },
        "peak_rss_mb": round(outcome.peak_rss_mb, 1),
        "provider": outcome.provider,
    }


def failures(summary: Mapping[str, Any]) -> list[str]:
    """What must not be: empty if the run is good."""
    ledger, bins, said = summary["ledger"], summary["bins"], []
    if not ledger["balanced"] or ledger["in_flight"]:
        said.append("the ledger does not balance")
    if summary["lost"]:
        said.append(f"{summary['lost']} parts were lost")
    if bins["misplaced"]:
        said.append(f"{bins['misplaced']} parts fell into another bin than the one they were sent to")
    if summary["mqtt"]["missing"]:
        said.append(f"{summary['mqtt']['missing']} results were not received over MQTT")
    return said


def _match(records: Iterable[Record], fallen: Iterable[LaidPart]) -> list[tuple[LaidPart, Record]]:
    """Pairs each part with its account by the instant at which it came before the eye; 2 ms apart is another part."""
    parts = sorted((part for part in fallen if part.eye_ns is not None), key=lambda part: part.eye_ns or 0)
    times = np.array([part.eye_ns for part in parts], np.int64)
    pairs = []
    for record in records:
        at_ns = record.account.part.trigger.at_ns
        near = int(np.searchsorted(times, at_ns - 2 * NS_PER_MS))
        if near < len(parts) and abs(int(times[near]) - at_ns) <= 2 * NS_PER_MS:
            pairs.append((parts[near], record))
    return pairs


def _unseen_and_ejected(fallen: Sequence[LaidPart], accounts: Sequence[tuple[LaidPart, Record]]) -> int:
    """Parts that came while the photo-eye saw nothing, and that the gate threw out for that."""
    seen = {id(part) for part, _ in accounts}
    return sum(bool(part.ejected) and id(part) not in seen for part in fallen)


def _bins(fallen: Sequence[LaidPart], accounts: Sequence[tuple[LaidPart, Record]], told: Set[int]) -> dict[str, int]:
    return {
        "good_in_pass": sum(not part.bad and not part.ejected for part in fallen),
        "good_in_reject": sum(not part.bad and bool(part.ejected) for part in fallen),
        "bad_in_pass": sum(part.bad and not part.ejected for part in fallen),
        "bad_in_reject": sum(part.bad and bool(part.ejected) for part in fallen),
        "misplaced": sum(
            part.ejected is (record.account.state is State.PASSED) and record.account.part.id not in told
            for part, record in accounts
        ),
    }


def _auroc(looked: Sequence[tuple[bool, float]]) -> float | None:
    """Area under the ROC curve over the parts that were scored (Mann-Whitney U; ties count half), None if one-sided."""
    bad = np.array([score for is_bad, score in looked if is_bad])
    good = np.array([score for is_bad, score in looked if not is_bad])
    if not len(bad) or not len(good):
        return None
    wins = (bad[:, None] > good[None]).sum() + 0.5 * (bad[:, None] == good[None]).sum()
    return round(float(wins / (len(bad) * len(good))), 4)


def _quantiles(values: Sequence[float], percents: Sequence[int]) -> dict[str, float | None]:
    if not values:
        return {f"p{p}": None for p in percents}
    return {f"p{p}": round(float(np.percentile(values, p)), 3) for p in percents}
