"""What happened on a line besides the ledger's own figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """What happened besides the ledger's own figures, since start. `scoring_ns` is the time spent in the model."""

    scored: int = 0
    scoring_ns: int = 0
    ejections: int = 0
    missed_ejections: int = 0
    late_verdicts: int = 0
    model_faults: int = 0
    last_fault: str = ""
