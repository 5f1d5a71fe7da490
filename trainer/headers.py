"""What a picture file says of itself, without decoding it: size, depth, and whether its end is there.

A data set of thousands of large pictures is checked in seconds that way, before any work starts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from edge.errors import DatasetError
from edge.picture import read_pixels

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_MEND = "Remove it or record it again."


@dataclass(frozen=True, slots=True)
class Header:
    """Height and width in pixels, bits a channel."""

    h: int
    w: int
    bits: int


def read_header(path: Path) -> Header:
    """Reads what the file says of itself. PNG and JPEG by their headers and ends, other kinds by decoding.

    Raises:
        DatasetError: the file is empty, cut off, damaged or no picture; the message names it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if not head:
                raise DatasetError(f"{path}: is empty. {_MEND}")
            if head.startswith(_PNG):
                file.seek(-12, 2)
                return _png(path, head, file.read())
            if head.startswith(_JPEG):
                file.seek(0)
                return _jpeg(path, file.read())
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Remove it or mend its rights.") from error
    pixels = read_pixels(path)
    return Header(*pixels.shape[:2], bits=pixels.dtype.itemsize * 8)


def _png(path: Path, head: bytes, tail: bytes) -> Header:
    if len(head) < 26 or head[12:16] != b"IHDR" or tail[4:8] != b"IEND":
        raise DatasetError(f"{path}: is cut off before the end of the PNG. {_MEND}")
    w, h, bits = struct.unpack(">IIB", head[16:25])
    return Header(h, w, max(bits, 8))


def _jpeg(path: Path, data: bytes) -> Header:
    # Some cameras pad the file after the end marker.
    if b"\xff\xd9" not in data[-1024:]:
        raise DatasetError(f"{path}: is cut off before the end of the JPEG. {_MEND}")
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            bits, h, w = struct.unpack(">BHH", data[at + 4 : at + 9])
            return Header(h, w, bits)
        # 0xFF may be repeated as padding before a marker.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise DatasetError(f"{path}: is damaged: no frame in the JPEG. {_MEND}")
