"""Data sets in the layout of MVTec AD (Bergmann et al. 2019), checked before any work starts.

    train/good/NAME.png                   good parts only
    test/good/NAME.png                    more good parts
    test/DEFECT/NAME.png                  a folder for each kind of defect
    ground_truth/DEFECT/NAME_mask.png     where the defect is: everything above 0

Test folders may be missing: a factory that has no bad parts can train all the same. A kind of defect may have no
folder in `ground_truth`: its pictures then count for image metrics alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import DatasetError
from edge.picture import read_pixels
from trainer.headers import Header, read_header

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
GOOD = "good"


@dataclass(frozen=True, slots=True)
class Sample:
    """One test picture: its kind ("good" or the name of the defect), and its mask where its kind has masks."""

    path: Path
    kind: str
    mask: Path | None

    @property
    def bad(self) -> bool:
        return self.kind != GOOD


@dataclass(frozen=True, slots=True)
class Dataset:
    """The files of a data set, in the order of their names. Made by `open_dataset`."""

    root: Path
    train: tuple[Path, ...]
    test: tuple[Sample, ...]

    def fingerprint(self) -> str:
        """SHA-256 over the names (relative to the root) and contents of every picture and mask."""
        masks = [sample.mask for sample in self.test if sample.mask]
        digest = hashlib.sha256()
        for path in sorted([*self.train, *(sample.path for sample in self.test), *masks]):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()


def open_dataset(root: Path, *, need_train: bool = True, need_test: bool = False) -> Dataset:
    """Lists a data set and checks every file by its header.

    Args:
        root: the folder that holds `train` and `test`.
        need_train: refuse a data set without good pictures to learn from.
        need_test: refuse a data set without good and defective test pictures.

    Raises:
        DatasetError: a folder is missing or empty, a file is broken, a mask is missing or of another size than its
            picture, bit depths are mixed. All faulty files are named at once, one a line.
    """
    root = Path(root)
    train = tuple(_pictures(root / "train" / GOOD))
    if need_train and not train:
        raise DatasetError(f"{root / 'train' / GOOD}: holds no pictures. Put pictures of good parts there.")
    dataset = Dataset(root, train, tuple(_samples(root)))
    if need_test and len({sample.bad for sample in dataset.test}) < 2:
        raise DatasetError(f"{root / 'test'}: needs pictures in good/ and in a folder for a defect, to evaluate with.")
    check(dataset)
    return dataset


def check(dataset: Dataset) -> None:
    """Reads every header. Raises DatasetError that names all faulty files, at most 20 of them."""
    wrong: list[str] = []
    headers: dict[Path, Header] = {}
    for path in [*dataset.train, *(sample.path for sample in dataset.test)]:
        try:
            headers[path] = read_header(path)
        except DatasetError as error:
            wrong.append(str(error))
    wrong += _mixed_depths(headers)
    for sample in dataset.test:
        if sample.mask and sample.path in headers:
            wrong += _mask_fault(sample, headers[sample.path])
    if wrong:
        more = [f"and {len(wrong) - 20} more"] if len(wrong) > 20 else []
        raise DatasetError("\n".join([*wrong[:20], *more]))


def load_mask(path: Path) -> NDArray[np.bool_]:
    """A mask as [H, W], true where the defect is."""
    pixels = read_pixels(path)
    return (pixels if pixels.ndim == 2 else pixels[..., :3].max(axis=2)) > 0


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _samples(root: Path) -> Iterable[Sample]:
    test = root / "test"
    for folder in sorted(path for path in test.iterdir() if path.is_dir()) if test.is_dir() else []:
        kind = folder.name
        for path in _pictures(folder):
            yield Sample(path, kind, _mask_of(root / "ground_truth" / kind, path) if kind != GOOD else None)


def _mask_of(folder: Path, picture: Path) -> Path | None:
    if not folder.is_dir():
        return None
    for name in (f"{picture.stem}_mask.png", f"{picture.stem}.png"):
        if (folder / name).is_file():
            return folder / name
    return folder / f"{picture.stem}_mask.png"


def _mixed_depths(headers: dict[Path, Header]) -> list[str]:
    """Names the rarer kind: those are probably the mistake."""
    depths: dict[int, list[Path]] = {}
    for path, header in headers.items():
        depths.setdefault(header.bits, []).append(path)
    if len(depths) < 2:
        return []
    common = max(depths, key=lambda bits: len(depths[bits]))
    return [
        f"{path}: has {bits} bits a channel, most others have {common}. Record all with the same camera settings."
        for bits, paths in sorted(depths.items())
        if bits != common
        for path in paths
    ]


def _mask_fault(sample: Sample, picture: Header) -> list[str]:
    if sample.mask is None:
        return []
    if not sample.mask.is_file():
        return [f"{sample.mask}: is missing. Draw the mask of {sample.path.name}, or take the picture out of test/."]
    try:
        mask = read_header(sample.mask)
    except DatasetError as error:
        return [str(error)]
    if (mask.h, mask.w) != (picture.h, picture.w):
        return [
            f"{sample.mask}: is {mask.w} × {mask.h} pixels, its picture {sample.path} is {picture.w} × {picture.h}. "
            "Draw the mask at the size of its picture."
        ]
    return []
