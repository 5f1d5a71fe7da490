"""Builds an inspector and its pins from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from edge.camera.aim import Aim
from edge.camera.detector import PartDetector
from edge.camera.repeats import Repeats
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.config.camera import CameraConfig
from edge.config.line import EjectorConfig
from edge.config.models import Config
from edge.conveyor import Conveyor, EncoderBelt, SteadyBelt
from edge.ejector import Ejector, Output, Profile
from edge.ejector.confirm import Confirm
from edge.ejector.places import Places
from edge.ejector.purge import Sweep
from edge.ejector.unseen import Unseen
from edge.encoder import Quadrature
from edge.errors import RinglightError
from edge.inspector.core import Inspector
from edge.inspector.quiet import Quiet
from edge.inspector.trust import Trust
from edge.inspector.watch import Watch
from edge.ledger import Ledger
from edge.line_stop import Alarm, LineStop
from edge.parts import Ejection, Place, Record
from edge.pins import InputPin, OutputPin
from edge.regions.looking import make_judge
from edge.trigger import EveryDistance, PhotoEye

_BUTTON_MS = 30.0  # a finger stays longer, a spike on the button's wire does not: it would start a line that stopped


def make_conveyor(config: Config, clock: Clock) -> Conveyor:
    """The belt that the configuration describes."""
    belt = config.belt
    if belt.encoder_pin is None:
        return SteadyBelt(belt.speed_mm_s, clock.now_ns())
    steps = 1 if belt.encoder_b_pin is None else 4
    return EncoderBelt(belt.mm_per_tick / steps, belt.speed_mm_s, belt.stall_ms * NS_PER_MS, clock.now_ns())


def make_profile(ejector: EjectorConfig) -> Profile:
    """How the configured actuator moves."""
    return Profile(
        kind=ejector.kind,
        pulse_ns=round(ejector.pulse_ms * NS_PER_MS),
        hold_mm=ejector.hold_mm,
        lead_ns=round(ejector.lead_ms * NS_PER_MS),
        recovery_ns=round(ejector.recovery_ms * NS_PER_MS),
        neighbours=ejector.neighbours,
        part_mm=ejector.part_mm,
    )


def make_inspector(
    config: Config,
    clock: Clock,
    output: Output,
    *,
    threshold: float,
    model_id: str,
    on_record: Callable[[Record], object],
    on_ejection: Callable[[Ejection], object] = lambda ejection: None,
    stop_output: Output | None = None,
) -> Inspector:
    """An inspector for the configured line; `output` drives the actuator, `stop_output` stops the line."""
    conveyor = make_conveyor(config, clock)
    part, ejector, sweep = config.part, config.ejector, make_sweep(config)
    return Inspector(
        conveyor=conveyor,
        eye=PhotoEye(conveyor, config.trigger.min_gap_mm),
        aim=Aim(
            conveyor,
            camera_mm=config.trigger.camera_mm,
            tolerance_mm=part.tolerance_mm,
            region=Place(part.x_px, part.y_px, part.w_px, part.h_px),
            mm_per_px=config.camera.mm_per_px,
            motion=config.camera.motion,
        ),
        ejector=Ejector(
            conveyor,
            output,
            distance_mm=ejector.distance_mm,
            profile=make_profile(ejector),
            decide_ns=round(ejector.decide_ms * NS_PER_MS),
            doubt_mm=_doubt_mm(config),
            sweep=sweep,
        ),
        judge=make_judge(config, threshold),
        ledger=Ledger(),
        model_id=model_id,
        queue=config.model.queue,
        reject_uninspected=config.verdict.uninspected == "reject",
        on_record=on_record,
        watch=make_watch(config, stop_output, on_ejection),
        trust=make_trust(config, conveyor, sweep),
        every=EveryDistance(conveyor, config.trigger.every_mm) if config.trigger.kind == "distance" else None,
        detector=make_detector(config, conveyor) if config.trigger.kind == "detect" else None,
        repeats=make_repeats(config.camera),
        sweep=sweep,
        distance_mm=ejector.distance_mm + max(ejector.part_mm, config.trigger.longest_mm),
    )


def make_detector(config: Config, conveyor: Conveyor) -> PartDetector:
    """Who finds parts in the camera's own picture."""
    part, trigger = config.part, config.trigger
    return PartDetector(
        conveyor,
        mm_per_px=config.camera.mm_per_px,
        motion=config.camera.motion,
        region=Place(part.x_px, part.y_px, part.w_px, part.h_px),
        level=trigger.detect_level,
        min_gap_mm=trigger.min_gap_mm,
        longest_mm=trigger.longest_mm,
    )


