"""Pictures beside their heat maps, small enough to live inside the page."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image, PartMap
from edge.picture import load_image, resize
from edge.status.overlay import overlay
from edge.verdict import Judge
from trainer.evaluate import Scored
from trainer.judge import points_at

SIDE = 360
"""Longest side of a picture in the page, pixels."""

LARGEST = 42_000
"""Bytes of one JPEG at the most; with two for each of three times `MOST` examples a page stays under 3 MB."""

MOST = 6
"""Examples of a kind."""

_CYAN = (0, 200, 255)
_MARGIN = 72  # side of the picture in margins about a mask: its outline must not hide what it is drawn about
_QUALITIES = (85, 70, 55, 40)


@dataclass(frozen=True, slots=True)
class Example:
    """A picture for the page: photograph and heat map as data: URIs, their width by their height, and what to say of
    it."""

    name: str
    kind: str
    score: float
    rejected: bool
    defect_px: int | None
    photo: str
    heat: str
    ratio: float


def example(
    path: Path, kind: str, part: PartMap, threshold: float, mask: NDArray[np.bool_] | None, defect_px: int | None
) -> Example:
    """Reads a picture and draws its map over it: the places that the box would point at framed, the outline of its
    mask in cyan."""
    image = bounded(load_image(path))
    h, w = image.shape[:2]
    verdict = Judge(threshold).judge(part, (h, w))
    heat = overlay(image, part.anomaly_map, threshold, verdict.where)
    if mask is not None and mask.any():
        _outline(heat, mask)
    name = f"{path.parent.name}/{path.name}"
    return Example(name, kind, part.score, bool(verdict.where), defect_px, data_uri(image), data_uri(heat), w / h)


def examples(scored: Scored, numbers: Iterable[int], threshold: float) -> list[Example]:
    """The test pictures of these numbers, for the page."""
    return [
        example(
            scored.samples[i].path,
            scored.samples[i].kind,
            PartMap(scored.maps[i], float(scored.scores[i])),
            threshold,
            scored.masks[i],
            scored.defect_px[i] or None,
        )
        for i in numbers
    ]


def worst_escapes(scored: Scored, threshold: float, most: int = MOST) -> list[int]:
    """Numbers of the bad pictures that pass with the lowest scores."""
    return [
        i for i in np.argsort(scored.scores, kind="stable") if scored.samples[i].bad and scored.scores[i] <= threshold
    ][:most]


def worst_false_rejects(scored: Scored, threshold: float, most: int = MOST) -> list[int]:
    """Numbers of the good pictures that are rejected with the highest scores."""
    order = np.argsort(-scored.scores, kind="stable")
    return [i for i in order if not scored.samples[i].bad and scored.scores[i] > threshold][:most]


def best_finds(scored: Scored, threshold: float, most: int = MOST) -> list[int]:
    """Numbers of rejected bad pictures: of each kind the smallest defect, in turn until there are enough. What was
    rejected for another place than its defect is no find. Where there are no masks, the highest scores."""
    queues: dict[str, list[int]] = {}
    sizes = [scored.defect_px[i] or float("inf") for i in range(len(scored.samples))]
    for i in sorted(range(len(sizes)), key=lambda i: (sizes[i], -scored.scores[i])):
        mask = scored.masks[i]
        at_it = mask is None or not mask.any() or points_at(scored.maps[i], mask)
        if scored.samples[i].bad and scored.scores[i] > threshold and at_it:
            queues.setdefault(scored.samples[i].kind, []).append(i)
    turns = (queue[turn] for turn in range(most) for queue in queues.values() if turn < len(queue))
    return [i for i, _ in zip(turns, range(most), strict=False)]


def data_uri(image: Image, largest: int = LARGEST) -> str:
    """An RGB picture as a JPEG of at most so many bytes inside a URI: what does not fit gets coarser, then smaller."""
    while True:
        for quality in _QUALITIES:
            options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
            _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
            if data.size <= largest:
                return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
        image = bounded(image, max(image.shape[:2]) // 2)


def bounded(image: Image, side: int = SIDE) -> Image:
    """A picture whose longest side is at most `side` pixels."""
    h, w = image.shape[:2]
    scale = min(1.0, side / max(h, w))
    return resize(image, max(1, round(h * scale)), max(1, round(w * scale)))


def _outline(image: Image, mask: NDArray[np.bool_]) -> None:
    h, w = image.shape[:2]
    same = cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA) > 0
    margin = 2 * max(2, max(h, w) // _MARGIN) + 1
    wide = cv2.dilate(same.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (margin, margin)))
    contours, _ = cv2.findContours(wide, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(image, contours, -1, _CYAN, max(1, max(h, w) // 180), cv2.LINE_AA)
