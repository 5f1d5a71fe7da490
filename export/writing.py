"""Writes a bundle: hashes, golden tiles, manifest, and one rename at the end."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.bundle import GOLDEN_SCORES, GOLDEN_TILES, MANIFEST, MODEL, SIGNATURE, Bundle, Manifest, sha256
from edge.parts import Image
from edge.trust.keys import PrivateKey

# A fixed date: the same content gives the same file.
_DATE = (1980, 1, 1, 0, 0, 0)


def contents(model: bytes, tiles: Image, scores: NDArray[np.float32], report: bytes | None = None) -> dict[str, bytes]:
    """The files of a bundle but the manifest, by their names in it."""
    files = {MODEL: model, GOLDEN_TILES: _npy(tiles), GOLDEN_SCORES: _npy(scores.astype(np.float32))}
    return files | ({"report.html": report} if report is not None else {})


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of every file, as the manifest lists them."""
    return {name: sha256(data) for name, data in files.items()}


def write_bundle(out: Path, manifest: Manifest, files: Mapping[str, bytes], *, key: PrivateKey | None = None) -> Bundle:
    """Writes the file beside its place, syncs it, reads it back, renames it and syncs the folder: at `out` there is
    always a whole bundle, the old one or the new one. With a key it is signed."""
    content = {MANIFEST: manifest.canonical(), **files}
    if key is not None:
        content[SIGNATURE] = key.sign(content[MANIFEST]).to_bytes()
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(out.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                for name, data in content.items():
                    archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
            file.flush()
            os.fsync(file.fileno())
        Bundle.read(temporary)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Bundle.read(out)


def _npy(array: NDArray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
