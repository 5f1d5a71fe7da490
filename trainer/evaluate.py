"""What a bundle is worth on a data set, measured with the box's own runtime. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle
from edge.parts import PartMap
from edge.runtime import Runtime
from trainer.dataset import Sample, load_mask, open_dataset
from trainer.judge import Result, judge
from trainer.leakage import Examined, examine_scored
from trainer.scoring import score_pictures

__all__ = ["MASK_SIDE", "Measured", "Result", "Scored", "evaluate", "judge", "measure", "score_test"]

MASK_SIDE = 512
"""Pixel metrics are computed at the mask's own size, or proportionally smaller with this longest side: exact curves
over every pixel of a thousand large pictures would not fit into memory."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Every test picture with its score, its map at its mask's (bounded) size, and the mask.

    A good picture's mask is empty; None stands for a defect whose mask nobody drew. defect_px: pixels of the mask at
    its own size.
    """

    samples: tuple[Sample, ...]
    scores: NDArray[np.float64]
    maps: tuple[NDArray[np.float32], ...]
    masks: tuple[NDArray[np.bool_] | None, ...]
    defect_px: tuple[int | None, ...]
    tiles: int
    ns: int

    def some(self, keep: Sequence[int]) -> Scored:
        """The pictures of these numbers; tiles and time are left as they are."""
        return Scored(
            tuple(self.samples[i] for i in keep),
            self.scores[list(keep)],
            tuple(self.maps[i] for i in keep),
            tuple(self.masks[i] for i in keep),
            tuple(self.defect_px[i] for i in keep),
            self.tiles,
            self.ns,
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """An evaluation with all that it rests on, for the report. fingerprint: of the data set as it is now. examined:
    what the data set doctor found, None where it was not asked or there is no train/good to compare with."""

    bundle: Bundle
    scored: Scored
    result: Result
    fingerprint: str
    examined: Examined | None = None

    @property
    def same_as_trained(self) -> bool:
        """Whether the data set, names and contents, is the one that the model was trained on."""
        return self.fingerprint == self.bundle.manifest.dataset.fingerprint

    @property
    def origin(self) -> str:
        """That in words."""
        if self.same_as_trained:
            return "same data set as trained on"
        return "another data set, or it was changed since the training"

    def to_dict(self) -> dict[str, Any]:
        """The keys of `--json`."""
        found = self.examined.to_dict() if self.examined else {"checkup": None, "leakage": None}
        origin = {"same_as_trained": self.same_as_trained, "dataset_fingerprint": self.fingerprint}
        return self.result.to_dict() | origin | found


def evaluate(
    bundle_path: Path,
    dataset: Path,
    providers: Sequence[str] = ("CPUExecutionProvider",),
    *,
    threads: int = 0,
    batch: int = 8,
    false_rejects_per_10000: float = 100.0,
) -> Result:
    """Scores `dataset/test` with a bundle.

    Raises:
        BundleError, DatasetError, ProviderError: what was handed in is wrong; the message says what.
    """
    return measure(
        bundle_path, dataset, providers, threads=threads, batch=batch, false_rejects_per_10000=false_rejects_per_10000
    ).result


def measure(
    bundle_path: Path,
    dataset: Path,
    providers: Sequence[str] = ("CPUExecutionProvider",),
    *,
    threads: int = 0,
    batch: int = 8,
    false_rejects_per_10000: float = 100.0,
    check: bool = False,
) -> Measured:
    """As `evaluate`, and keeps the scored pictures; with `check` the data set is examined too."""
    bundle = Bundle.read(bundle_path)
    runtime = Runtime(bundle.model, providers, threads, batch)
    data = open_dataset(dataset, need_train=False, need_test=True)
    scored = score_test(bundle, runtime, dataset)
    result = judge(bundle, scored, runtime.running, false_rejects_per_10000)
    geometry = bundle.manifest.geometry
    size = min(geometry.input_h, geometry.input_w)
    examined = examine_scored(dataset, scored, size) if check and data.train else None
    return Measured(bundle, scored, result, data.fingerprint(), examined)


def score_test(bundle: Bundle, runtime: Runtime, dataset: Path) -> Scored:
    """Scores every picture of `dataset/test`."""
    data = open_dataset(dataset, need_train=False, need_test=True)
    runtime.warm_up()
    pictures = [sample.path for sample in data.test]
    scores, maps, masks, defect_px = [], [], [], []
    tiles = ns = 0
    for sample, (part, n, took) in zip(
        data.test, score_pictures(runtime, pictures, bundle.manifest.geometry, "evaluate"), strict=True
    ):
        anomaly_map, mask, pixels = _at_one_size(part, sample)
        scores.append(part.score)
        maps.append(anomaly_map)
        masks.append(mask)
        defect_px.append(pixels)
        tiles += n
        ns += took
    return Scored(data.test, np.array(scores), tuple(maps), tuple(masks), tuple(defect_px), tiles, ns)


def _at_one_size(part: PartMap, sample: Sample) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None, int | None]:
    """Map and mask at the mask's size or the bounded one, and the mask's pixels at its own. A good picture's mask is
    empty, at its map's size."""
    if sample.bad and not sample.mask:
        return part.anomaly_map, None, None
    mask = load_mask(sample.mask) if sample.mask else np.zeros(part.anomaly_map.shape, bool)
    pixels = int(mask.sum())
    scale = min(1.0, MASK_SIDE / max(mask.shape))
    h, w = (max(1, round(side * scale)) for side in mask.shape)
    if scale < 1:
        # A defect that is thinner than a pixel of the smaller mask must not vanish from it.
        mask = np.asarray(cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)) > 0
    resized = np.asarray(cv2.resize(part.anomaly_map, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    return resized, mask, pixels
