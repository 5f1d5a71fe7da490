"""What a bundle is worth on a data set, measured with the box's own runtime. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle
from edge.parts import PartMap
from edge.runtime import Runtime
from trainer.dataset import GOOD, Sample, load_mask, open_dataset
from trainer.metrics import aupro, auroc, pixel_auroc, wilson
from trainer.scoring import score_pictures

MASK_SIDE = 512
"""Pixel metrics are computed at the mask's own size, or proportionally smaller with this longest side: exact curves
over every pixel of a thousand large pictures would not fit into memory."""


@dataclass(frozen=True, slots=True)
class PerClass:
    """One folder of `test/`: pictures, their AUROC against good (None for good itself), the share rejected."""

    n: int
    image_auroc: float | None
    rejected: float


@dataclass(frozen=True, slots=True)
class Result:
    """The evaluation; the fields are the keys of `--json`. Rates are shares, intervals are 95 % (Wilson).

    pixel_auroc and aupro are None where the data set has no masks.
    """

    model_id: str
    image_auroc: float
    pixel_auroc: float | None
    aupro: float | None
    per_class: dict[str, PerClass]
    threshold: float
    false_rejects_per_10000: float
    threshold_warning: str
    false_reject_rate: float
    false_reject_interval: tuple[float, float]
    escape_rate: float
    escape_interval: tuple[float, float]
    tiles_per_second: float
    provider: str
    bundle_mb: float
    pictures: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scored:
    """Every test picture with its score, its map at its mask's (bounded) size, and the mask.

    A good picture's mask is empty; None stands for a defect whose mask nobody drew.
    """

    samples: tuple[Sample, ...]
    scores: NDArray[np.float64]
    maps: tuple[NDArray[np.float32], ...]
    masks: tuple[NDArray[np.bool_] | None, ...]
    tiles: int
    ns: int

    def some(self, keep: Sequence[int]) -> Scored:
        """The pictures of these numbers; tiles and time are left as they are."""
        return Scored(
            tuple(self.samples[i] for i in keep),
            self.scores[list(keep)],
            tuple(self.maps[i] for i in keep),
            tuple(self.masks[i] for i in keep),
            self.tiles,
            self.ns,
        )


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
    bundle = Bundle.read(bundle_path)
    runtime = Runtime(bundle.model, providers, threads, batch)
    scored = score_test(bundle, runtime, dataset)
    return judge(bundle, scored, runtime.running, false_rejects_per_10000)


def score_test(bundle: Bundle, runtime: Runtime, dataset: Path) -> Scored:
    """Scores every picture of `dataset/test`."""
    data = open_dataset(dataset, need_train=False, need_test=True)
    runtime.warm_up()
    pictures = [sample.path for sample in data.test]
    scores, maps, masks = [], [], []
    tiles = ns = 0
    for sample, (part, n, took) in zip(
        data.test, score_pictures(runtime, pictures, bundle.manifest.geometry, "evaluate"), strict=True
    ):
        anomaly_map, mask = _at_one_size(part, sample)
        scores.append(part.score)
        maps.append(anomaly_map)
        masks.append(mask)
        tiles += n
        ns += took
    return Scored(data.test, np.array(scores), tuple(maps), tuple(masks), tiles, ns)


def judge(bundle: Bundle, scored: Scored, provider: str, false_rejects_per_10000: float = 100.0) -> Result:
    """The numbers, from scored pictures."""
    threshold = bundle.manifest.calibration.threshold(false_rejects_per_10000)
    bad = np.array([sample.bad for sample in scored.samples])
    rejected = scored.scores > threshold.value
    false_rejects, escapes = int((rejected & ~bad).sum()), int((~rejected & bad).sum())
    n_good, n_bad = int((~bad).sum()), int(bad.sum())
    by_pixel = _pixel_metrics(scored)
    return Result(
        model_id=bundle.manifest.model_id,
        image_auroc=auroc(scored.scores, bad),
        pixel_auroc=by_pixel[0],
        aupro=by_pixel[1],
        per_class=_per_class(scored, rejected),
        threshold=threshold.value,
        false_rejects_per_10000=false_rejects_per_10000,
        threshold_warning=threshold.warning,
        false_reject_rate=false_rejects / n_good,
        false_reject_interval=wilson(false_rejects, n_good),
        escape_rate=escapes / n_bad,
        escape_interval=wilson(escapes, n_bad),
        tiles_per_second=scored.tiles / (scored.ns / 1e9),
        provider=provider,
        bundle_mb=bundle.size / 1e6,
        pictures=len(scored.samples),
    )


def _pixel_metrics(scored: Scored) -> tuple[float | None, float | None]:
    both = [(m, mask) for m, mask in zip(scored.maps, scored.masks, strict=True) if mask is not None]
    maps, masks = [m for m, _ in both], [mask for _, mask in both]
    if not any(mask.any() for mask in masks):
        return None, None
    return pixel_auroc(maps, masks), aupro(maps, masks)


def _per_class(scored: Scored, rejected: NDArray[np.bool_]) -> dict[str, PerClass]:
    kinds = np.array([sample.kind for sample in scored.samples])
    good = kinds == GOOD
    result = {}
    for kind in sorted(set(kinds.tolist())):
        mine = kinds == kind
        both = mine | good
        value = None if kind == GOOD else auroc(scored.scores[both], mine[both])
        result[kind] = PerClass(int(mine.sum()), value, float(rejected[mine].mean()))
    return result


def _at_one_size(part: PartMap, sample: Sample) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """Map and mask at the mask's size or the bounded one. A good picture's mask is empty, at its map's size."""
    if sample.bad and not sample.mask:
        return part.anomaly_map, None
    mask = load_mask(sample.mask) if sample.mask else np.zeros(part.anomaly_map.shape, bool)
    scale = min(1.0, MASK_SIDE / max(mask.shape))
    h, w = (max(1, round(side * scale)) for side in mask.shape)
    if scale < 1:
        # A defect that is thinner than a pixel of the smaller mask must not vanish from it.
        mask = np.asarray(cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)) > 0
    resized = np.asarray(cv2.resize(part.anomaly_map, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    return resized, mask
