"""The zip around a bundle: which files may be in it, how large they may be, and how they come out of it.

Nothing is unpacked to disk, and everything is bounded before memory is asked for it.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from edge.errors import BundleError

MANIFEST, MODEL, REPORT, SIGNATURE = "manifest.json", "model.onnx", "report.html", "signature"
GOLDEN_TILES, GOLDEN_SCORES = "golden/tiles.npy", "golden/scores.npy"
MEND = "Export it again, or copy it again if it came over a network."

_MB = 1 << 20
LARGEST = {
    MANIFEST: 32 * _MB,
    MODEL: 512 * _MB,
    GOLDEN_TILES: 64 * _MB,
    GOLDEN_SCORES: _MB,
    REPORT: 64 * _MB,
    SIGNATURE: 4096,
}
_RATIO, _RATIO_FROM = 100, 16 * _MB
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# APPNOTE.TXT 4.3.16: the record at the end of every zip, and the signature of the locator that zip64 puts before it.
_END = struct.Struct("<4s4H2LH")
_LOCATOR_SIZE, _LOCATOR = 20, b"PK\x06\x07"
_LARGEST_INDEX = 4096


def unpack(path: Path) -> tuple[dict[str, bytes], int]:
    """The files of a bundle by their names, and the size of the whole in bytes.

    Raises:
        BundleError: the file cannot be read, is no zip, or holds what no bundle holds: other names, a name twice,
            links, encrypted or unusually packed files, more bytes than a bundle needs. The message names file, member
            and mend.
    """
    try:
        with path.open("rb") as file:
            size = _check_end(path, file)
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                _check_names(path, entries)
                for entry in entries:
                    _check_entry(path, entry)
                return {entry.filename: _read(path, archive, entry) for entry in entries}, size
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
    except _DAMAGE as error:
        raise BundleError(f"{path}: its index is damaged or it is not a bundle ({error}). {MEND}") from error


# What zipfile says of bytes that are no zip; NotImplementedError and RuntimeError are its words for packings and
# encryption that it does not know.
_DAMAGE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error, struct.error)


def _check_end(path: Path, file: BinaryIO) -> int:
    """The size of the file, once the record at its end is plausible: zipfile would read an index of any length into
    memory before anybody could ask how many files there are."""
    size = file.seek(0, 2)
    if size > sum(LARGEST.values()):
        raise BundleError(f"{path}: has {size} bytes, no bundle is that large. {MEND}")
    file.seek(max(0, size - _END.size - _LOCATOR_SIZE))
    tail = file.read()
    if len(tail) < _END.size or not tail[-_END.size :].startswith(b"PK\x05\x06"):
        raise BundleError(f"{path}: is damaged or not a bundle (it does not end as a zip archive does). {MEND}")
    _, disk, index_disk, here, count, index_size, index_at, comment = _END.unpack(tail[-_END.size :])
    if tail[: -_END.size].startswith(_LOCATOR):
        raise BundleError(f"{path}: is packed as zip64, which no bundle needs. {MEND}")
    if count > len(LARGEST) or here != count:
        raise BundleError(f"{path}: holds {count} files, a bundle at most {len(LARGEST)}. {MEND}")
    odd = disk or index_disk or comment or index_size > _LARGEST_INDEX
    if odd or index_at + index_size + _END.size != size:
        raise BundleError(f"{path}: is damaged or not a bundle (its index does not fit its end). {MEND}")
    file.seek(0)
    return size


def _check_names(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """A name can do no harm by itself, for nothing goes to disk; but a bundle with a strange one is not ours."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        # zipfile cuts a name at its first NUL; others may not.
        if name not in LARGEST or entry.orig_filename != name:
            raise BundleError(f"{path}: holds {entry.orig_filename!r}, which no bundle has. {MEND}")
        if name in seen:
            raise BundleError(f"{path}: holds {name} twice. {MEND}")
        seen.add(name)


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BundleError(f"{path}: {name} is a link or a device, not a file. {MEND}")
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError(f"{path}: {name} is encrypted. {MEND}")
    # Other methods unpack a whole block at once, however large it turns out.
    if entry.compress_type not in _METHODS:
        raise BundleError(f"{path}: {name} is packed by method {entry.compress_type}, not stored or deflated. {MEND}")
    if entry.file_size > LARGEST[name]:
        raise BundleError(f"{path}: {name} has {entry.file_size} bytes, at most {LARGEST[name]} are read. {MEND}")
    if entry.file_size > _RATIO_FROM and entry.file_size > _RATIO * entry.compress_size:
        raise BundleError(
            f"{path}: {name} would grow from {entry.compress_size} to {entry.file_size} bytes, "
            f"more than {_RATIO} times. {MEND}"
        )


def _read(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        # zipfile stops at the size that the index declares, and what is longer fails its checksum.
        return archive.read(entry)
    except (*_DAMAGE, OSError) as error:
        raise BundleError(f"{path}: {entry.filename} is damaged ({error}). {MEND}") from error
