"""The running watch: has the light, the lens or the camera changed since commissioning, or are it the parts?"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edge.config.imaging import ImagingConfig
from edge.errors import ConfigError
from edge.health import Check, Level
from edge.imaging.dark import Darkness
from edge.imaging.measures import LEVELS, NAMES, Measures, measure, table
from edge.imaging.reference import BLURS, Reference
from edge.parts import Image

_CERTAIN = 6.0  # standard errors of the difference of two medians
_MEDIAN_ERROR = 1.2533  # of a median, in standard deviations by the root of n
_CLEARS = 0.7
_FAULT = 3.0
_BLACK, _WHITE = math.log(8), math.log(245)
_TOGETHER = 0.5  # a lamp moves all grey levels alike; parts do not


@dataclass(frozen=True, slots=True)
class _Drift:
    """`size` as a share of the limit, `certain` where the window proves that it is no chance."""

    name: str
    size: float
    certain: bool
    text: str
    mend: str


class ImagingWatch:
    """Holds the median of the last pictures against the reference.

    `see` costs the scoring thread nothing: the picture is measured by whoever asks for `checks`. An alarm comes when a
    change exceeds its limit and is too large to be chance, and goes when it is under 0.7 of it.
    """

    def __init__(self, config: ImagingConfig, reference: Reference) -> None:
        self._config = config
        self._darkness = Darkness(config.dark_level)
        self.lit = self._darkness.require
        self._reference = reference
        self._newest: Image | None = None
        self._window: deque[Measures] = deque(maxlen=config.window)
        self._alarms: set[str] = set()

    def see(self, image: Image) -> Image:
        """A part's picture, uint8 RGB [H, W, 3]; returned as it is."""
        self._newest = image
        return image

    def checks(self) -> list[Check]:
        """Measures the newest picture, and says what changed. Called from one thread."""
        return self._darkness.checks() or self._changes()

    def _changes(self) -> list[Check]:
        image, self._newest = self._newest, None
        if image is not None:
            if (image.shape[1], image.shape[0]) != self._reference.size:
                return [_other_size(image, self._reference)]
            self._window.append(measure(image))
        if len(self._window) < self._config.window:
            seen = f"{len(self._window)} of {self._config.window} pictures seen"
            return [Check("imaging", Level.INFO, f"{seen}; then they are held against the reference")]
        found = {drift.name: check for drift in self._drifts() if (check := self._judged(drift))}
        if len(found) > 1:
            # Blur, and light from elsewhere, move grey levels apart as well: the parts are what is left.
            found.pop("parts", None)
        return list(found.values()) or [Check("imaging", Level.OK, "light, colour, sharpness hold")]

    def _judged(self, drift: _Drift) -> Check | None:
        if drift.size < _CLEARS:
            self._alarms.discard(drift.name)
        elif drift.size >= 1.0 and drift.certain:
            self._alarms.add(drift.name)
        if drift.name not in self._alarms:
            return None
        level = Level.FAULT if drift.size >= _FAULT else Level.WARNING
        return Check(f"imaging.{drift.name}", level, drift.text, drift.mend)

    def _drifts(self) -> Iterator[_Drift]:
        values = np.median(table(list(self._window)), axis=0)
        moved = {name: float(value) - self._reference.middle[name] for name, value in zip(NAMES, values, strict=True)}
        yield from self._light(moved)
        yield from self._sharpness(moved)
        for name in ("red", "blue"):
            words = f"{name} {_share(moved[name])} against green since commissioning"
            mend = "Check the camera's white balance lock and the lamp; then record good parts and train anew."
            yield self._drift(name, (name,), abs(moved[name]), math.log1p(self._config.colour), words, mend)
        far = math.hypot(moved["light_x"], moved["light_y"])
        words = f"the lamp's reflection moved by {far:.0%} of the picture since commissioning"
        mend = "Look whether lamp, camera or part guide were knocked; put them back, or record and train anew."
        yield self._drift("highlight", ("light_x", "light_y"), far, self._config.highlight, words, mend)

    def _light(self, moved: dict[str, float]) -> Iterator[_Drift]:
        # Black does not get darker, nor white brighter: such levels would tell of a lamp that they are parts.
        told = [name for name in LEVELS if _BLACK < self._reference.middle[name] < _WHITE]
        if not told:
            return
        steps = [moved[name] for name in told]
        change = float(np.median(steps))
        limit = abs(math.log1p(-self._config.brightness))
        alike = max(steps) - min(steps) <= _TOGETHER * max(abs(change), limit)
        if alike:
            text = f"light {_share(change)} since commissioning, dark and bright places alike"
            mend = "The lamp aged, or lens or lamp are dirty: clean them, set light.brightness, or replace the lamp."
            yield self._drift("brightness", ("middle",), abs(change), limit, text, mend)
            yield _Drift("parts", 0.0, True, "", "")
            return
        worst = max(steps, key=abs)
        text = f"grey levels moved apart ({_share(min(steps))} to {_share(max(steps))}): not the lamp, the parts"
        mend = "Look at the last parts: another batch or surface. If they are good, record them and train anew."
        yield _Drift("brightness", 0.0, True, "", "")
        yield self._drift("parts", (told[steps.index(worst)],), abs(worst), limit, text, mend)

    def _sharpness(self, moved: dict[str, float]) -> Iterator[_Drift]:
        limit = abs(math.log1p(-self._config.sharpness))
        x, y = -moved["sharp_x"], -moved["sharp_y"]
        lost = max(x, y)
        along = max(BLURS, key=lambda one: _alike((x, y), self._reference.blurs[one]))
        if along == "both":
            text = f"fine detail {_share(-lost)} since commissioning, along both axes"
            mend = "The lens was knocked, or is dirty: clean it, focus it, and lock it with paint."
        else:
            text = f"fine detail {_share(-lost)} along {along}, more than across: motion blur"
            mend = "Shorten camera.exposure, brighten the light, or look why the belt runs faster."
        name = "sharp_x" if x > y else "sharp_y"
        yield self._drift("sharpness", (name,), max(0.0, lost), limit, text, mend)

    def _drift(self, name: str, measures: tuple[str, ...], size: float, limit: float, text: str, mend: str) -> _Drift:
        chance = _chance(self._reference, measures, len(self._window))
        return _Drift(name, size / limit, size > chance, text, mend)


