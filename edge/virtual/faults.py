"""Faults of the virtual line, ordered by a schedule or by a person while it runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, model_validator

from edge.config.section import Section
from edge.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Kind = Literal[
    "speed",
    "stop",
    "backwards",
    "slip",
    "lost_ticks",
    "encoder_dead",
    "encoder_b_dead",
    "encoder_bounce",
    "eye_stuck",
    "eye_dead",
    "eye_bounce",
    "gate_eye_stuck",
    "gate_eye_dead",
    "camera_stall",
    "camera_late",
    "camera_frozen",
    "camera_disorder",
    "light_off",
    "light_aged",
    "blur",
    "lens_knocked",
    "weak_jet",
    "jam",
    "chute_dead",
    "taken_off",
    "put_on",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class About:
    """What a kind of fault does, in the words of the docs.

    `unit` and `amount` are of its value, None where it takes none; `example` is one, `most` the largest. `lasts`: it
    goes on until its seconds are over; others happen at once.
    """

    words: str
    unit: str | None = None
    amount: str | None = None
    example: float | None = None
    most: float = 1e6
    lasts: bool = True


ABOUT: dict[Kind, About] = {
    "speed": About("the belt runs at another speed", "mm/s", "the new speed in mm/s", 120),
    "stop": About("the belt stands"),
    "backwards": About(
        "the belt runs back by so much, and forth again", "mm", "how far back, in mm", 40, most=500, lasts=False
    ),
    "slip": About(
        "the parts stay behind the encoder by so much", "mm", "how far the parts stay behind, in mm", 30, lasts=False
    ),
    "lost_ticks": About(
        "so many pulses go missing; of an encoder with two channels, so many edges",
        "pulses",
        "how many pulses of the encoder go missing",
        10,
        lasts=False,
    ),
    "encoder_dead": About("no pulse comes"),
    "encoder_b_dead": About("the encoder's second channel keeps its level; nothing where there is none"),
    "encoder_bounce": About("each edge of the encoder comes twice"),
    "eye_stuck": About("the trigger's photo-eye stays dark"),
    "eye_dead": About("the trigger's photo-eye stays bright"),
    "eye_bounce": About(
        "the trigger's photo-eye flickers at each of its edges", "ms", "for how long it flickers, in ms", 3, most=20
    ),
    "gate_eye_stuck": About("the photo-eye before the gate stays dark"),
    "gate_eye_dead": About("the photo-eye before the gate stays bright"),
    "camera_stall": About("no frame comes"),
    "camera_late": About("frames come so much later than they were taken", "ms", "how late frames come, in ms", 400),
    "camera_frozen": About("the same picture comes again and again, each time as if it were new"),
    "camera_disorder": About("frames come in pairs, the younger one first"),
    "light_off": About("the lamp is dark"),
    "light_aged": About("the lamp has so much left", "0 to 1", "what is left of the light, 0 to 1", 0.7, most=1),
    "blur": About("the lens is out of focus by so much", "pixels", "how far out of focus, in pixels", 3, most=100),
    "lens_knocked": About(
        "the camera was knocked: all lies so far aside in its picture", "pixels", "how far aside, in pixels", 20
    ),
    "weak_jet": About(
        "what is left of the ejector's strength", "0 to 1", "what is left of the jet, 0 to 1", 0.1, most=1
    ),
    "jam": About("the chute's sensor stays dark"),
    "chute_dead": About("the chute's sensor stays bright"),
    "taken_off": About("somebody takes the part off the belt that has just left the camera", lasts=False),
    "put_on": About("somebody lays a part on the belt between camera and gate, where there is room", lasts=False),
}


class Fault(Section):
    """One thing that goes wrong: what, when, for how long, and how much of it."""

    kind: Kind
    at_s: float = Field(default=0.0, ge=0, le=1e7)
    seconds: float | None = Field(default=None, gt=0, le=1e6)
    value: float | None = Field(default=None, ge=0, le=1e6)

    @model_validator(mode="after")
    def _it_says_how_much(self) -> Fault:
        about = ABOUT[self.kind]
        if about.amount and self.value is None:
            raise ValueError(f"{self.kind} needs a value: {about.amount}")
        if not about.amount and self.value is not None:
            raise ValueError(f"{self.kind} takes no value")
        if self.value is not None and self.value > about.most:
            raise ValueError(f"{self.kind}: {about.amount}: {about.most:g} at most")
        if not about.lasts and self.seconds is not None:
            raise ValueError(f"{self.kind} happens at once and takes no seconds")
        return self


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
