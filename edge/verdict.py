"""From a part's map to PASS or REJECT, with the reason and the place."""

from __future__ import annotations

import math

import cv2
import numpy as np

from edge.parts import Decision, PartMap, Place, Verdict


class Judge:
    """Holds the score against the threshold: a score above it is a REJECT, one on it a PASS.

    Args:
        threshold: in raw scores, the model's own unit.
        most_places: how many anomalous places a verdict names at the most, the worst first.
    """

    def __init__(self, threshold: float, most_places: int = 8) -> None:
        if not math.isfinite(threshold):
            raise ValueError(f"a threshold is a finite number, not {threshold}")
        self.threshold = threshold
        self._most = most_places

    def judge(self, part_map: PartMap) -> Verdict:
        """Judges one part.

        Raises:
            ValueError: the score is no number. Such a part was not inspected, and comparing it with a threshold
                would pass it.
        """
        score = part_map.score
        if not math.isfinite(score):
            raise ValueError(f"the model's score is no number: {score}")
        if score <= self.threshold:
            return Verdict(Decision.PASS, score, self.threshold)
        reason = f"score {score:.4g} above threshold {self.threshold:.4g}"
        return Verdict(Decision.REJECT, score, self.threshold, (reason,), self._places(part_map.anomaly_map))

    def _places(self, anomaly_map: np.ndarray) -> tuple[Place, ...]:
        """Boxes of the connected regions above the threshold, the hottest first; the hottest pixel where none is."""
        hot = (anomaly_map > self.threshold).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(hot, connectivity=8)
        if count == 1:
            y, x = np.unravel_index(int(np.argmax(anomaly_map)), anomaly_map.shape)
            return (Place(int(x), int(y), 1, 1),)
        peaks = np.zeros(count, np.float32)
        np.maximum.at(peaks, labels.ravel().astype(np.intp), anomaly_map.ravel())
        order = sorted(range(1, count), key=lambda label: -float(peaks[label]))
        return tuple(Place(*(int(v) for v in stats[label][:4])) for label in order[: self._most])
