"""Bundles as somebody would make them who wants the box to run something else, or to fall over."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from edge.bundle import MANIFEST, SIGNATURE, sha256
from edge.trust.keys import PrivateKey

Files = dict[str, bytes]


def unpacked(data: bytes) -> Files:
    """The files of a bundle."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def canonical(values: Any) -> bytes:
    """JSON as a manifest is stored."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def edited(
    files: Mapping[str, bytes], edit: Callable[[dict[str, Any]], object], key: PrivateKey | None = None
) -> Files:
    """The files with another manifest; the old signature stays unless a key signs anew."""
    values = json.loads(files[MANIFEST])
    edit(values)
    return signed({**files, MANIFEST: canonical(values)}, key)


def rehashed(files: Mapping[str, bytes], changes: Mapping[str, bytes], key: PrivateKey | None = None) -> Files:
    """The files with changes that the manifest knows of; the old signature stays unless a key signs anew."""
    changed = {**files, **changes}
    hashes = {name: sha256(data) for name, data in changed.items() if name not in (MANIFEST, SIGNATURE)}
    return edited(changed, lambda values: values.update(files=hashes), key)


def signed(files: Mapping[str, bytes], key: PrivateKey | None) -> Files:
    """The files with the signature of a key; None leaves them alone."""
    return {**files, SIGNATURE: key.sign(files[MANIFEST]).to_bytes()} if key else dict(files)


def structural_places(data: bytes) -> list[int]:
    """Offsets in a zip where something begins or ends: headers, names, contents, index entries, the record at the
    end and each of its fields."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries, index = archive.infolist(), archive.start_dir
    places = {0, index, len(data)}
    for entry in entries:
        name = len(entry.filename.encode())
        at = entry.header_offset
        places |= {at, at + 4, at + 30, at + 30 + name, at + 30 + name + entry.compress_size}
        places |= {index, index + 4, index + 46, index + 46 + name}
        index += 46 + name
    end = len(data) - 22
    places |= {end + offset for offset in (0, 4, 6, 8, 10, 12, 16, 20)}
    return sorted(places)


def index_field(data: bytes, member: str, offset: int, layout: str, value: int) -> bytes:
    """The zip with one field of a member's index entry changed (APPNOTE.TXT 4.3.12), `offset` bytes into it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries, at = archive.infolist(), archive.start_dir
    for entry in entries:
        if entry.filename == member:
            break
        at += 46 + len(entry.filename.encode())
    changed = bytearray(data)
    struct.pack_into(layout, changed, at + offset, value)
    return bytes(changed)


def end_field(data: bytes, offset: int, layout: str, value: int) -> bytes:
    """The zip with one field of the record at its end changed (APPNOTE.TXT 4.3.16)."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, len(data) - 22 + offset, value)
    return bytes(changed)


def mutate(random: Random, data: bytes, other: bytes) -> bytes:
    """One random change, or a few: of the zip's bytes, of a member inside a whole zip, or of a member with the hashes
    made to fit, so that every layer of the reader is reached.

    Args:
        data: a valid bundle. other: another one, of which pieces are spliced in.
    """
    layer = random.choice((_of_bytes, _of_bytes, _of_member, _of_hashed_member, _of_members, _of_manifest))
    return layer(random, data, other)


def _of_bytes(random: Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at = random.choice((random.randrange(len(data) + 1), max(0, len(data) - random.randrange(1, 400))))
        kind = random.randrange(6)
        length = random.choice((1, 2, 4, 30, 300))
        if kind <= 1:
            changed[at : at + 1] = bytes([random.randrange(256)])
        elif kind == 2:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = random.randbytes(length)
        elif kind == 4:
            start = random.randrange(len(other))
            changed[at : at + length] = other[start : start + length]
        else:
            del changed[at:]
    return bytes(changed)


def _of_member(random: Random, data: bytes, other: bytes) -> bytes:
    files = unpacked(data)
    name = random.choice(sorted(files))
    files[name] = _of_bytes(random, files[name], unpacked(other).get(name, other))
    return packed(files, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _of_hashed_member(random: Random, data: bytes, other: bytes) -> bytes:
    files = unpacked(data)
    name = random.choice(sorted(set(files) - {MANIFEST, SIGNATURE}))
    return packed(rehashed(files, {name: _of_bytes(random, files[name], other)}))


def _of_members(random: Random, data: bytes, other: bytes) -> bytes:
    files, others = unpacked(data), unpacked(other)
    taken = random.sample(sorted(others), random.randrange(1, len(others)))
    files |= {name: others[name] for name in taken}
    if random.random() < 0.3:
        del files[random.choice(sorted(files))]
    return packed(files)


def _of_manifest(random: Random, data: bytes, other: bytes) -> bytes:
    odd: list[Any] = [None, True, -1, 0, 2**53, 10**400, 1e308, -1e308, "", "x" * 1000, "../x", [], {}, [[]]]

    def edit(values: dict[str, Any]) -> None:
        table: Any = values
        while True:
            key = random.choice(sorted(table)) if isinstance(table, dict) else random.randrange(len(table))
            inner = table[key]
            if not isinstance(inner, dict | list) or not inner or random.random() < 0.3:
                table[key] = random.choice(odd)
                return
            table = inner

    return packed(edited(unpacked(data), edit))


def write(path: Path, data: bytes) -> Path:
    """The file, for a call in one line."""
    path.write_bytes(data)
    return path