def make_sweep(config: Config) -> Sweep | None:
    """How belt is ejected that the camera did not look at, where nobody else sees parts come."""
    if config.trigger.kind != "detect":
        return None
    longest_mm = max(config.ejector.part_mm, config.trigger.longest_mm)
    return Sweep(Unseen(), longest_mm / 2, act=config.verdict.uninspected == "reject")


def make_repeats(camera: CameraConfig) -> Repeats | None:
    """Who refuses a hung camera's pictures. A folder or a file may well hold the same picture twice."""
    live = camera.source != "folder" and not (camera.source == "video" and Path(camera.device).is_file())
    return Repeats(camera.mm_per_px) if live and camera.frozen_frames else None


def _doubt_mm(config: Config) -> float:
    """Twice the way from the last eye that saw a part to the gate, or the part's own length where there is none."""
    eye, ejector = config.gate_eye, config.ejector
    return ejector.part_mm if eye.pin is None else 2 * (ejector.distance_mm - eye.distance_mm)


def make_watch(
    config: Config, stop_output: Output | None, on_ejection: Callable[[Ejection], object] = lambda ejection: None
) -> Watch:
    """Who holds the gate to its word."""
    confirm, stop = config.confirm, config.line_stop
    sensor = None
    if confirm.pin is not None:
        sensor = Confirm(
            after_ns=round(confirm.after_ms * NS_PER_MS),
            within_ns=round(confirm.within_ms * NS_PER_MS),
            debounce_ns=round(confirm.debounce_ms * NS_PER_MS),
            jam_ns=round(confirm.jam_ms * NS_PER_MS),
        )
    behind = None
    if confirm.pass_pin is not None:
        behind = Places(confirm.pass_distance_mm, confirm.pass_tolerance_mm, config.trigger.min_gap_mm)
    line_stop = LineStop(stop_output, [Alarm(reason) for reason in stop.reasons], run=stop.active == "run")
    return Watch(line_stop, sensor, uninspected=stop.uninspected, pass_eye=behind, on_ejection=on_ejection)


def make_quiet(config: Config, conveyor: Conveyor) -> Quiet | None:
    """Who notices that no part comes any more."""
    most_mm, most_ns = config.trigger.most_quiet_mm, round(config.trigger.most_quiet_s * NS_PER_S)
    return Quiet(conveyor, most_mm=most_mm, most_ns=most_ns) if most_mm or most_ns else None


def make_trust(config: Config, conveyor: Conveyor, sweep: Sweep | None = None) -> Trust:
    """Who holds the belt's word against what the photo-eyes see."""
    belt, eye = config.belt, config.gate_eye
    gate_eye = Places(eye.distance_mm, eye.tolerance_mm, config.trigger.min_gap_mm) if eye.pin is not None else None
    return Trust(
        conveyor,
        longest_mm=config.trigger.longest_mm,
        expected_mm_s=belt.speed_mm_s,
        tolerance=belt.speed_tolerance if belt.encoder_pin is not None else 0.0,
        gate_eye=gate_eye,
        unseen=sweep.unseen if sweep else None,
        quiet=make_quiet(config, conveyor),
    )


