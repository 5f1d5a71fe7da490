"""Whether the reference still belongs to the camera, the light and the model of the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from edge.config.models import Config
from edge.health import Check, Level
from edge.imaging.reference import Reference, Setting
from edge.imaging.watch import least_light
from edge.regions.looking import Preparation

_CAMERA = (
    "source", "width_px", "height_px", "fourcc", "pixel_format", "exposure", "gain", "white_balance_k", "focus",
)  # fmt: skip
_BEHIND_DAYS = 7
_AGAIN = "Record good parts and call `ringlight calibrate reference` again."


def settings_of(config: Config) -> dict[str, Setting]:
    """What a picture's brightness, colour and sharpness depend on, by its key in the configuration."""
    camera = {f"camera.{name}": getattr(config.camera, name) for name in _CAMERA}
    flat = {"camera.flat_field": config.camera.flat_field is not None}
    return {**camera, **flat, "light.kind": config.light.kind, "light.brightness": config.light.brightness}


def look_at_reference(config: Config, model_made: str | None) -> Iterator[Check]:
    """What `doctor` says of the reference.

    Args:
        model_made: when the model that inspects was exported, ISO 8601; None where there is none.

    Raises:
        ConfigError: the file is absent or none of ours.
    """
    file = config.imaging.reference
    if file is None:
        text = "the pictures are not watched: an old lamp will look like bad parts (imaging.reference)"
        yield Check("imaging", Level.INFO, text, "Record good parts and call `ringlight calibrate reference`.")
        return
    reference = Reference.load(file)
    found = [*_size(config, reference), *_settings(config, reference.settings), *_age(reference, model_made)]
    yield from found
    if not found:
        least = least_light(config.imaging, reference)
        text = f"reference of {reference.n} pictures{_of(reference)}; a loss of light is told from {least:.0%} on"
        yield Check("imaging", Level.OK, text)


def _of(reference: Reference) -> str:
    return f" of {reference.made}" if reference.made else ""


def _size(config: Config, reference: Reference) -> Iterator[Check]:
    tile = config.web.tile_px
    if config.web.enabled:
        size = (tile, tile) if tile else None
    else:
        size = Preparation(config.locate, config.regions).size(config.part)
    if size is not None and size != reference.size:
        is_of = f"the reference is of pictures of {reference.size[0]} × {reference.size[1]} pixels"
        text = f"{is_of}, the parts' have {size[0]} × {size[1]}: sharpness cannot be compared"
        yield Check("imaging", Level.WARNING, text, _AGAIN)


def _settings(config: Config, then: Mapping[str, Setting]) -> Iterator[Check]:
    now = settings_of(config)
    changed = [f"{name} was {then[name]}, is {now[name]}" for name in now if name in then and then[name] != now[name]]
    if changed:
        text = f"the reference was made with other settings: {', '.join(changed)}"
        yield Check("imaging", Level.WARNING, text, f"{_AGAIN} Train anew, too, if the model is of before the change.")


def _age(reference: Reference, model_made: str | None) -> Iterator[Check]:
    if not reference.made or model_made is None:
        return
    days = (date.fromisoformat(model_made[:10]) - date.fromisoformat(reference.made)).days
    if days > _BEHIND_DAYS:
        text = f"the reference is of {reference.made}, the model of {model_made[:10]}: {days} days younger"
        mend = f"If the model learnt from newer pictures: {_AGAIN}"
        yield Check("imaging", Level.WARNING, text, mend)
