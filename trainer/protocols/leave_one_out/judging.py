"""Leaves one out of what a bundle scored: the evaluation of the protocol's only fold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import UsageError
from trainer.evaluate import measure
from trainer.protocols.leave_one_out.outcome import leave_one_out


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Scores and maps are computed once; all that is left out is left out of them.

    limit: share of defect-free pixels, above 0, below 1. false_rejects_per_10000: of the evaluation beside it.

    Raises:
        UsageError: the limit is out of its range.
    """

    limit: float
    false_rejects_per_10000: float

    def __post_init__(self) -> None:
        if not 0 < self.limit < 1:
            raise UsageError(f"--pixel-false-positives is {self.limit:g}: write a share above 0 and below 1, as 0.01.")

    @property
    def words(self) -> tuple[str, ...]:
        """What decides the result, besides bundle and data set."""
        return ("leave-one-out", f"{self.limit:g}")

    def __call__(self, bundle: Path, dataset: Path, threads: int) -> dict[str, Any]:
        """The evaluation, and under "leave_one_out" what `outcome.leave_one_out` gives."""
        measured = measure(bundle, dataset, threads=threads, false_rejects_per_10000=self.false_rejects_per_10000)
        return {**measured.result.to_dict(), "leave_one_out": leave_one_out(measured.scored, self.limit)}
