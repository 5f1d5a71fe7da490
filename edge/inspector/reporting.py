"""The line in the words of the page and of MQTT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.budget import Histogram
from edge.health import Check, Level
from edge.inspector.watch import GateState
from edge.ledger import Counts
from edge.parts import Reason
from edge.status.board import LineState


def line_state(
    counts: Counts, gate: GateState, belt_mm_s: float, verdicts: Histogram, uninspected: Mapping[Reason, int]
) -> LineState:
    """The page's counters."""
    return LineState(
        triggered=counts.triggered,
        passed=counts.passed,
        rejected=counts.rejected,
        uninspected=counts.uninspected,
        in_flight=counts.in_flight,
        belt_mm_s=belt_mm_s,
        ejections=gate.tally.ejections,
        confirmed=gate.tally.confirmed,
        unconfirmed=gate.tally.unconfirmed,
        taken=gate.tally.taken,
        stopped=gate.stopped,
        verdict_p50_ms=verdicts.quantile_ms(0.5),
        verdict_p99_ms=verdicts.quantile_ms(0.99),
        uninspected_by=dict(uninspected),
    )


_PULSE_LATE_MS = 2.0
_ENOUGH_PULSES = 20


def pulse_checks(late: Histogram, realtime: bool) -> list[Check]:
    """What is to be said of when pulses begin; nothing before there were some.

    Args:
        late: how long after its instant each began.
        realtime: whether the thread that begins them runs before all others.
    """
    p99_ms = late.quantile_ms(0.99)
    if p99_ms is None or late.count < _ENOUGH_PULSES:
        return []
    text = f"pulses begin up to {p99_ms:.2g} ms late (p99 of {late.count})"
    if p99_ms <= _PULSE_LATE_MS:
        return [Check("pulse", Level.OK, text)]
    if realtime:
        return [Check("pulse", Level.WARNING, text, "Take other programs off this computer, or make model.threads 1.")]
    mend = "Let the pulse thread run before all others: start the box by its unit, which has LimitRTPRIO."
    return [Check("pulse", Level.WARNING, f"{text}, at ordinary priority", mend)]


def gate_body(gate: GateState) -> dict[str, Any]:
    """`gate` of the MQTT topic `state`."""
    tally = gate.tally
    return {
        "ejections": tally.ejections,
        "confirmed": tally.confirmed,
        "unconfirmed": tally.unconfirmed,
        "taken": tally.taken,
        "unseen_mm": round(tally.unseen_mm, 1),
        "stopped": gate.stopped,
        "alarms": dict(gate.alarms),
    }
