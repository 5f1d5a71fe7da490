"""A bundle that was read whole and verified in itself. Who made it is for `edge.trust` to say."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.bundle.archive import GOLDEN_SCORES, GOLDEN_TILES, MANIFEST, MEND, MODEL, REPORT, SIGNATURE, unpack
from edge.bundle.graph import check_graph
from edge.bundle.manifest import Manifest, Signature, sha256
from edge.errors import BundleError
from edge.parts import Image

_REQUIRED = (MODEL, GOLDEN_TILES, GOLDEN_SCORES)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle.

    `signed` holds the bytes of the manifest as they lie in the file, which is what `signature` was made over.
    """

    path: Path
    manifest: Manifest
    model: bytes
    golden_tiles: Image
    golden_scores: NDArray[np.float32]
    report: bytes | None
    size: int
    signed: bytes
    signature: Signature | None = None

    @classmethod
    def read(cls, path: Path) -> Bundle:
        """Reads a bundle and verifies names, sizes, schema, manifest, hashes and graph. The signature is read, not
        verified: the desk has no trust folder.

        Raises:
            BundleError: anything is wrong; the message names file, member and mend.
        """
        path = Path(path)
        files, size = unpack(path)
        signed = files.pop(MANIFEST, None)
        signature = files.pop(SIGNATURE, None)
        manifest = Manifest.parse(path, signed)
        _compare(path, manifest, files)
        check_graph(path, files[MODEL])
        geometry = manifest.geometry
        tiles = _array(path, GOLDEN_TILES, files)
        if tiles.dtype != np.uint8 or tiles.shape[1:] != (geometry.input_h, geometry.input_w, 3) or len(tiles) < 1:
            wanted = f"uint8 [K, {geometry.input_h}, {geometry.input_w}, 3]"
            raise BundleError(f"{path}: {GOLDEN_TILES} is {tiles.dtype} {tiles.shape}, not {wanted}. {MEND}")
        scores = _array(path, GOLDEN_SCORES, files)
        if scores.dtype != np.float32 or scores.shape != (len(tiles),) or not np.isfinite(scores).all():
            raise BundleError(f"{path}: {GOLDEN_SCORES} is not float32 with one finite score a tile. {MEND}")
        return cls(
            path,
            manifest,
            files[MODEL],
            tiles,
            scores,
            files.get(REPORT),
            size,
            signed or b"",
            Signature.parse(path, signature) if signature is not None else None,
        )


def _compare(path: Path, manifest: Manifest, files: dict[str, bytes]) -> None:
    for name in _REQUIRED:
        if name not in files:
            raise BundleError(f"{path}: has no {name}. {MEND}")
    if set(files) != set(manifest.files):
        odd = ", ".join(sorted(set(files) ^ set(manifest.files)))
        raise BundleError(f"{path}: {odd} is in the manifest or in the file, not in both. {MEND}")
    for name, data in files.items():
        if sha256(data) != manifest.files[name]:
            raise BundleError(f"{path}: {name} is not what the manifest says (SHA-256 differs). {MEND}")


def _array(path: Path, name: str, files: dict[str, bytes]) -> NDArray[Any]:
    data = io.BytesIO(files[name])
    try:
        if np.lib.format.read_magic(data) != (1, 0):
            raise ValueError("another version of the format")
        shape, _, dtype = np.lib.format.read_array_header_1_0(data)
        # numpy asks for the memory that the header announces before it looks how much there is to fill it.
        if _bytes(shape, dtype) != len(files[name]) - data.tell():
            raise ValueError("its header announces another size")
        data.seek(0)
        return np.load(data, allow_pickle=False)
    # numpy evaluates the header as a Python literal, which fails in the ways of Python's own parser.
    except (ValueError, EOFError, OSError, SyntaxError, TokenError, TypeError, RecursionError, MemoryError) as error:
        raise BundleError(f"{path}: {name} is not a plain array ({error}). {MEND}") from error


def _bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    size = int(dtype.itemsize)
    for side in shape:
        size *= int(side)
    return size
