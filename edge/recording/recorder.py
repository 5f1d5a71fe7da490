"""Takes the place of the model while good parts are recorded: each part that comes is kept, and none is judged."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

import numpy as np

from edge.camera.aim import Sight
from edge.clock import NS_PER_S, Clock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.parts import PartMap
from edge.recording.pictures import PictureSet, png

GOOD = "train/good"
_NOTHING = PartMap(np.zeros((1, 1), np.float32), 0.0)


class Recorder:
    """Keeps the pictures of parts as `train/good/SESSION-PART.png`.

    Args:
        pictures: an opened data set.
        facts: what is to be noted besides of each picture, asked as it is taken.
        parts: how many to keep; None for as many as come.

    `done` is set when that many are kept, or the disk refused: then `error` says so. `kept` counts them.
    """

    def __init__(
        self,
        config: Config,
        pictures: PictureSet,
        clock: Clock,
        *,
        parts: int | None = None,
        facts: Callable[[], Mapping[str, Any]] = dict,
        on_kept: Callable[[int], object] = lambda kept: None,
    ) -> None:
        self.done = threading.Event()
        self.error = ""
        self.kept = 0
        self.session = _session(clock.wall_ns(), pictures)
        self._config = config
        self._pictures = pictures
        self._clock = clock
        self._parts = parts
        self._facts = facts
        self._on_kept = on_kept

    def look(self, sight: Sight) -> PartMap:
        """Keeps a part's picture. The map that it returns lets every part pass."""
        if self.done.is_set():
            return _NOTHING
        try:
            name = f"{GOOD}/{self.session}-{sight.part.id:06}.png"
            if self._pictures.add(name, png(sight.image), self._about(sight)):
                self.kept += 1
                self._on_kept(self.kept)
        except RinglightError as error:
            self.error = str(error)
            self.done.set()
        if self._parts is not None and self.kept >= self._parts:
            self.done.set()
        return _NOTHING

    def _about(self, sight: Sight) -> dict[str, Any]:
        camera, box = self._config.camera, self._config.box
        taken = self._clock.wall_ns() - (self._clock.now_ns() - sight.taken_ns)
        return {
            "how": "recorded",
            "lossless": True,
            "part_id": sight.part.id,
            "wall": _stamp(taken),
            "box": f"{box.site}/{box.line}/{box.name}",
            "controls": {
                "exposure": camera.exposure,
                "gain": camera.gain,
                "white_balance_k": camera.white_balance_k,
                **sight.controls,
                "brightness": self._config.light.brightness if self._config.light.kind != "none" else None,
            },
            "belt": {"mm": round(sight.part.trigger.belt_mm, 2), "off_centre_mm": round(sight.offset_mm, 2)},
            **self._facts(),
        }


def _session(wall_ns: int, pictures: PictureSet) -> str:
    """A name for this recording that none of the pictures there has."""
    stamp = _stamp(wall_ns).replace("-", "").replace(":", "")
    taken = {name.removeprefix(f"{GOOD}/").rpartition("-")[0] for name in pictures.known}
    again = (f"{stamp}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([stamp], again) if name not in taken)


def _stamp(wall_ns: int) -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(wall_ns / NS_PER_S, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
