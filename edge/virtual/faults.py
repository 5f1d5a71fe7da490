"""Faults of the virtual line, ordered by a schedule or by a person while it runs."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from pydantic import Field, ValidationError, model_validator

from edge.clock import NS_PER_S
from edge.config.section import Section
from edge.errors import UsageError
from edge.virtual.line import VirtualLine

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Kind = Literal[
    "speed",
    "stop",
    "slip",
    "lost_ticks",
    "encoder_dead",
    "camera_stall",
    "camera_late",
    "light_off",
    "light_aged",
    "eye_stuck",
    "weak_jet",
    "jam",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
AMOUNTS = {
    "speed": "the new speed in mm/s",
    "slip": "how far the parts stay behind, in mm",
    "lost_ticks": "how many pulses of the encoder go missing",
    "camera_late": "how late frames come, in ms",
    "light_aged": "what is left of the light, 0 to 1",
    "weak_jet": "what is left of the jet, 0 to 1",
}
AT_ONCE = {"slip", "lost_ticks"}


class Fault(Section):
    """One thing that goes wrong: what, when, for how long, and how much of it."""

    kind: Kind
    at_s: float = Field(default=0.0, ge=0, le=1e7)
    seconds: float | None = Field(default=None, gt=0, le=1e6)
    value: float | None = Field(default=None, ge=0, le=1e6)

    @model_validator(mode="after")
    def _it_says_how_much(self) -> Fault:
        wanted = AMOUNTS.get(self.kind)
        if wanted and self.value is None:
            raise ValueError(f"{self.kind} needs a value: {wanted}")
        if not wanted and self.value is not None:
            raise ValueError(f"{self.kind} takes no value")
        if self.kind in AT_ONCE and self.seconds is not None:
            raise ValueError(f"{self.kind} happens at once and takes no seconds")
        return self


class Shutter(Protocol):
    """A camera that can hang and lag."""

    stalled: bool
    late_ms: float


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Reads a schedule: TOML with one `[[fault]]` table a fault, in any order.

    Raises:
        UsageError: the file cannot be read, is not TOML, or a fault is wrong; it says which and how.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}). Name a schedule of faults.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: is not TOML: {error}") from error
    tables = body.pop("fault", [])
    if body or not isinstance(tables, list) or not tables:
        raise UsageError(f'{path}: a schedule is a list of faults. Write [[fault]] and kind = "{KINDS[0]}" below it.')
    faults = []
    for number, table in enumerate(tables, start=1):
        try:
            faults.append(Fault.model_validate(table))
        except ValidationError as error:
            raise UsageError(f"{path}: fault {number}: {_say(error)}") from error
    return tuple(sorted(faults, key=lambda fault: fault.at_s))


def read_fault(values: Any) -> Fault:
    """A fault that somebody orders now: a mapping with the keys of the schedule, without `at_s`.

    Raises:
        UsageError: it is none.
    """
    try:
        return Fault.model_validate(values)
    except ValidationError as error:
        raise UsageError(_say(error)) from error


def _say(error: ValidationError) -> str:
    said = []
    for mistake in error.errors():
        key = ".".join(str(step) for step in mistake["loc"])
        if mistake["type"] == "value_error":
            said.append(str(mistake.get("ctx", {}).get("error", mistake["msg"])))
        elif mistake["type"] == "extra_forbidden":
            said.append(f"{key} is not known here; a fault has kind, at_s, seconds, value")
        elif key == "kind":
            said.append(f"kind is one of {', '.join(KINDS)}")
        else:
            said.append(f"{key}: {mistake['msg']}")
    return "; ".join(said)


class FaultDesk:
    """Lets faults begin and end on a virtual line. Instants are those of the line's clock.

    A fault that has begun may not have ended when another of its kind begins: then the one that ends last decides.
    """

    def __init__(self, line: VirtualLine, camera: Shutter, start_ns: int = 0, faults: Iterable[Fault] = ()) -> None:
        self._line = line
        self._camera = camera
        self._speed = 0.0  # before the belt was stopped
        self._to_come = [(start_ns + round(fault.at_s * NS_PER_S), fault) for fault in faults]
        self._to_come.sort(key=lambda booked: booked[0])
        self._ordered: deque[Fault] = deque()
        self._running: list[tuple[int, Fault]] = []
        self.begun: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """The fault begins with the next `poll`. May be called from any thread."""
        self._ordered.append(fault)

    def next_ns(self) -> int | None:
        """When `poll` has something to do next."""
        instants = [at for at, _ in (*self._to_come, *self._running)]
        return min(instants) if instants else None

    def poll(self, now_ns: int) -> bool:
        """Lets begin and end what is due; returns whether anything did."""
        over = [running for running in self._running if running[0] <= now_ns]
        self._running = [running for running in self._running if running[0] > now_ns]
        for _, fault in over:
            if not any(other.kind == fault.kind for _, other in self._running):
                self._end(fault)
        begins = [self._ordered.popleft() for _ in range(len(self._ordered))]
        begins += [fault for at, fault in self._to_come if at <= now_ns]
        self._to_come = [booked for booked in self._to_come if booked[0] > now_ns]
        for fault in begins:
            self._begin(fault)
            self.begun.append(fault)
            if fault.seconds is not None:
                self._running.append((now_ns + round(fault.seconds * NS_PER_S), fault))
        return bool(over or begins)

    @property
    def running(self) -> tuple[Fault, ...]:
        """Faults that will end by themselves."""
        return tuple(fault for _, fault in self._running)

    def mend(self) -> None:
        """Ends all faults and forgets those to come."""
        for _, fault in self._running:
            self._end(fault)
        self._running.clear()
        self._to_come.clear()

    def _begin(self, fault: Fault) -> None:
        line, value = self._line, fault.value or 0.0
        if fault.kind in ("speed", "stop"):
            if not any(other.kind in ("speed", "stop") for _, other in self._running):
                self._speed = line.speed()
            line.set_speed(value)
        elif fault.kind == "slip":
            line.faults.slipping_ticks += round(value / line.layout.mm_per_tick)
        elif fault.kind == "lost_ticks":
            line.faults.lost_ticks += round(value)
        else:
            self._set(fault.kind, True, value)

    def _end(self, fault: Fault) -> None:
        if fault.kind in ("speed", "stop"):
            self._line.set_speed(self._speed)
        else:
            self._set(fault.kind, False, 0.0)

    def _set(self, kind: Kind, wrong: bool, value: float) -> None:
        faults = self._line.faults
        if kind == "encoder_dead":
            faults.encoder_dead = wrong
        elif kind == "camera_stall":
            self._camera.stalled = wrong
        elif kind == "camera_late":
            self._camera.late_ms = value
        elif kind in ("light_off", "light_aged"):
            faults.light = value if wrong else 1.0
        elif kind == "eye_stuck":
            self._line.stick_eye(wrong)
        elif kind == "weak_jet":
            faults.jet = value if wrong else 1.0
        elif kind == "jam":
            self._line.jam(wrong)
