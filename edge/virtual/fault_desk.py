"""Lets faults of the virtual line begin and end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from edge.clock import NS_PER_S
from edge.virtual.faults import Fault, Kind
from edge.virtual.line import VirtualLine


class Shutter(Protocol):
    """A camera that can hang, lag, repeat itself, and hand out the younger of two frames first."""

    stalled: bool
    late_ms: float
    frozen: bool
    disordered: bool


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
        self._staying: tuple[Fault, ...] = ()  # until they are mended, or one of their kind ends
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
            if not any(_same(other.kind, fault.kind) for _, other in self._running):
                self._end(fault, now_ns)
        begins = [self._ordered.popleft() for _ in range(len(self._ordered))]
        begins += [fault for at, fault in self._to_come if at <= now_ns]
        self._to_come = [booked for booked in self._to_come if booked[0] > now_ns]
        for fault in begins:
            self._begin(fault, now_ns)
            self.begun.append(fault)
            seconds = self._back_s(fault) if fault.kind == "backwards" else fault.seconds
            if seconds is not None:
                self._running.append((now_ns + round(seconds * NS_PER_S), fault))
            elif fault.kind not in _AT_ONCE:
                self._staying = (*self._others(fault), fault)
        return bool(over or begins)

    @property
    def running(self) -> tuple[Fault, ...]:
        """What is wrong now."""
        return (*self._staying, *(fault for _, fault in self._running))

    def mend(self, now_ns: int) -> None:
        """Ends all faults and forgets those to come. A belt that was given another speed for good keeps it."""
        for fault in self.running:
            if fault.kind not in _MOTION or fault not in self._staying:
                self._end(fault, now_ns)
        self._running.clear()
        self._to_come.clear()

    def _begin(self, fault: Fault, now_ns: int) -> None:
        line, value = self._line, fault.value or 0.0
        if fault.kind in _MOTION:
            if not any(other.kind in _MOTION for _, other in self._running):
                self._speed = line.speed()
            line.set_speed(-self._speed if fault.kind == "backwards" else value)
        elif fault.kind in _AT_ONCE:
            _AT_ONCE[fault.kind](line, value)
        else:
            _LASTING[fault.kind](line, self._camera, _How(True, value, now_ns))

    def _others(self, fault: Fault) -> tuple[Fault, ...]:
        return tuple(other for other in self._staying if not _same(other.kind, fault.kind))

    def _end(self, fault: Fault, now_ns: int) -> None:
        self._staying = self._staying if fault.kind in _MOTION else self._others(fault)
        if fault.kind in _MOTION:
            self._line.set_speed(self._speed)
        else:
            _LASTING[fault.kind](self._line, self._camera, _How(False, 0.0, now_ns))

    def _back_s(self, fault: Fault) -> float:
        """How long the belt runs back; one that stands does not."""
        return (fault.value or 0.0) / self._speed if self._speed > 0 else 0.0


class _How(NamedTuple):
    wrong: bool
    value: float
    at_ns: int


# The belt does one of these at a time; the one that ends last decides.
_MOTION = ("speed", "stop", "backwards")


def _same(kind: Kind, other: Kind) -> bool:
    return kind == other or (kind in _MOTION and other in _MOTION)


def _slip(line: VirtualLine, mm: float) -> None:
    line.encoder.faults.slipping += round(mm / line.encoder.edge_mm)


def _lose(line: VirtualLine, pulses: float) -> None:
    line.encoder.faults.lost += round(pulses)


_AT_ONCE: dict[Kind, Callable[[VirtualLine, float], object]] = {
    "slip": _slip,
    "lost_ticks": _lose,
    "taken_off": lambda line, value: line.take_off(),
    "put_on": lambda line, value: line.put_on(),
}
_LASTING: dict[Kind, Callable[[VirtualLine, Shutter, _How], object]] = {
    "encoder_dead": lambda line, camera, how: setattr(line.encoder.faults, "dead", how.wrong),
    "encoder_b_dead": lambda line, camera, how: setattr(line.encoder.faults, "b_dead", how.wrong),
    "encoder_bounce": lambda line, camera, how: setattr(line.encoder.faults, "bounces", how.wrong),
    "eye_stuck": lambda line, camera, how: line.eye.stick(True if how.wrong else None, how.at_ns),
    "eye_dead": lambda line, camera, how: line.eye.stick(False if how.wrong else None, how.at_ns),
    "eye_bounce": lambda line, camera, how: setattr(line.eye, "bounce_ms", how.value),
    "gate_eye_stuck": lambda line, camera, how: line.gate_eye.stick(True if how.wrong else None, how.at_ns),
    "gate_eye_dead": lambda line, camera, how: line.gate_eye.stick(False if how.wrong else None, how.at_ns),
    "camera_stall": lambda line, camera, how: setattr(camera, "stalled", how.wrong),
    "camera_late": lambda line, camera, how: setattr(camera, "late_ms", how.value),
    "camera_frozen": lambda line, camera, how: setattr(camera, "frozen", how.wrong),
    "camera_disorder": lambda line, camera, how: setattr(camera, "disordered", how.wrong),
    "light_off": lambda line, camera, how: setattr(line.faults, "light", 0.0 if how.wrong else 1.0),
    "light_aged": lambda line, camera, how: setattr(line.faults, "light", how.value if how.wrong else 1.0),
    "blur": lambda line, camera, how: setattr(line.faults, "blur_px", how.value),
    "lens_knocked": lambda line, camera, how: setattr(line.faults, "knocked_px", how.value),
    "weak_jet": lambda line, camera, how: setattr(line.faults, "jet", how.value if how.wrong else 1.0),
    "jam": lambda line, camera, how: line.chute.jam(how.wrong, how.at_ns),
    "chute_dead": lambda line, camera, how: line.chute.die(how.wrong, how.at_ns),
}
