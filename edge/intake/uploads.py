"""Uploads: files that come in parts, named by their SHA-256, through cut connections, restarts and power cuts.

FOLDER/SHA.json        the size that was announced, and when
FOLDER/SHA.00007.part  512 KiB of it (the last one is shorter), written and synced before it is counted
FOLDER/SHA.ringlight   the whole, after its hash was right; then the parts go

What the box has is what lies there: nothing is kept in memory, so there is nothing that a restart could lose.
"""

from __future__ import annotations

import errno
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.bundle import sha256
from edge.clock import NS_PER_S, Clock
from edge.disk import Disk, replace_file
from edge.errors import RinglightError

PART = 512 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")


class Fault(Enum):
    """Why an upload was refused."""

    CALL = "call"  # name, size or length of a part are none
    OFFSET = "offset"  # the box has another number of bytes
    SIZE = "size"  # larger than the box takes at all
    ROOM = "room"  # the disk, or what is kept for uploads, is full
    HASH = "hash"  # the bytes are not those that the name promises
    MISSING = "missing"  # it is not whole yet
    DISK = "disk"  # the disk refuses


class UploadRefused(RinglightError):
    """A part, or the whole, was not taken. `have`: what the box has of it, in bytes."""

    def __init__(self, fault: Fault, words: str, have: int = 0) -> None:
        super().__init__(words)
        self.fault = fault
        self.have = have


