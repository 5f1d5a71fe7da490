"""The trial of a new model: so many parts without a cause to return to the old one."""

from __future__ import annotations

from collections import deque
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from edge.calibration import Calibration
from edge.config.models import SlotsConfig
from edge.parts import Reason, Record, State


class Outcome(Enum):
    """How a trial stands."""

    OPEN = "open"
    GOOD = "good"
    FAILED = "failed"


class Trial:
    """Watches the closed accounts of one model.

    It fails on the first part that the model cannot score, on `late_parts` parts that came too late for it, and on
    drift: over the last `window` parts, more rejects than `drift_factor` times what was to be expected, or a median
    score (which a few real defects do not move) further from the calibration's than `drift_factor` of its standard
    deviations.

    Args:
        calibration: that of the model, on held-out good parts. threshold: in raw scores.
    """

    def __init__(self, config: SlotsConfig, model_id: str, calibration: Calibration, threshold: float) -> None:
        self.outcome = Outcome.OPEN
        self.why = ""
        self.inspected = 0
        self._config = config
        self._model_id = model_id
        self._late = 0
        self._enough = min(config.window, config.good_after)
        self._recent: deque[tuple[float, bool]] = deque(maxlen=config.window)
        scores = np.asarray(calibration.scores)
        self._median, self._spread = float(np.median(scores)), float(np.std(scores))
        expected = float(np.mean(scores > threshold)) + config.defect_share
        self._most_rejects = config.drift_factor * expected

    def seen(self, record: Record) -> None:
        """A part's account was closed. Parts of another model, and parts that no model could have seen, do not
        count; after the end of the trial nothing does."""
        if self.outcome is not Outcome.OPEN or record.model_id != self._model_id:
            return
        account = record.account
        if account.reason is Reason.MODEL_FAULT:
            self._fail("a part could not be scored")
        elif account.reason in (Reason.LATE, Reason.BUSY):
            self._was_late("parts")
        elif account.verdict is not None:
            self._inspected(account.verdict.score, account.state is State.REJECTED)

    def tiles(self, model_id: str, scores: NDArray[np.float32] | None, threshold: float) -> None:
        """A strip of web was scored: the scores of its tiles [N], each of which counts as a part does; None where the
        model could not score it."""
        if self.outcome is not Outcome.OPEN or model_id != self._model_id:
            return
        if scores is None:
            self._fail("a strip could not be scored")
            return
        for score in scores:
            if self.outcome is Outcome.OPEN:
                self._inspected(float(score), bool(score > threshold))

    def late(self, model_id: str) -> None:
        """A length of web went by unscored because the model was still busy."""
        if self.outcome is Outcome.OPEN and model_id == self._model_id:
            self._was_late("lengths")

    def _was_late(self, what: str) -> None:
        self._late += 1
        if self._late >= self._config.late_parts:
            self._fail(f"{self._late} {what} came too late for it")

    def _inspected(self, score: float, rejected: bool) -> None:
        self.inspected += 1
        self._recent.append((score, rejected))
        if len(self._recent) >= self._enough:
            self._look_for_drift()
        if self.outcome is Outcome.OPEN and self.inspected >= self._config.good_after:
            self.outcome = Outcome.GOOD

    def _look_for_drift(self) -> None:
        scores = [score for score, _ in self._recent]
        share = sum(rejected for _, rejected in self._recent) / len(self._recent)
        off = abs(float(np.median(scores)) - self._median)
        if share > self._most_rejects:
            self._fail(f"it rejected {share:.0%} of {len(scores)} parts, at most {self._most_rejects:.0%} are expected")
        elif off > self._config.drift_factor * self._spread:
            self._fail(
                f"the median score of {len(scores)} parts lies {off / max(self._spread, 1e-12):.1f} standard "
                "deviations from that of its calibration"
            )

    def _fail(self, why: str) -> None:
        # In this order: who reads the outcome, on another thread, reads the reason next.
        self.why, self.outcome = why, Outcome.FAILED
