"""Findings held against the truth: what was found, how exactly, and what was found besides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.virtual.membrane import Defect, Membrane
from edge.virtual.membrane.defects import Box
from edge.web.finding import Finding
from webs.ride import Ridden

NEAR_MM = 1.0
SATELLITE_MM = 15.0
"""A false event so near to a defect is one of the defect's: no tile that shows good web alone made it."""


def judge(web: Membrane, ridden: Ridden) -> dict[str, Any]:
    """Recall and exactness of each kind of defect, and false events a metre: satellites of defects, and others."""
    truth = [(one, _seen(web, one)) for one in web.defects if _end(one) < ridden.metres * 1000 - NEAR_MM]
    boxes = [_box(finding) for finding in ridden.defects]
    false = [box for box in boxes if not any(_gap(box, true) <= NEAR_MM for _, true in truth)]
    near = [box for box in false if any(_gap(box, true) <= SATELLITE_MM for _, true in truth)]
    kinds: dict[str, list[tuple[Defect, Box, list[Box]]]] = defaultdict(list)
    for defect, true in truth:
        kinds[defect.kind].append((defect, true, [box for box in boxes if _gap(box, true) <= NEAR_MM]))
    return {
        "kinds": {kind: _of_kind(cases) for kind, cases in sorted(kinds.items())},
        "satellites_per_m": round(len(near) / ridden.metres, 3),
        "false_per_m": round((len(false) - len(near)) / ridden.metres, 3),
    }


def _of_kind(cases: Sequence[tuple[Defect, Box, list[Box]]]) -> dict[str, Any]:
    """Sizes as length x width in mm; errors of length, width and middle in mm, median and worst of those found."""
    found = [(true, _union(boxes), len(boxes)) for _, true, boxes in cases if boxes]
    missed = [f"{true.length:.2f} x {true.width:.2f}" for _, true, boxes in cases if not boxes]
    wrong = {
        "length": [abs(told.length - true.length) for true, told, _ in found],
        "width": [abs(told.width - true.width) for true, told, _ in found],
        "place": [
            max(abs(_middle(told)[0] - _middle(true)[0]), abs(_middle(told)[1] - _middle(true)[1]))
            for true, told, _ in found
        ],
    }
    return {
        "defects": len(cases),
        "found": len(found),
        "missed": missed,
        "events_each": round(float(np.mean([n for *_, n in found])), 2) if found else 0.0,
        **{f"{name}_error_mm": [round(float(np.median(of)), 2), round(max(of), 2)] for name, of in wrong.items() if of},
    }


def _seen(web: Membrane, defect: Defect) -> Box:
    """Where the camera sees a defect, along all of its length on a web that wanders, cut to what is in view."""
    box, width = defect.box, web.width_px * web.mm_per_px
    shifts = [web.shift_mm(float(at)) for at in np.linspace(box.at, box.at + box.length, 50)]
    left, right = max(0.0, box.across + min(shifts)), min(width, box.across + box.width + max(shifts))
    return Box(box.at, left, box.length, max(0.0, right - left))


def _end(defect: Defect) -> float:
    return defect.box.at + defect.box.length


def _box(finding: Finding) -> Box:
    return Box(finding.at_m * 1000, finding.across_mm, finding.length_mm, finding.width_mm)


def _gap(one: Box, other: Box) -> float:
    """How far two rectangles are apart, 0 where they meet."""
    along = max(one.at - other.at - other.length, other.at - one.at - one.length, 0.0)
    over = max(one.across - other.across - other.width, other.across - one.across - one.width, 0.0)
    return max(along, over)


def _union(boxes: Sequence[Box]) -> Box:
    at, across = min(box.at for box in boxes), min(box.across for box in boxes)
    end, right = max(box.at + box.length for box in boxes), max(box.across + box.width for box in boxes)
    return Box(at, across, end - at, right - across)


def _middle(box: Box) -> tuple[float, float]:
    return box.at + box.length / 2, box.across + box.width / 2
