"""The sections about the belt: when a part has come, where it is, and how it is thrown off."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from edge.config.section import Pin, Section

StopReason = Literal[
    "unconfirmed", "jam", "imbalance", "uninspected", "belt", "eye", "events", "camera_fault", "light_fault", "no_roll"
]


class TriggerConfig(Section):
    """When a part has come."""

    kind: Literal["photo_eye", "distance", "detect"] = Field(
        default="photo_eye",
        description="`photo_eye`: an edge on a pin opens a part. `distance`: so does every `every_mm` of belt travel. "
        "`detect`: so does a front in the camera's picture, found by its difference from the empty belt, which the "
        "first frame must show; parts must be apart in the picture.",
    )
    every_mm: float = Field(default=0.0, ge=0, description="For `distance`: belt travel from one part to the next.")
    detect_level: float = Field(
        default=12.0,
        gt=0,
        le=255,
        description="For `detect`: mean difference from the belt, in grey levels of 255, from which on a part is seen.",
    )
    pin: Pin = Field(default=17, description="Pin of the photo-eye, in gpiozero's names.")
    active_high: bool = Field(default=True, description="Whether the pin is high while a part is before the eye.")
    pull: Literal["up", "down", "none"] = Field(default="down", description="Pull resistor of the pin.")
    debounce_ms: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="How long the photo-eye has to stay dark, or bright, until it is believed: spikes on its wire are "
        "no parts. The box hears of a part that much later, and takes its place from the edge itself. 0: at once.",
    )
    min_gap_mm: float = Field(
        default=5.0,
        ge=0,
        description="Edges closer to the last trigger than this belong to the same part (holes, bounce).",
    )
    longest_mm: float = Field(
        default=0.0,
        ge=0,
        description="Length of the longest part. A photo-eye that stays dark for more belt travel is stuck: FAULT, and "
        "all that comes is ejected until it is bright again. 0: nobody looks.",
    )
    most_quiet_mm: float = Field(
        default=0.0,
        ge=0,
        description="More belt travel than this without a part is a FAULT (`eye`), and all that comes is ejected until "
        "a part is seen: a photo-eye that was unplugged or knocked aside never goes dark again. 0: nobody looks.",
    )
    most_quiet_s: float = Field(
        default=0.0,
        ge=0,
        description="The same in seconds during which the belt runs. Without an encoder it is believed to run always.",
    )
    camera_mm: float = Field(
        default=...,
        gt=0,
        description="Belt travel from the trigger until the part is centred under the camera. For `detect` the trigger "
        "is the part's front at the border of the picture where parts come in.",
    )

    @model_validator(mode="after")
    def _a_distance_is_named(self) -> TriggerConfig:
        if self.kind == "distance" and self.every_mm == 0:
            raise ValueError('trigger.every_mm is missing: kind = "distance" needs the travel from part to part')
        return self

    @model_validator(mode="after")
    def _pockets_are_never_quiet(self) -> TriggerConfig:
        for name, most in (("most_quiet_mm", self.most_quiet_mm), ("most_quiet_s", self.most_quiet_s)):
            if self.kind == "distance" and most:
                raise ValueError(
                    f'trigger.{name} does nothing with kind = "distance", whose triggers come from the belt itself. '
                    "Remove it"
                )
        return self


class BeltConfig(Section):
    """How the box knows where the belt is."""

    encoder_pin: Pin | None = Field(
        default=None,
        description="Pin of the belt's encoder (one channel, rising edges). Unset: the belt runs at `speed_mm_s`.",
    )
    encoder_b_pin: Pin | None = Field(
        default=None,
        description="Pin of the encoder's second channel. With it the direction is known: travel backwards is no "
        "progress; and edges that were missed are seen.",
    )
    mm_per_tick: float = Field(
        default=1.0, gt=0, description="Belt travel per encoder pulse, one whole period of a channel."
    )
    speed_mm_s: float = Field(
        default=100.0, gt=0, description="Speed of the belt: exact without an encoder, a first guess with one."
    )
    speed_tolerance: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="With an encoder: by what share its speed may differ from `speed_mm_s` for a second while the belt "
        "runs. More is a FAULT, and fail-safe. 0: any speed is right.",
    )
    stall_ms: int = Field(
        default=1000, ge=10, description="With an encoder: no pulse for this long means that the belt stands still."
    )

    @model_validator(mode="after")
    def _the_second_channel_has_a_first(self) -> BeltConfig:
        if self.encoder_b_pin is not None and self.encoder_pin is None:
            raise ValueError("belt.encoder_pin is missing: encoder_b_pin is the second channel")
        return self


class GateEyeConfig(Section):
    """A photo-eye over the belt, right before the gate. Each part that comes there takes its place anew, so that lost
    pulses and a slipping belt do not add up; nothing passes that was not expected there. Something that lies elsewhere,
    or a part that does not come, is a FAULT: all that is under way is ejected.
    """

    pin: Pin | None = Field(default=None, description="Pin of the photo-eye. Unset: the encoder is trusted.")
    active_high: bool = Field(default=True, description="Whether the pin is high while a part is before the eye.")
    pull: Literal["up", "down", "none"] = Field(default="down", description="Pull resistor of the pin.")
    distance_mm: float = Field(
        default=0.0, ge=0, description="Belt travel from the trigger until the part's front is before this eye."
    )
    tolerance_mm: float = Field(
        default=15.0,
        gt=0,
        description="How far from its place a part may be; less than half of the least distance from part to part.",
    )

    @model_validator(mode="after")
    def _it_has_its_place(self) -> GateEyeConfig:
        if self.pin is not None and self.distance_mm == 0:
            raise ValueError("gate_eye.distance_mm is missing: the eye needs its place")
        return self


class EjectorConfig(Section):
    """The actuator that throws parts off the belt."""

    pin: Pin = Field(default=27, description="Pin of the actuator, in gpiozero's names.")
    active_high: bool = Field(default=True, description="Whether a high pin ejects. The other level is the safe one.")
    distance_mm: float = Field(
        default=..., gt=0, description="Belt travel from the trigger until the part is centred before the ejector."
    )
    kind: Literal["air_jet", "pusher", "gate"] = Field(
        default="air_jet",
        description="`air_jet`: active for `pulse_ms`; windows that touch are joined. `pusher`: one stroke of "
        "`pulse_ms` for each part, then `recovery_ms` to draw back. `gate`: held over `hold_mm` of belt travel, "
        "however slow the belt.",
    )
    lead_ms: float = Field(
        default=0.0, ge=0, le=1000, description="The actuator's own delay: the pulse comes this much earlier."
    )
    pulse_ms: float = Field(
        default=60.0,
        gt=0,
        le=10_000,
        description="How long the pin stays active for one part. The pulse is centred on the instant when the part "
        "is centred before the ejector.",
    )
    hold_mm: float = Field(
        default=0.0, ge=0, description="For `gate`: belt travel over which it is held for one part, centred on it."
    )
    recovery_ms: float = Field(
        default=0.0,
        ge=0,
        le=10_000,
        description="Rest between two pulses. Windows of a jet or gate that lie closer are joined; a pusher that has "
        "not recovered cannot take the part, which is reported as unconfirmed at once.",
    )
    part_mm: float = Field(
        default=0.0,
        ge=0,
        description="Length of a part along the belt: what a pulse takes along is told by it. 0: nobody looks.",
    )
    neighbours: Literal["merge", "spare"] = Field(
        default="merge",
        description="A good part so close to a bad one that the pulse would take it: `merge` ejects both and accounts "
        "for it; `spare` cuts the pulse and reports the bad part as unconfirmed at once. `spare` needs `part_mm`.",
    )
    purge_on_start: bool = Field(
        default=True,
        description="Eject whatever passes after a start until the first part that the box saw come has its turn: "
        "what lay between photo-eye and ejector meanwhile was seen by nobody.",
    )
    decide_ms: float = Field(
        default=5.0,
        ge=0,
        le=1000,
        description="A part that has no verdict this long before its pulse ends `uninspected` (late).",
    )

    @model_validator(mode="after")
    def _the_profile_is_whole(self) -> EjectorConfig:
        if self.kind == "gate" and self.hold_mm == 0:
            raise ValueError('ejector.hold_mm is missing: kind = "gate" is held over some belt travel')
        if self.neighbours == "spare" and self.part_mm == 0:
            raise ValueError('ejector.part_mm is missing: neighbours = "spare" needs the length of a part')
        return self


class ConfirmConfig(Section):
    """A sensor behind the gate, in the reject chute: whether what was ejected came there, and nothing else."""

    pin: Pin | None = Field(default=None, description="Pin of the chute's photo-eye. Unset: nobody confirms.")
    active_high: bool = Field(default=True, description="Whether the pin is high while something is before the eye.")
    pull: Literal["up", "down", "none"] = Field(default="down", description="Pull resistor of the pin.")
    after_ms: float = Field(
        default=0.0, ge=0, le=60_000, description="The soonest that a part comes there after its pulse began."
    )
    within_ms: float = Field(
        default=500.0,
        gt=0,
        le=60_000,
        description="The latest that it comes there after its pulse was due. Later, its ejection is unconfirmed.",
    )
    debounce_ms: float = Field(
        default=10.0, ge=0, le=1000, description="Edges closer to the last one than this are the same thing."
    )
    jam_ms: float = Field(
        default=2000.0, gt=0, le=600_000, description="A sensor that stays dark for this long is jammed: FAULT."
    )
    pass_pin: Pin | None = Field(
        default=None,
        description="Pin of a second photo-eye, over the belt behind the gate. A part that was to be ejected and comes "
        "there is told at once; one that passed and never comes there too.",
    )
    pass_distance_mm: float = Field(
        default=0.0,
        ge=0,
        description="Belt travel from the trigger until the part's front is before `pass_pin`.",
    )
    pass_tolerance_mm: float = Field(
        default=20.0, gt=0, description="How far from there a part may be: more says that the encoder lost pulses."
    )

    @model_validator(mode="after")
    def _the_window_is_one(self) -> ConfirmConfig:
        if self.after_ms >= self.within_ms:
            raise ValueError("confirm.after_ms must be less than confirm.within_ms")
        if self.pass_pin is not None and self.pass_distance_mm == 0:
            raise ValueError("confirm.pass_distance_mm is missing: pass_pin needs its place")
        return self


class LineStopConfig(Section):
    """An output that stops the line, and stays so until somebody acknowledges."""

    pin: Pin | None = Field(default=None, description="Pin of the output. Unset: alarms are told and stop nothing.")
    active_high: bool = Field(default=True, description="Whether the pin is high while it is active.")
    active: Literal["stop", "run"] = Field(
        default="stop",
        description="When it is active. `run`: while the line may run, so that a box without power stops the belt too.",
    )
    reasons: tuple[StopReason, ...] = Field(
        default=("unconfirmed", "jam", "imbalance", "belt", "eye"),
        description="What stops the line: an ejection that is not confirmed, a jam in the chute, a ledger out of "
        "balance, parts in a row that nobody inspected, an encoder or a photo-eye that cannot be trusted. On a web: a "
        "mark that was missed, lengths out of balance, web that nobody inspected, the encoder; and, only where they "
        "are named here, `events` (too many on a metre), `camera_fault` and `light_fault` (while a roll is under way), "
        "`no_roll` (web passes that belongs to none).",
    )
    uninspected: int = Field(
        default=5, ge=1, le=10_000, description="So many uninspected parts in a row are the reason `uninspected`."
    )
    uninspected_mm: float = Field(
        default=100.0,
        gt=0,
        description="On a web: more uninspected millimetres than this within a metre are the reason `uninspected`; "
        "more than this in one piece without a roll, `no_roll`.",
    )
    events_per_m: float = Field(
        default=10.0, gt=0, description="On a web: more events than this within a metre are the reason `events`."
    )
    fault_s: float = Field(
        default=5.0,
        ge=0,
        le=600,
        description="On a web: a camera or a light that fails for so long are the reasons `camera_fault` and"
        " `light_fault`.",
    )
    acknowledge_pin: Pin | None = Field(
        default=None,
        description="Pin of a button that acknowledges, as the MQTT command `acknowledge` does.",
    )
    acknowledge_pull: Literal["up", "down", "none"] = Field(default="down", description="Pull resistor of that pin.")
    acknowledge_active_high: bool = Field(default=True, description="Whether that pin is high while it is pressed.")