class NoWatch:
    """No reference was made, or none that can be used: pictures are only refused in the dark.

    Args:
        found: what is to be said of that.
    """

    def __init__(self, config: ImagingConfig, found: Sequence[Check] = ()) -> None:
        self._darkness = Darkness(config.dark_level)
        self.lit = self._darkness.require
        self._found = found

    def see(self, image: Image) -> Image:
        return image

    def checks(self) -> list[Check]:
        return [*self._darkness.checks(), *self._found]


def least_light(config: ImagingConfig, reference: Reference) -> float:
    """The smallest loss of light that can raise an alarm, as a share: the limit, or what parts as different as those of
    the reference can hide from a full window."""
    lost = max(abs(math.log1p(-config.brightness)), _chance(reference, ("middle",), config.window))
    return -math.expm1(-lost)


def make_watch(config: ImagingConfig) -> ImagingWatch | NoWatch:
    """The watch that the configuration asks for.

    A reference that cannot be read stops no line: its parts are judged by the model alone, and health says so.
    """
    if config.reference is None:
        return NoWatch(config)
    try:
        return ImagingWatch(config, Reference.load(config.reference))
    except ConfigError as error:
        return NoWatch(config, [Check("imaging", Level.WARNING, f"the pictures are not watched. {error}")])


def _other_size(image: Image, reference: Reference) -> Check:
    now, then = f"{image.shape[1]} × {image.shape[0]}", f"{reference.size[0]} × {reference.size[1]}"
    text = f"the parts' pictures have {now} pixels, those of the reference {then}: they are not watched"
    mend = "Record good parts and call `ringlight calibrate reference` again."
    return Check("imaging", Level.WARNING, text, mend)


def _chance(reference: Reference, measures: tuple[str, ...], window: int) -> float:
    """How far the median of a window may lie from the reference's by chance."""
    spread = math.hypot(*(reference.spread[one] for one in measures))
    return _CERTAIN * _MEDIAN_ERROR * spread * math.sqrt(1 / window + 1 / reference.n)


def _alike(fall: tuple[float, float], other: tuple[float, float]) -> float:
    """How alike two losses of sharpness are, along x and along y: the cosine between them. Motion along one axis takes
    some of the other's detail, too, and how much of it depends on the parts."""
    return (fall[0] * other[0] + fall[1] * other[1]) / max(math.hypot(*other), 1e-6)


def _share(change: float) -> str:
    """A logarithm's difference in words: "12 % less"."""
    share = math.expm1(change)
    return f"{abs(share):.0%} {'more' if share > 0 else 'less'}"