def _deaf(*facts: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Ears:
    """Who is told of the line's inputs. Instants are those of the edges.

    `trigger` and `cleared` are the photo-eye's two edges, `tick` the pulse of an encoder with one channel, `step` that
    of one with two (+1, -1, or 0 where an edge was missed), `arrived` and `departed` the eye before the gate, `passed`
    the one behind it, `chute` the one in the reject chute and whether it became dark, `acknowledge` the button.
    """

    trigger: Callable[[int], object]
    tick: Callable[[int], object]
    cleared: Callable[[int], object] = _deaf
    step: Callable[[int, int], object] = _deaf
    arrived: Callable[[int], object] = _deaf
    departed: Callable[[int], object] = _deaf
    passed: Callable[[int], object] = _deaf
    chute: Callable[[bool, int], object] = _deaf
    acknowledge: Callable[[], object] = _deaf


class LinePins:
    """The line's pins: the ejector's output now, the inputs once there is somebody to tell."""

    def __init__(self, config: Config, clock: Clock, factory: Any = None) -> None:
        self._config = config
        self._clock = clock
        self._factory = factory
        self._inputs: list[InputPin] = []
        ejector, stop = config.ejector, config.line_stop
        self.output = OutputPin(ejector.pin, active_high=ejector.active_high, factory=factory)
        self.stop_output: OutputPin | None = None
        if stop.pin is not None:
            try:
                self.stop_output = OutputPin(stop.pin, active_high=stop.active_high, factory=factory)
            except RinglightError:
                self.output.close()
                raise

    def listen(self, on_trigger: Callable[[int], object], on_tick: Callable[[int], object], **more: Any) -> None:
        """Wires the inputs that there are; each is told the instant of its edges.

        Args:
            more: the other callables of `Ears`, by their names.
        """
        ears = Ears(on_trigger, on_tick, **more)
        config, belt = self._config, self._config.belt
        if belt.encoder_pin is not None and belt.encoder_b_pin is not None:
            self._listen_to_both(belt.encoder_pin, belt.encoder_b_pin, ears)
        elif belt.encoder_pin is not None:
            self._input(belt.encoder_pin, "down", True, ears.tick, on_lost=partial(self._missed, ears))
        confirm, gate_eye, stop = config.confirm, config.gate_eye, config.line_stop
        if confirm.pin is not None:
            dark, bright = partial(ears.chute, True), partial(ears.chute, False)
            self._input(confirm.pin, confirm.pull, confirm.active_high, dark, bright)
        if confirm.pass_pin is not None:
            self._input(confirm.pass_pin, confirm.pull, confirm.active_high, ears.passed)
        if gate_eye.pin is not None:
            self._input(gate_eye.pin, gate_eye.pull, gate_eye.active_high, ears.arrived, ears.departed)
        if stop.acknowledge_pin is not None:
            pull, active_high = stop.acknowledge_pull, stop.acknowledge_active_high
            self._input(
                *(stop.acknowledge_pin, pull, active_high, lambda at_ns: ears.acknowledge()), debounce_ms=_BUTTON_MS
            )
        trigger = config.trigger
        if trigger.kind != "photo_eye":
            return
        dark, bright = ears.trigger, ears.cleared
        self._input(trigger.pin, trigger.pull, trigger.active_high, dark, bright, debounce_ms=trigger.debounce_ms)

    def _listen_to_both(self, a: int | str, b: int | str, ears: Ears) -> None:
        decoder = Quadrature(ears.step)
        for pin, edge in ((a, decoder.edge_a), (b, decoder.edge_b)):
            on_lost = partial(self._missed, ears)
            self._input(pin, "down", True, partial(edge, True), partial(edge, False), on_lost=on_lost)

    def close(self) -> None:
        for pin in self._inputs:
            pin.close()
        self.output.close()
        if self.stop_output is not None:
            self.stop_output.close()

    def _missed(self, ears: Ears, edges: int) -> None:
        for _ in range(edges):
            ears.step(0, self._clock.now_ns())

    def _input(
        self,
        pin: int | str,
        pull: str,
        active_high: bool,
        on_active: Callable[[int], object],
        on_inactive: Callable[[int], object] | None = None,
        *,
        debounce_ms: float = 0.0,
        on_lost: Callable[[int], object] | None = None,
    ) -> None:
        self._inputs.append(
            InputPin(
                pin,
                on_active,
                self._clock,
                pull=pull,
                active_high=active_high,
                debounce_ns=round(debounce_ms * NS_PER_MS),
                factory=self._factory,
                on_inactive=on_inactive,
                on_lost=on_lost,
            )
        )
