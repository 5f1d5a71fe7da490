"""Builds an inspector and its pins from the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.camera.aim import Aim
from edge.clock import NS_PER_MS, Clock
from edge.config.models import Config
from edge.conveyor import Conveyor, EncoderBelt, SteadyBelt
from edge.ejector import Ejector, Output
from edge.inspector.core import Inspector
from edge.ledger import Ledger
from edge.parts import Ejection, Place, Record
from edge.pins import InputPin, OutputPin
from edge.regions.looking import make_judge
from edge.trigger import PhotoEye


def make_conveyor(config: Config, clock: Clock) -> Conveyor:
    """The belt that the configuration describes."""
    belt = config.belt
    if belt.encoder_pin is None:
        return SteadyBelt(belt.speed_mm_s, clock.now_ns())
    return EncoderBelt(belt.mm_per_tick, belt.speed_mm_s, belt.stall_ms * NS_PER_MS, clock.now_ns())


def make_inspector(
    config: Config,
    clock: Clock,
    output: Output,
    *,
    threshold: float,
    model_id: str,
    on_record: Callable[[Record], object],
    on_ejection: Callable[[Ejection], object] = lambda ejection: None,
) -> Inspector:
    """An inspector for the configured line; `output` drives the actuator."""
    conveyor = make_conveyor(config, clock)
    part, ejector = config.part, config.ejector
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
            pulse_ns=round(ejector.pulse_ms * NS_PER_MS),
            lead_ns=round(ejector.lead_ms * NS_PER_MS),
            decide_ns=round(ejector.decide_ms * NS_PER_MS),
        ),
        judge=make_judge(config, threshold),
        ledger=Ledger(),
        model_id=model_id,
        queue=config.model.queue,
        reject_uninspected=config.verdict.uninspected == "reject",
        on_record=on_record,
        on_ejection=on_ejection,
    )


class LinePins:
    """The line's pins: the ejector's output now, the inputs once there is somebody to tell."""

    def __init__(self, config: Config, clock: Clock, factory: Any = None) -> None:
        self._config = config
        self._clock = clock
        self._factory = factory
        self._inputs: list[InputPin] = []
        ejector = config.ejector
        self.output = OutputPin(ejector.pin, active_high=ejector.active_high, factory=factory)

    def listen(self, on_trigger: Callable[[int], object], on_tick: Callable[[int], object]) -> None:
        """Wires the photo-eye and, where there is one, the encoder; both are called with the instant of the edge."""
        trigger, belt = self._config.trigger, self._config.belt
        if belt.encoder_pin is not None:
            self._inputs.append(InputPin(belt.encoder_pin, on_tick, self._clock, pull="down", factory=self._factory))
        self._inputs.append(
            InputPin(
                trigger.pin,
                on_trigger,
                self._clock,
                pull=trigger.pull,
                active_high=trigger.active_high,
                factory=self._factory,
            )
        )

    def close(self) -> None:
        for pin in self._inputs:
            pin.close()
        self.output.close()