@dataclass(frozen=True, slots=True)
class Limits:
    """`largest`: bytes of one file. `altogether`: bytes of all uploads. `spare`: bytes of the disk that stay free.
    `keep_s`: how long an upload may lie since it began."""

    largest: int
    altogether: int
    spare: int = 0
    keep_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is: `have` of `size` bytes; `size` is 0 where nothing of it is known."""

    have: int = 0
    size: int = 0


class _About(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1)
    begun_ns: int


class Uploads:
    """The uploads in one folder, which need not exist. Each call may come from any thread.

    `part` is how many bytes each part has, the last one apart.

    Raises:
        UploadRefused: from every call that changes something; its message says what is wrong and what mends it.
    """

    def __init__(self, folder: Path, disk: Disk, clock: Clock, limits: Limits, part: int = PART) -> None:
        self.folder = folder
        self.part = part
        self._disk = disk
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()

    def look(self, name: str) -> Upload:
        """How far the upload with this SHA-256 (64 lower-case hex digits) is."""
        _check_name(name)
        with self._lock:
            return self._look(name)

    def put(self, name: str, size: int, offset: int, data: bytes, keep: str = "") -> Upload:
        """Takes the part that begins at `offset` and is next; the last one completes the file, whose hash must then
        be right. `size` is that of the whole; `keep` names an upload that must not give way to this one."""
        _check_name(name)
        with self._at_the_disk():
            upload = self._look(name)
            if name == keep and upload.size and upload.size != size:
                words = f"{name[:12]}… has {upload.size} bytes and is being installed: not begun anew with {size}."
                raise UploadRefused(Fault.CALL, words, upload.have)
            if upload.size != size or not size:
                self._begin(name, size, keep)
                upload = Upload(0, size)
            if offset != upload.have or upload.have == size:
                words = f"the box has {upload.have} of {size} bytes: go on there, not at {offset}."
                raise UploadRefused(Fault.OFFSET, words, upload.have)
            if len(data) != min(self.part, size - offset):
                wanted = min(self.part, size - offset)
                raise UploadRefused(Fault.CALL, f"the part at {offset} has {wanted} bytes, not {len(data)}.", offset)
            replace_file(self._disk, self._part(name, offset // self.part), data)
            if offset + len(data) == size:
                self._complete(name, size)
            return Upload(offset + len(data), size)

    def whole(self, name: str) -> Path:
        """The file of a finished upload, whose hash was right."""
        _check_name(name)
        with self._at_the_disk():
            upload = self._look(name)
            if not upload.size or upload.have < upload.size:
                words = f"the box has {upload.have} bytes of {name[:12]}…, not all of it. Send the rest first."
                raise UploadRefused(Fault.MISSING, words, upload.have)
            path = self._whole(name)
            if not path.exists():  # the power went after the last part, and before it was put together
                self._complete(name, upload.size)
            return path

    def remove(self, name: str) -> None:
        """Forgets an upload; one that is not there will do."""
        _check_name(name)
        with self._at_the_disk():
            self._remove(name)

    def sweep(self, keep: str = "") -> None:
        """Removes what is older than `keep_s`, and what a power cut left half; `keep` names what stays."""
        with self._at_the_disk():
            self._sweep(keep)

    def _begin(self, name: str, size: int, keep: str) -> None:
        limits = self._limits
        if not 1 <= size <= limits.largest:
            words = f"{size} bytes are not 1 to {limits.largest}, which is what this box takes (flash.max_mb)."
            raise UploadRefused(Fault.SIZE if size > limits.largest else Fault.CALL, words)
        self._remove(name)
        self._sweep(keep)
        self._make_room(size, keep)
        # Each time: a folder that is there may not be on the disk yet, if that failed when it was made.
        self._disk.mkdir(self.folder)
        self._disk.fsync(self.folder.parent)
        # Its parts, the whole that is put together from them, and the slot's copy lie there at one time.
        if self._disk.free(self.folder) < 3 * size + limits.spare:
            raise UploadRefused(
                Fault.ROOM,
                f"the box has {self._disk.free(self.folder) >> 20} MiB free; this needs {3 * size >> 20} MiB, and "
                f"{limits.spare >> 20} MiB stay free (store.min_free_mb). Make room on the box.",
            )
        about = _About(size=size, begun_ns=self._clock.wall_ns())
        replace_file(self._disk, self._about(name), about.model_dump_json().encode() + b"\n")

    def _make_room(self, size: int, keep: str) -> None:
        known = sorted(self._known().items(), key=lambda item: item[1].begun_ns)
        taken = sum(about.size for _, about in known)
        for name, about in known:
            if taken + size <= self._limits.altogether:
                return
            if name != keep:
                self._remove(name)
                taken -= about.size
        if taken + size > self._limits.altogether:
            words = (
                f"uploads may take {self._limits.altogether >> 20} MiB on this box, and one that is being installed "
            )
            raise UploadRefused(Fault.ROOM, words + "lies there. Wait for its end, then try again.")

    def _complete(self, name: str, size: int) -> None:
        data = b"".join(self._disk.read(self._part(name, number)) for number in range(self._parts(size)))
        if sha256(data) != name:
            self._remove(name)
            words = f"the {size} bytes are not those that {name[:12]}… names (SHA-256). Send it again from the start."
            raise UploadRefused(Fault.HASH, words)
        replace_file(self._disk, self._whole(name), data)
        self._drop_parts(name)

    def _look(self, name: str) -> Upload:
        about = self._read_about(name)
        if about is None:
            return Upload()
        if _size(self._whole(name)) == about.size:
            return Upload(about.size, about.size)
        have = 0
        for number in range(self._parts(about.size)):
            wanted = min(self.part, about.size - have)
            if _size(self._part(name, number)) != wanted:
                break
            have += wanted
        return Upload(have, about.size)

    def _read_about(self, name: str) -> _About | None:
        try:
            return _About.model_validate_json(self._disk.read(self._about(name)))
        except (OSError, ValidationError):
            return None

    def _known(self) -> dict[str, _About]:
        names = [file.name[:-5] for file in _files(self.folder) if file.name.endswith(".json")]
        return {name: about for name in names if (about := self._read_about(name)) is not None}

    def _sweep(self, keep: str) -> None:
        known, now = self._known(), self._clock.wall_ns()
        for name, about in known.items():
            if name != keep and now - about.begun_ns > self._limits.keep_s * NS_PER_S:
                self._remove(name)
        for file in _files(self.folder):
            if file.name.endswith(".new") or file.name.split(".")[0] not in known:
                self._disk.unlink(file)

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self._disk.unlink(self._whole(name))
        self._drop_parts(name)
        with suppress(FileNotFoundError):
            self._disk.unlink(self._about(name))

    def _drop_parts(self, name: str) -> None:
        for file in _files(self.folder):
            if file.name.startswith(f"{name}.") and file.name.endswith(".part"):
                self._disk.unlink(file)

    def _about(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _part(self, name: str, number: int) -> Path:
        return self.folder / f"{name}.{number:05d}.part"

    def _whole(self, name: str) -> Path:
        return self.folder / f"{name}.ringlight"

    def _parts(self, size: int) -> int:
        return -(-size // self.part)

    @contextmanager
    def _at_the_disk(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            mend = "Make room on the box" if full else "Check the box's disk and the owner of the folder"
            words = f"{self.folder}: the disk refuses ({error.strerror or error}). {mend}, then go on."
            raise UploadRefused(Fault.ROOM if full else Fault.DISK, words) from error


def _check_name(name: str) -> None:
    # It becomes the name of a file: anything else could lead out of the folder.
    if not _NAME.fullmatch(name):
        raise UploadRefused(Fault.CALL, "an upload is named by its SHA-256: 64 digits 0-9 and a-f.")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
