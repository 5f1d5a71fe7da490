"""From a part's map to PASS or REJECT, with the reason and the place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from edge.parts import Decision, PartMap, Place, Verdict


class PlacesOfTheirOwn(Protocol):
    """Places of a part that have a threshold of their own."""

    def exceeded(self, part_map: PartMap, size: tuple[int, int]) -> list[str]:
        """Which of them exceed it, in words, the worst first."""
        ...


class Judge:
    """Holds the score against the threshold: a score above it is a REJECT, one on it a PASS.

    Args:
        threshold: in raw scores, the model's own unit.
        most_places: how many anomalous places a verdict names at the most, the worst first.
        zones: where the map is held against other thresholds besides.
    """

    def __init__(self, threshold: float, most_places: int = 8, zones: PlacesOfTheirOwn | None = None) -> None:
        if not math.isfinite(threshold):
            raise ValueError(f"a threshold is a finite number, not {threshold}")
        self.threshold = threshold
        self._most = most_places
        self._zones = zones

    def judge(self, part_map: PartMap, size: tuple[int, int] | None = None) -> Verdict:
        """Judges one part. `size` (h, w) is that of the part's picture, in whose pixels the anomalous places are told
        (the map of a large picture is smaller than it); without it they are told in the map's own.

        Raises:
            ValueError: the score is no number. Such a part was not inspected, and comparing it with a threshold
                would pass it.
        """
        score = part_map.score
        if not math.isfinite(score):
            raise ValueError(f"the model's score is no number: {score}")
        reasons = [] if score <= self.threshold else [f"score {score:.4g} above threshold {self.threshold:.4g}"]
        if self._zones is not None:
            reasons += self._zones.exceeded(part_map, size or part_map.anomaly_map.shape[:2])
        if not reasons:
            return Verdict(Decision.PASS, score, self.threshold)
        where = self._places(part_map.anomaly_map, size)
        return Verdict(Decision.REJECT, score, self.threshold, tuple(reasons), where)

    def _places(self, anomaly_map: np.ndarray, size: tuple[int, int] | None) -> tuple[Place, ...]:
        """Boxes of the connected regions above the threshold, the hottest first; the hottest pixel where none is."""
        map_h, map_w = anomaly_map.shape
        h, w = size or (map_h, map_w)
        hot = anomaly_map > self.threshold
        count, labels, stats, _ = cv2.connectedComponentsWithStats(hot.astype(np.uint8), connectivity=8)
        if count == 1:
            y, x = np.unravel_index(int(np.argmax(anomaly_map)), anomaly_map.shape)
            return (_scaled((int(x), int(y), 1, 1), w / map_w, h / map_h),)
        peaks = np.zeros(count, np.float32)
        np.maximum.at(peaks, np.asarray(labels, np.intp)[hot], anomaly_map[hot])
        order = sorted(range(1, count), key=lambda label: -float(peaks[label]))
        return tuple(_scaled(stats[label][:4], w / map_w, h / map_h) for label in order[: self._most])


def _scaled(box: Sequence[int] | np.ndarray, by_x: float, by_y: float) -> Place:
    x, y, w, h = (int(value) for value in box)
    return Place(round(x * by_x), round(y * by_y), max(1, round(w * by_x)), max(1, round(h * by_y)))
