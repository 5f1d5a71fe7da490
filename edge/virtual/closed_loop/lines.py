"""The kinds of line that the closed loop runs on: what is built there, and how the box beside it is configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edge.virtual.actuators import Actuator, Flap, Jet, Pusher
from edge.virtual.closed_loop import coded, watched
from edge.virtual.faults import KINDS, Kind
from edge.virtual.line import Layout
from edge.virtual.optics import Optics

PART_MM = 60.0
SPEED_MM_S = 200.0
LAYOUT = Layout(camera_mm=60.0, ejector_mm=420.0, drop_mm=260.0, mm_per_tick=5.0, gate_eye_mm=360.0, chute_ms=120.0)
QUADRATURE = replace(LAYOUT, encoder_b_pin=6, mm_per_tick=10.0)
_FACE_MM = 20.0


@dataclass(frozen=True)
class LineKind:
    """A line. `sections` are laid over the configuration that fits the layout.

    `lengths_mm` are those of the parts, longest first; two of the shortest that touch are longer than `longest_mm` of
    the trigger, or nobody could tell a touching pair from one part. `gaps_mm` may lie between them. `within_mm` is how
    far from its true place a trigger may say that a part is; `front_mm` after the photo-eye's place it triggers. With
    `every_mm` the belt has pockets, and parts begin where those begin. `beyond` are faults that such a line cannot
    answer for.

    On a `watched` line parts lie askew, and a model that can be deceived looks at them (`watched`). `lasts` is how long
    (s) a fault goes on where that is not as usual; the first comes after `quiet_s`.
    """

    layout: Layout = LAYOUT
    sections: Mapping[str, Any] = field(default_factory=dict)
    actuator: Callable[[], Actuator] = Jet
    lengths_mm: tuple[float, ...] = (PART_MM, 53.0, 46.0)
    gaps_mm: tuple[float, ...] = (0.0, *(8.0, 15.0, 40.0, 90.0, 200.0) * 8)
    within_mm: float = 16.0
    front_mm: float = 0.0
    every_mm: float = 0.0
    beyond: frozenset[Kind] = frozenset()
    watched: bool = False
    lasts: Mapping[Kind, tuple[float, float]] = field(default_factory=dict)
    quiet_s: float = 5.0
    optics: Optics = field(default_factory=lambda: Optics(width_px=80, height_px=coded.ROWS, mm_per_px=2.0, noise=0.0))

    @property
    def faults(self) -> list[Kind]:
        """The kinds of fault that may happen to it."""
        return [kind for kind in KINDS if kind not in self.beyond]

    @property
    def first_mm(self) -> float:
        """Where the first part is laid."""
        return self.every_mm or 100.0

    def next_mm(self, head_mm: float, length_mm: float, gap_mm: float) -> float:
        """Where the part behind one is laid."""
        return head_mm + (self.every_mm or length_mm + gap_mm)


_POCKET_MM = 120.0
# So much before the photo-eye's place the camera's picture begins.
_BORDER_MM = 20.0


def _sections(**ejector: object) -> dict[str, Any]:
    return {
        "ejector": {"part_mm": PART_MM, "pulse_ms": 60.0, **ejector},
        "trigger": {"longest_mm": 75.0},
        "belt": {"stall_ms": 300},
        "part": {"y_px": 0, "h_px": coded.ROWS},
    }


def _with(sections: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    return {**sections, **{name: {**sections.get(name, {}), **section} for name, section in more.items()}}


LINES: dict[str, LineKind] = {
    # One channel cannot tell which way the belt runs.
    "jet": LineKind(LAYOUT, _sections(), beyond=frozenset({"backwards"})),
    "spare": LineKind(QUADRATURE, _sections(neighbours="spare", pulse_ms=200.0)),
    "pusher": LineKind(
        QUADRATURE,
        _with(
            _sections(
                kind="pusher", pulse_ms=80.0, recovery_ms=80.0, part_mm=PART_MM + _FACE_MM + 2 * QUADRATURE.mm_per_tick
            ),
            trigger={"debounce_ms": 10.0},
        ),
        lambda: Pusher(_FACE_MM, back_ms=80.0),
    ),
    "gate": LineKind(QUADRATURE, _with(_sections(kind="gate", hold_mm=90.0), trigger={"debounce_ms": 10.0}), Flap),
    "detect": LineKind(
        QUADRATURE,
        _with(
            _sections(distance_mm=LAYOUT.ejector_mm + PART_MM / 2 + _BORDER_MM),
            trigger={"kind": "detect", "camera_mm": LAYOUT.camera_mm + PART_MM / 2 + _BORDER_MM},
            gate_eye={"distance_mm": LAYOUT.gate_eye_mm + _BORDER_MM},
        ),
        front_mm=-_BORDER_MM,
    ),
    "pockets": LineKind(
        QUADRATURE, _with(_sections(), trigger={"kind": "distance", "every_mm": _POCKET_MM}), every_mm=_POCKET_MM
    ),
    "askew": LineKind(
        QUADRATURE,
        _with(_sections(), part={"x_px": 70, "w_px": 180, "h_px": 180}, locate=watched.locate()),
        gaps_mm=(40.0, 60.0, 90.0, 200.0),
        optics=watched.OPTICS,
        watched=True,
        lasts=dict.fromkeys(("light_aged", "blur", "lens_knocked"), (30.0, 60.0)),
        quiet_s=45.0,
    ),
}
