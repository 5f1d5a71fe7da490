"""Pictures that are held back: at random, but never another photograph of a part that is learned from.

Who photographs the same sixty parts five times has sixty parts. Were the held-back pictures drawn one by one, the model
would have met almost every part in them: their scores would be those of old acquaintances, the threshold too low, and
new parts would be thrown away in numbers that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edge.errors import UsageError
from trainer.checkup.looks import look_at
from trainer.checkup.twins import Likeness, find_pairs, groups, without_lookalikes
from trainer.dataset import Dataset

Parts = Mapping[Path, int]
"""The number of the part that a picture shows. A picture that is not in it shows a part of its own."""


def find_parts(data: Dataset) -> dict[Path, int]:
    """The parts of which there is more than one picture, told by their fine structure (`trainer.checkup.twins`).

    Raises:
        UsageError: the parts share so much of their design that one cannot be told from another.
    """
    looks = look_at(data)
    likely = find_pairs(looks)
    pairs = without_lookalikes(likely, len(looks))
    if len(pairs) < len(likely):
        raise UsageError(
            f"{data.root}: the parts are so alike that pictures of one part cannot be told from pictures of two. Leave "
            "--apart out, and take one picture of each part."
        )
    return {looks[i].path: group[0] for group in groups(pairs, len(looks), Likeness.SAME_PART) for i in group}


def hold_back(pictures: Sequence[Path], n: int, seed: int, parts: Parts) -> tuple[list[Path], list[Path]]:
    """Draws `n` of the pictures, and all other pictures of the parts that they show.

    Returns:
        The others, and those that were drawn, each in the order of `pictures`; the same for the same seed.
    """
    drawn: set[Path] = set()
    members: dict[int, list[Path]] = {}
    for path in pictures:
        if path in parts:
            members.setdefault(parts[path], []).append(path)
    for i in np.random.default_rng(seed).permutation(len(pictures)).tolist():
        if len(drawn) >= n:
            break
        path = pictures[i]
        drawn |= set(members[parts[path]]) if path in parts else {path}
    return [path for path in pictures if path not in drawn], [path for path in pictures if path in drawn]
