"""How large the defects are, from the masks: in the picture, and in the pixels that the model sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.health import Level
from trainer.checkup.findings import Finding, Shown
from trainer.dataset import Dataset, load_mask
from trainer.progress import progress

SMALL_PX = 8.0
"""Side of a cell of the finest features that the models use: what is narrower than 8 to 10 pixels of the model's
input fills no cell, and is found by luck."""

_SPECK = 4
_TOO_MANY = 0.1
_MOST = 12


@dataclass(frozen=True, slots=True)
class Extent:
    """One mask: its kind, area share, and of each connected component (8-connected) the area in mask pixels, the
    equivalent diameter and the shorter side of the smallest rotated rectangle, both in pixels of the model's input."""

    name: str
    kind: str
    share: float
    areas: tuple[int, ...]
    diameters: tuple[float, ...]
    sides: tuple[float, ...]


def extent(mask: NDArray[np.bool_], size: int, name: str = "", kind: str = "") -> Extent:
    """Measures a mask [H, W] as it is when the whole picture is resized to `size` × `size`."""
    h, w = mask.shape
    n, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas, diameters, sides = [], [], []
    for i in range(1, n):
        x, y, wide, high, area = (int(value) for value in stats[i])
        rows, columns = np.nonzero(labels[y : y + high, x : x + wide] == i)
        areas.append(area)
        diameters.append(float(np.sqrt(4 * area * size * size / (h * w) / np.pi)))
        sides.append(_narrow_side(rows, columns, size / h, size / w))
    return Extent(name, kind, float(mask.mean()), tuple(areas), tuple(diameters), tuple(sides))


def defect_findings(data: Dataset, size: int) -> list[Finding]:
    """Area by kind, the smallest defect, what is too small for the model's input, empty and overfull masks."""
    extents = _measure(data, size)
    if not extents:
        return [Finding("defects.masks", Level.INFO, "no masks: the size of the defects is not known")]
    return [_empty(extents), _areas(extents), _smallest(extents, size), _specks(extents)]


def _measure(data: Dataset, size: int) -> list[Extent]:
    drawn: list[tuple[Path, str, Path]] = [(s.path, s.kind, s.mask) for s in data.test if s.mask]
    return [
        extent(load_mask(mask), size, path.relative_to(data.root).as_posix(), kind)
        for path, kind, mask in progress(drawn, "masks", len(drawn))
    ]


def _narrow_side(rows: NDArray[np.intp], columns: NDArray[np.intp], down: float, across: float) -> float:
    """Pixels are squares, not points: their outer corners span the rectangle."""
    corners = [(columns + x, rows + y) for x in (0, 1) for y in (0, 1)]
    points = np.concatenate([np.stack([x * across, y * down], axis=1) for x, y in corners]).astype(np.float32)
    return float(min(cv2.minAreaRect(cv2.convexHull(points))[1]))


def _empty(extents: Sequence[Extent]) -> Finding:
    empty = [e for e in extents if not e.areas]
    full = [e for e in extents if e.share > 0.5]
    share = len(empty) / len(extents)
    numbers = {"masks": len(extents), "empty": len(empty), "empty_share": share, "over_half": len(full)}
    if not empty and not full:
        return Finding("defects.masks", Level.OK, f"{len(extents)} masks, none of them empty", numbers=numbers)
    text = f"of {len(extents)} masks {len(empty)} ({share:.1%}) are empty, {len(full)} cover more than half the picture"
    mend = "Draw the empty ones, or move their pictures to test/good; see whether the large ones are inverted."
    shown = [Shown(e.name, "empty mask") for e in empty] + [
        Shown(e.name, f"{e.share:.0%} of the picture") for e in full
    ]
    return Finding("defects.masks", Level.WARNING if empty else Level.INFO, text, mend, numbers, tuple(shown[:_MOST]))


def _areas(extents: Sequence[Extent]) -> Finding:
    numbers = {}
    for kind in sorted({e.kind for e in extents}):
        shares = [e.share for e in extents if e.kind == kind and e.areas]
        if shares:
            numbers[kind] = {"median": float(np.median(shares)), "min": min(shares), "max": max(shares)}
    parts = [f"{kind} {v['median']:.2%} ({v['min']:.2%} to {v['max']:.2%})" for kind, v in numbers.items()]
    return Finding(
        "defects.area", Level.OK, "share of the picture, median (range): " + ", ".join(parts), numbers=numbers
    )


def _smallest(extents: Sequence[Extent], size: int) -> Finding:
    """A picture is found by its largest defect; so that is what has to be large enough."""
    largest = {e.name: max(e.diameters) for e in extents if e.areas}
    components = [(d, s, a, e.name) for e in extents for d, s, a in zip(e.diameters, e.sides, e.areas, strict=True)]
    real = [c for c in components if c[2] >= _SPECK]
    if not real:
        return Finding("defects.smallest", Level.INFO, "no defect of a few pixels in any mask")
    diameter, side, area, _ = min(real)
    small = sorted((d, name) for name, d in largest.items() if d < SMALL_PX)
    share = len(small) / len(largest)
    narrow = sum(c[1] < SMALL_PX for c in real) / len(real)
    numbers = {
        "input_px": size,
        "smallest": {"area_px": area, "diameter_input_px": diameter, "narrow_side_input_px": side},
        "pictures_below_8_px": len(small),
        "pictures_below_8_px_share": share,
        "components_narrower_than_8_px_share": narrow,
    }
    text = (
        f"smallest defect {area} px in its mask, {diameter:.1f} px across at the model's {size} px; the largest defect "
        f"of {len(small)} of {len(largest)} pictures ({share:.0%}) is below {SMALL_PX:g} px, {narrow:.0%} of all "
        "defects are narrower than that"
    )
    if not small:
        return Finding("defects.smallest", Level.OK, text, "", numbers)
    mend = "Small defects are found by luck: try a larger --size, or cut parts into tiles with --tile-px."
    if share > _TOO_MANY:
        wanted = int(np.ceil(size * SMALL_PX / np.quantile(list(largest.values()), _TOO_MANY) / 32) * 32)
        numbers["size_for_nine_in_ten"] = wanted
        mend = f"Train with --size {wanted}, or cut parts into tiles with --tile-px, or move the camera closer."
    shown = tuple(Shown(name, f"{d:.1f} px at the model") for d, name in small[:_MOST])
    return Finding("defects.smallest", Level.WARNING if share > _TOO_MANY else Level.INFO, text, mend, numbers, shown)


def _specks(extents: Sequence[Extent]) -> Finding:
    with_specks = [(sum(a < _SPECK for a in e.areas), e.name) for e in extents]
    specks = sum(n for n, _ in with_specks)
    numbers = {"specks": specks, "pictures": sum(n > 0 for n, _ in with_specks)}
    if not specks:
        return Finding("defects.specks", Level.OK, f"no component of a mask is below {_SPECK} px", numbers=numbers)
    text = f"{specks} components of {numbers['pictures']} masks have fewer than {_SPECK} pixels: slips of the pen"
    mend = "Clean the masks: per-region metrics (AUPRO) count each speck like a whole defect."
    worst = sorted(((n, name) for n, name in with_specks if n), reverse=True)
    shown = tuple(Shown(name, f"{n} specks") for n, name in worst[:_MOST])
    return Finding("defects.specks", Level.INFO, text, mend, numbers, shown)
