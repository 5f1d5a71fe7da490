"""The sections of the configuration file.

The descriptions below are the only place where a setting is explained: `docs/configuration.md` and
`ringlight config schema` are made from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from edge.config.camera import CameraConfig
from edge.config.flashing import FlashConfig, SlotsConfig, TrustConfig
from edge.config.imaging import ImagingConfig
from edge.config.light import LightConfig
from edge.config.line import (
    BeltConfig,
    ConfirmConfig,
    EjectorConfig,
    GateEyeConfig,
    LineStopConfig,
    TriggerConfig,
)
from edge.config.regions import LocateConfig, RegionsConfig
from edge.config.section import Section, Slug
from edge.config.showing import StatusConfig, StoreConfig
from edge.config.web import WebConfig
from edge.config.wiring import wired_twice
from edge.providers import Option, mistakes


class BoxConfig(Section):
    """Which box this is. The three names make its MQTT topics."""

    site: Slug = Field(default="site", description="Name of the plant.")
    line: Slug = Field(default="line", description="Name of the line.")
    name: Slug = Field(default="box", description="Name of this box, unique on its line.")


class PartConfig(Section):
    """Where a part lies in the picture at the moment when it is centred under the camera."""

    x_px: int = Field(default=0, ge=0, description="Left edge of the inspected rectangle.")
    y_px: int = Field(default=0, ge=0, description="Top edge of the inspected rectangle.")
    w_px: int = Field(
        default=0, ge=0, description="Width of the inspected rectangle; 0 takes all that is right of `x_px`."
    )
    h_px: int = Field(
        default=0, ge=0, description="Height of the inspected rectangle; 0 takes all that is below `y_px`."
    )
    tolerance_mm: float = Field(
        default=10.0,
        gt=0,
        description="How far from its centred place a part may be when its picture is taken. The rectangle follows "
        "the belt by that much; a part with no picture within the tolerance ends `uninspected` (no_frame).",
    )


class VerdictConfig(Section):
    """From scores to PASS or REJECT."""

    false_rejects_per_10000: float = Field(
        default=100.0,
        gt=0,
        lt=10_000,
        description="How many good parts in 10,000 may be thrown away. The bundle's calibration on held-out good "
        "pictures turns it into a threshold.",
    )
    threshold: float | None = Field(
        default=None, description="A threshold in raw scores, used instead of `false_rejects_per_10000`."
    )
    uninspected: Literal["reject", "pass"] = Field(
        default="reject",
        description="What the ejector does with a part that nobody looked at. `pass` only on your own risk.",
    )


class ModelConfig(Section):
    """The model bundle and how it runs."""

    bundle: Path = Field(default=Path("model.ringlight"), description="The bundle; relative to this file.")
    providers: tuple[str, ...] = Field(
        default=("CPUExecutionProvider",),
        min_length=1,
        description="ONNX Runtime's execution providers in order of preference. If the first one does not run, "
        "`doctor` and the page say so.",
    )
    require_provider: bool = Field(
        default=False,
        description="Refuse to start if the first provider does not run, instead of going on with a fault.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Threads of the CPU provider; 0 takes all cores. They share the work on a tile, and the tiles of a "
        "picture that has many of them.",
    )
    batch: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Tiles that are scored in one call, at most as many as the bundle's batch profile allows.",
    )
    device_id: int = Field(default=0, ge=0, le=63, description="Which GPU the CUDA and TensorRT providers take.")
    fp16: bool = Field(
        default=False,
        description="Let TensorRT compute in half precision. The self-test holds the golden tiles' scores against the "
        "desk's and refuses a model that half precision changes.",
    )
    workspace_mb: int = Field(
        default=1024, ge=16, le=65_536, description="Memory that TensorRT may use to try out kernels, in MiB."
    )
    gpu_memory_mb: int = Field(
        default=0, ge=0, le=1_000_000, description="Memory of the CUDA provider's arena in MiB; 0 is no limit."
    )
    cudnn_search: Literal["EXHAUSTIVE", "HEURISTIC", "DEFAULT"] = Field(
        default="HEURISTIC",
        description="How the CUDA provider chooses its convolutions. `EXHAUSTIVE` tries all of them for each number of "
        "tiles when it first comes, which is while parts are inspected.",
    )
    engines: Path | None = Field(
        default=None,
        description="Folder of what TensorRT and OpenVINO compiled; relative to this file. Unset: `engines` beside the "
        "bundle, in a slot's own folder.",
    )
    options: dict[str, dict[str, bool | int | float | str]] = Field(
        default_factory=dict,
        description="More options for a provider, as ONNX Runtime names them, in a section of their own: "
        "`[model.options.TensorrtExecutionProvider]`. Unknown names are refused.",
    )
    queue: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Parts that may wait for the model. One more and the oldest ends uninspected (busy).",
    )

    @field_validator("options")
    @classmethod
    def _options_are_known(cls, value: dict[str, dict[str, Option]]) -> dict[str, dict[str, Option]]:
        said = mistakes(value)
        if said:
            raise ValueError(" ".join(said))
        return value


class MqttConfig(Section):
    """Where results are published."""

    enabled: bool = Field(default=True, description="Whether results are published at all.")
    host: str = Field(default="localhost", description="The broker's host name or address.")
    port: int = Field(default=1883, ge=1, le=65_535, description="The broker's port.")
    username: str | None = Field(default=None, description="User name at the broker.")
    password_file: Path | None = Field(default=None, description="File whose first line is the password at the broker.")
    tls: bool = Field(
        default=False, description="Speak TLS with the broker, verified by the system's certificates or `ca_file`."
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of the authority that signed the broker's certificate."
    )
    keepalive_s: int = Field(
        default=30, ge=5, le=3600, description="The broker declares the box offline after 1.5 times this."
    )
    inflight: int = Field(
        default=20, ge=1, le=1000, description="Results that may await the broker's receipt at one time."
    )
    outbox_rows: int = Field(
        default=1_000_000,
        ge=1000,
        description="Results kept for a broker that is away. Beyond it the oldest are given up, and counted.",
    )


class Config(Section):
    """The whole file."""

    box: BoxConfig = BoxConfig()
    camera: CameraConfig = CameraConfig()
    part: PartConfig = PartConfig()
    locate: LocateConfig = LocateConfig()
    regions: RegionsConfig = RegionsConfig()
    web: WebConfig = WebConfig()
    light: LightConfig = LightConfig()
    imaging: ImagingConfig = ImagingConfig()
    trigger: TriggerConfig
    belt: BeltConfig = BeltConfig()
    ejector: EjectorConfig
    gate_eye: GateEyeConfig = GateEyeConfig()
    confirm: ConfirmConfig = ConfirmConfig()
    line_stop: LineStopConfig = LineStopConfig()
    verdict: VerdictConfig = VerdictConfig()
    model: ModelConfig = ModelConfig()
    trust: TrustConfig = TrustConfig()
    slots: SlotsConfig = SlotsConfig()
    flash: FlashConfig = FlashConfig()
    mqtt: MqttConfig = MqttConfig()
    store: StoreConfig = StoreConfig()
    status: StatusConfig = StatusConfig()

    @model_validator(mode="after")
    def _ejector_comes_after_the_camera(self) -> Config:
        if self.ejector.distance_mm <= self.trigger.camera_mm:
            raise ValueError(
                f"ejector.distance_mm ({self.ejector.distance_mm:g}) must be larger than trigger.camera_mm "
                f"({self.trigger.camera_mm:g}): a part is seen before it is ejected"
            )
        return self

    @model_validator(mode="after")
    def _the_gate_eye_comes_before_the_gate(self) -> Config:
        latest = self.ejector.distance_mm - self.ejector.part_mm / 2
        if self.gate_eye.pin is not None and self.gate_eye.distance_mm >= latest:
            raise ValueError(
                f"gate_eye.distance_mm ({self.gate_eye.distance_mm:g}) must be less than {latest:g}: a part takes its "
                "place before it is at the gate (ejector.distance_mm less half of ejector.part_mm)"
            )
        return self

    @model_validator(mode="after")
    def _each_pin_does_one_thing(self) -> Config:
        mistake = wired_twice(self)
        if mistake:
            raise ValueError(mistake)
        return self

    @model_validator(mode="after")
    def _a_web_is_switched_on(self) -> Config:
        said = self.web.model_fields_set
        if said and "enabled" not in said:
            raise ValueError(
                f"web.{min(said)} does nothing without web.enabled: write enabled = true for a web, false for parts"
            )
        return self

    @model_validator(mode="after")
    def _a_web_has_no_gate(self) -> Config:
        # A pin that is wired and never read or driven is worse than none: somebody relies on it.
        for name, section in (("gate_eye", self.gate_eye), ("confirm", self.confirm)):
            if self.web.enabled and section.pin is not None:
                raise ValueError(
                    f"{name}.pin does nothing where web.enabled is set: a web has a marker, and no gate. Remove {name}"
                )
        return self

    @model_validator(mode="after")
    def _it_is_not_quiet_while_parts_are_under_way(self) -> Config:
        trigger, way_mm = self.trigger, self.ejector.distance_mm + self.ejector.part_mm
        travel = {"most_quiet_mm": trigger.most_quiet_mm, "most_quiet_s": trigger.most_quiet_s * self.belt.speed_mm_s}
        for name, mm in travel.items():
            if 0 < mm <= way_mm:
                raise ValueError(
                    f"trigger.{name} is {mm:g} mm of belt and must be more than {way_mm:g} mm, the way to the gate: "
                    "what is under way when it has been quiet for too long is ejected"
                )
        return self

    @model_validator(mode="after")
    def _the_part_detector_has_light(self) -> Config:
        if self.trigger.kind == "detect" and self.light.idle_off_s and not self.web.enabled:
            raise ValueError(
                'light.idle_off_s must be 0 with trigger.kind = "detect": in the dark no part is seen to come, '
                "and none would switch the light on again. Remove it"
            )
        return self

    @model_validator(mode="after")
    def _only_a_web_stops_for_a_web(self) -> Config:
        idle = [why for why in self.line_stop.reasons if why in ("events", "camera_fault", "light_fault", "no_roll")]
        if idle and not self.web.enabled:
            raise ValueError(f"line_stop.reasons: {', '.join(idle)} stop a web only. Remove them, or set web.enabled")
        return self

    @model_validator(mode="after")
    def _light_has_its_pin(self) -> Config:
        if self.light.kind == "pwm" and self.light.pin is None:
            raise ValueError('light.pin is missing: light.kind = "pwm" needs the pin that drives the light')
        if self.light.mode == "strobe" and self.light.kind != "serial":
            raise ValueError('light.mode = "strobe" needs light.kind = "serial": its controller has the sync input')
        return self
