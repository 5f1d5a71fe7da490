"""Folds: which pictures a model learns from, and which it is tested on."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.errors import UsageError
from trainer.dataset import GOOD, Dataset, Sample

LEAST_TRAIN = 8
"""Good pictures that a training needs, those that it holds out included."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One training and its test. No picture is in both."""

    name: str
    train: tuple[Path, ...]
    test: tuple[Sample, ...]

    def fingerprint(self, *options: str) -> str:
        """SHA-256 over the names of the pictures and what else decides the result."""
        listed = [*map(str, self.train), "|", *(str(sample.path) for sample in self.test), "|", *options]
        return hashlib.sha256("\n".join(listed).encode()).hexdigest()

    def lay_out(self, folder: Path) -> Path:
        """Makes a data set of links in an empty folder, in the layout of MVTec AD. Names are kept; where two folders
        of the source hold the same name, the source folder's name is put before it."""
        for path in self.train:
            _link(path, folder / "train" / GOOD)
        for sample in self.test:
            link = _link(sample.path, folder / "test" / sample.kind)
            if sample.mask is not None:
                masks = folder / "ground_truth" / sample.kind
                masks.mkdir(parents=True, exist_ok=True)
                (masks / f"{link.stem}_mask.png").symlink_to(sample.mask.resolve())
        return folder


def fixed_split(data: Dataset) -> list[Fold]:
    """The split as it stands on disk: what published numbers use."""
    return [Fold("fixed", data.train, data.test)]


def one_model(data: Dataset) -> list[Fold]:
    """The split on disk for leaving one test picture out: what changes from picture to picture is no model's
    business, so there is one training. It has a folder of its own beside that of `fixed_split`."""
    return [Fold("leave-one-out", data.train, data.test)]


def random_splits(data: Dataset, repeats: int, train_share: float, seed: int) -> list[Fold]:
    """All good pictures, of training and test, shuffled and split anew each time; every defective one is tested.

    Raises:
        UsageError: fewer than 2 repeats, or a share that leaves too little to train or to test with.
    """
    if repeats < 2:
        raise UsageError(f"repeats is {repeats}: an interval needs 2 splits or more, 10 are good.")
    good, bad = _good(data), tuple(sample for sample in data.test if sample.bad)
    n = round(train_share * len(good))
    if not LEAST_TRAIN <= n <= len(good) - 2:
        raise UsageError(
            f"a share of {train_share:g} of {len(good)} good pictures trains on {n}: {LEAST_TRAIN} or more are needed, "
            "and 2 or more to test with. Change --train-share, or record more good parts."
        )
    folds = []
    for repeat in range(repeats):
        order = np.random.default_rng((seed, repeat)).permutation(len(good))
        train = tuple(sorted(good[i] for i in order[:n]))
        test = tuple(Sample(good[i], GOOD, None) for i in sorted(order[n:].tolist()))
        folds.append(Fold(f"split-{repeat:02}", train, (*test, *bad)))
    return folds


def group_folds(data: Dataset, pattern: str) -> list[Fold]:
    """Leave one group out: a group is what the pattern's first parenthesis finds in a file's name (a day, a batch, a
    line). Each group's good pictures are tested with a model that learned from all other groups; defective pictures
    are tested with their own group, and in every fold where the pattern finds no group in their names.

    Raises:
        UsageError: the pattern is no regular expression with a parenthesis, leaves a good picture without a group,
            or finds fewer than two groups.
    """
    find = _finder(pattern)
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in _good(data):
        group = find(path)
        if group is None:
            raise UsageError(f"{path.name}: the pattern {pattern!r} finds no group in this name.")
        groups[group].append(path)
    if len(groups) < 2:
        raise UsageError(f"the pattern {pattern!r} finds one group, {next(iter(groups), '')!r}: two are the least.")
    folds = []
    for group in sorted(groups):
        train = tuple(sorted(path for other, paths in groups.items() if other != group for path in paths))
        if len(train) < LEAST_TRAIN:
            raise UsageError(f"without group {group!r} {len(train)} good pictures are left: {LEAST_TRAIN} are needed.")
        bad = tuple(sample for sample in data.test if sample.bad and find(sample.path) in (group, None))
        test = tuple(Sample(path, GOOD, None) for path in groups[group])
        folds.append(Fold(f"without-{re.sub(r'[^A-Za-z0-9_.-]', '-', group)}", train, (*test, *bad)))
    return folds


def _good(data: Dataset) -> list[Path]:
    return sorted([*data.train, *(sample.path for sample in data.test if not sample.bad)])


def _finder(pattern: str):
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--group {pattern!r} is no regular expression: {error}.") from error
    if compiled.groups < 1:
        raise UsageError(f"--group {pattern!r} has no parenthesis: put one around the group, such as '^(exp\\d)_'.")

    def find(path: Path) -> str | None:
        match = compiled.search(path.name)
        return match.group(1) if match else None

    return find


def _link(source: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / source.name
    if link.is_symlink():
        link = folder / f"{source.parent.parent.name}-{source.parent.name}-{source.name}"
    link.symlink_to(source.resolve())
    return link
