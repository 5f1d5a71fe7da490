"""What is to be drawn: how many pictures of what, under which conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge.errors import UsageError
from trainer.simulate.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Plan:
    """A data set.

    train, good: good pictures in train/good and test/good. defects: defective ones; the kinds take turns. seed: of
    everything. width, height: pixels. borderline: share of the good pictures, in train and test alike, that have a
    defect too faint to be thrown out. kinds: of the defects, from `KINDS`. drift: share of its light that the lamp
    loses in 100 pictures of a folder. highlight: how far the lamp wanders from picture to picture; 0 holds it still, 1
    is a lamp on a loose arm. leak: pictures of train/good that are written to test/good once more, encoded anew.

    Raises:
        UsageError: a value is out of range.
    """

    train: int = 340
    good: int = 10
    defects: int = 53
    seed: int = 0
    width: int = 640
    height: int = 480
    borderline: float = 0.0
    kinds: tuple[str, ...] = KINDS
    drift: float = 0.0
    highlight: float = 1.0
    leak: int = 0

    def __post_init__(self) -> None:
        for name in ("train", "good", "defects", "seed", "leak"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is {getattr(self, name)}: it must not be negative.")
        if not (160 <= self.width <= 4096 and 120 <= self.height <= 4096):
            raise UsageError(f"the size is {self.width}x{self.height}: 160x120 to 4096x4096 are possible.")
        if self.leak > self.train:
            raise UsageError(f"leak is {self.leak}, but there are {self.train} pictures to train on: write fewer.")
        for name, most in (("borderline", 1.0), ("drift", 0.9), ("highlight", 2.0)):
            if not 0 <= getattr(self, name) <= most:
                raise UsageError(f"{name} is {getattr(self, name)}: write 0 to {most:g}.")
        strange = [kind for kind in self.kinds if kind not in KINDS]
        if strange or not self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise UsageError(f"kinds are {', '.join(self.kinds) or 'none'}: choose each once from {', '.join(KINDS)}.")

    def shots(self) -> Iterator[Shot]:
        """Every picture that is drawn. Each depends on the seed and its own place alone, not on how many there are."""
        for folder, count in (("train/good", self.train), ("test/good", self.good)):
            for i in range(count):
                yield Shot(folder, i, borderline=self._is_borderline(folder, i))
        for i in range(self.defects):
            kind = self.kinds[i % len(self.kinds)]
            yield Shot(f"test/{kind}", i // len(self.kinds), kind=kind)

    def rng(self, shot: Shot, purpose: int) -> np.random.Generator:
        """The shot's own random numbers, one stream for each purpose from 1."""
        return np.random.default_rng((self.seed, _FOLDERS.index(shot.folder), shot.index, purpose))

    def level(self, shot: Shot) -> float:
        """Of the lamp; it ages over the pictures of a folder."""
        return (1 - self.drift) ** (shot.index / 100)

    def copied(self) -> list[int]:
        """Numbers of the leaked pictures in train/good."""
        rng = np.random.default_rng((self.seed, len(_FOLDERS), 0, 1))
        return sorted(rng.permutation(self.train)[: self.leak].tolist())

    def _is_borderline(self, folder: str, i: int) -> bool:
        """Evenly spread, so that any number of pictures has its share."""
        start = np.random.default_rng((self.seed, _FOLDERS.index(folder), 0, 9)).random()
        return bool(np.floor(start + (i + 1) * self.borderline) > np.floor(start + i * self.borderline))


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to draw: its folder, its number there, and its defect's kind where it is a defective one."""

    folder: str
    index: int
    borderline: bool = False
    kind: str | None = None

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.index:03}.png"


_FOLDERS = ("train/good", "test/good", *(f"test/{kind}" for kind in KINDS))
