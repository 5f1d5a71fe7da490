"""The line in the words of the page and of MQTT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.budget import Histogram
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


def gate_body(gate: GateState) -> dict[str, Any]:
    """`gate` of the MQTT topic `state`."""
    tally = gate.tally
    return {
        "ejections": tally.ejections,
        "confirmed": tally.confirmed,
        "unconfirmed": tally.unconfirmed,
        "taken": tally.taken,
        "stopped": gate.stopped,
        "alarms": dict(gate.alarms),
    }
