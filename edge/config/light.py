"""The section about the ring light."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from edge.config.section import Pin, Section


class LightConfig(Section):
    """The ring light."""

    kind: Literal["serial", "pwm", "none"] = Field(
        default="none", description="`serial`: Ringlight's line protocol over a serial port. `pwm`: a GPIO pin. `none`."
    )
    port: str = Field(
        default="/dev/ttyUSB0", description="Serial port; take the stable name under `/dev/serial/by-id/`."
    )
    baud: int = Field(default=115_200, ge=300, description="Speed of the serial port.")
    # Both together stay below the watchdog's time: a lamp that says nothing ends no box.
    timeout_ms: int = Field(default=500, ge=10, le=3000, description="How long the light may take to answer a command.")
    boot_ms: int = Field(
        default=2000,
        ge=0,
        le=4000,
        description="How long the light's controller may be deaf after its port was opened: many an Arduino starts "
        "anew then.",
    )
    pin: Pin | None = Field(default=None, description="Pin for `pwm`, in gpiozero's names.")
    pwm_hz: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="Frequency for `pwm`. An exposure should see at least twenty periods, or pictures flicker.",
    )
    brightness: float = Field(default=0.8, ge=0, le=1, description="Brightness while inspecting, 0 to 1.")
    mode: Literal["continuous", "strobe"] = Field(
        default="continuous",
        description="`strobe`: the light shines only while its sync input is active, which is wired to the camera's "
        "exposure output. Needs a serial light that speaks version 2 of the protocol.",
    )
    warm_up_s: float = Field(
        default=0.0,
        ge=0,
        le=600,
        description="How long the light takes after it was switched on until its brightness holds. Parts whose picture "
        "was taken before that end uninspected (too_dark).",
    )
    idle_off_s: float = Field(
        default=0.0,
        ge=0,
        le=86_400,
        description="The light is switched off after so long without a part, and on again with the next, which ends "
        "uninspected like those that follow within half a second and `warm_up_s`. 0: never off.",
    )
    current_ma: float | None = Field(
        default=None,
        gt=0,
        description="Current of the lamp at `brightness`, measured when it was new. Unset: not asked for. Needs "
        "version 2 of the protocol.",
    )

    @model_validator(mode="after")
    def _only_a_controller_strobes_and_measures(self) -> LightConfig:
        asked = "current_ma" if self.current_ma is not None else "mode" if self.mode == "strobe" else ""
        if asked and self.kind != "serial":
            raise ValueError(f'light.{asked} needs light.kind = "serial": nothing else can strobe, or tell a current')
        return self
