"""One picture with its truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import RinglightError
from edge.parts import Image
from trainer.simulate.camera import Camera
from trainer.simulate.defects import draw_defect
from trainer.simulate.kinds import KINDS
from trainer.simulate.plan import Plan, Shot
from trainer.simulate.render import Placed, Scene
from trainer.simulate.scene import Lamp, Pose, View, Window
from trainer.simulate.sleeve import Field, Sleeve

VISIBLE = 20.0
"""Least contrast of a defect that is written as one, in grey levels of 255: nine tenths of its mask differ by less, one
tenth by more."""
FAINT = (6.0, 11.0)
"""Contrast of the defects of borderline good parts; the noise's deviation is about 2."""
FLOOR = 4
"""Least difference of a pixel that belongs to a mask, grey levels."""
SMALLEST, LARGEST = 0.00015, 0.0025
"""Area shares that a defect may have."""

_TRIES = 200
_MARGIN_PX = 6
_SPECK_PX = 4
_SIDE = 55.0


@dataclass(frozen=True, slots=True)
class Photograph:
    """image: RGB uint8 [H, W, 3]. mask: bool [H, W], None on good parts. truth: JSON, see docs/simulate.md."""

    image: Image
    mask: NDArray[np.bool_] | None
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Found:
    """A defect that is as visible as it was asked to be: what it changes in the window."""

    placed: Placed
    window: Window
    radiance: Field
    mask: NDArray[np.bool_]
    contrast: float


def take(plan: Plan, shot: Shot) -> Photograph:
    """Draws a shot of a plan.

    Raises:
        RinglightError: no defect of this kind came out visible in so many tries.
    """
    rng = plan.rng(shot, 1)
    level = plan.level(shot)
    view = View(plan.width, plan.height, Pose.draw(rng))
    scene = Scene(Sleeve.draw(rng), view, Lamp.draw(rng, plan.highlight, level), int(rng.integers(2**32)))
    camera = Camera.draw(rng, plan.width, plan.height, level)
    radiance = scene.radiance()
    found = _find(plan, shot, scene, camera, radiance)
    mask = np.zeros(radiance.shape[:2], bool)
    if found:
        radiance[found.window.slices] = found.radiance
        mask[found.window.slices] = found.mask
    truth = _truth(shot, scene, found, mask)
    return Photograph(camera.take(radiance), mask if shot.kind else None, truth)


def _find(plan: Plan, shot: Shot, scene: Scene, camera: Camera, radiance: Field) -> _Found | None:
    """A defect that can be seen; on a borderline good part one that can hardly be."""
    if not (shot.kind or shot.borderline):
        return None
    rng = plan.rng(shot, 2)
    kind = shot.kind or KINDS[rng.integers(len(KINDS))]
    wanted = _visible if shot.kind else _faint
    for attempt in range(_TRIES):
        strength = 1 + 0.02 * attempt if shot.kind else rng.uniform(0.05, 0.5)
        placed = Placed(draw_defect(kind, strength, rng), float(np.deg2rad(rng.uniform(-_SIDE, _SIDE))))
        found = _look(scene, camera, radiance, placed)
        if wanted(found, plan.width * plan.height):
            return found
    raise RinglightError(
        f"{shot.name}: no {kind} came out as visible as it should in {_TRIES} tries. Draw larger pictures, or another "
        "seed."
    )


def _visible(found: _Found, pixels: int) -> bool:
    return found.contrast >= VISIBLE and SMALLEST <= found.mask.sum() / pixels <= LARGEST


def _faint(found: _Found, pixels: int) -> bool:
    return FAINT[0] <= found.contrast <= FAINT[1] and found.mask.sum() / pixels <= LARGEST


def _look(scene: Scene, camera: Camera, radiance: Field, placed: Placed) -> _Found:
    """Where the developed pictures with and without the defect differ, before noise."""
    window = scene.reach(placed, _MARGIN_PX)
    marred = radiance[window.slices] + scene.change(window, placed)
    clean, bad = (camera.develop(light, window).astype(np.int16) for light in (radiance[window.slices], marred))
    difference = np.abs(bad - clean).max(axis=2)
    mask = _without_specks(difference >= FLOOR)
    # Where a hollow turns from dark to bright it looks like the good part, and is none.
    mask = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    contrast = float(np.percentile(difference[mask], 90)) if mask.any() else 0.0
    return _Found(placed, window, marred, mask, contrast)


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= _SPECK_PX
    large[0] = False
    return large[np.asarray(labels, np.intp)]


def _truth(shot: Shot, scene: Scene, found: _Found | None, mask: NDArray[np.bool_]) -> dict[str, Any]:
    at, width = scene.highlight()
    return {
        "file": shot.name,
        "borderline": shot.borderline,
        "pose": asdict(scene.view.pose),
        "lamp": asdict(scene.lamp),
        "highlight": {"at_deg": at, "width_deg": width},
        "defect": _defect(found, mask) if found else None,
        "copy_of": None,
    }


def _defect(found: _Found, mask: NDArray[np.bool_]) -> dict[str, Any]:
    rows, columns = np.nonzero(mask)
    return {
        "kind": found.placed.defect.kind,
        "area_px": int(mask.sum()),
        "area_share": float(mask.mean()),
        "contrast": found.contrast,
        "box": [int(v) for v in (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)],
        "u_mm": found.placed.defect.u,
        "phi_deg": float(np.rad2deg(found.placed.phi)),
    }
