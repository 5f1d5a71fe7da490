"""What slots, keys and records ask of a disk, and the order of calls that survives a power cut at any instant.

Every change goes through a `Disk`, so that `edge.virtual.disk` can cut the power before each one of them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """The calls that change a disk, one system call each (`write` apart). All raise OSError."""

    def read(self, path: Path) -> bytes: ...

    def readlink(self, path: Path) -> str: ...

    def write(self, path: Path, data: bytes, *, private: bool = False) -> None:
        """Writes a new file; it may be lost, or half there, until `fsync`. `private`: only its owner may read it."""
        ...

    def fsync(self, path: Path) -> None:
        """Waits until a file's content, or a folder's names, are on the disk."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Gives a file or link another name in the same folder; what had that name is gone."""
        ...

    def move(self, old: Path, new: Path) -> None:
        """Takes a file to another folder of the same disk. A power cut leaves it in one of both, or in both."""
        ...

    def link(self, path: Path, target: str) -> None:
        """Makes a symbolic link; `target` is relative to the link's folder."""
        ...

    def unlink(self, path: Path) -> None: ...

    def mkdir(self, path: Path) -> None:
        """Makes a folder; one that is there already will do."""
        ...

    def free(self, folder: Path) -> int:
        """Bytes that may still be written below a folder."""
        ...

    def lock(self, folder: Path, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Holds a folder against other processes that ask; gives whether it is held (`wait` False: it may not be)."""
        ...


class RealDisk:
    """The machine's disk."""

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def readlink(self, path: Path) -> str:
        return str(path.readlink())

    def write(self, path: Path, data: bytes, *, private: bool = False) -> None:
        # With its mode from the first byte on: what others could read for an instant is no secret.
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600 if private else 0o666)
        with os.fdopen(number, "wb") as file:
            if private:
                os.fchmod(number, 0o600)
            file.write(data)
        give_to_owner(path)

    def fsync(self, path: Path) -> None:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)

    def move(self, old: Path, new: Path) -> None:
        old.replace(new)

    def link(self, path: Path, target: str) -> None:
        path.symlink_to(target)
        give_to_owner(path)

    def unlink(self, path: Path) -> None:
        path.unlink()

    def mkdir(self, path: Path) -> None:
        if path.is_dir():
            return
        self.mkdir(path.parent)
        path.mkdir(exist_ok=True)
        give_to_owner(path)

    def free(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free

    @contextmanager
    def lock(self, folder: Path, *, wait: bool = True) -> Iterator[bool]:
        # The folder itself is locked: a lock file could not be made on a disk that is full or read-only.
        number = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(number)


def replace_file(disk: Disk, path: Path, data: bytes, *, private: bool = False) -> None:
    """At `path` lies the old file or the new one, whole, whenever the power is cut."""
    temporary = _temporary(path)
    try:
        disk.write(temporary, data, private=private)
        disk.fsync(temporary)
        disk.rename(temporary, path)
    except OSError:
        with suppress(OSError):
            disk.unlink(temporary)
        raise
    disk.fsync(path.parent)


def replace_link(disk: Disk, path: Path, target: str) -> None:
    """The link leads to the old target or to the new one, whenever the power is cut."""
    temporary = _temporary(path)
    if os.path.lexists(temporary):  # left there by a power cut
        disk.unlink(temporary)
    disk.link(temporary, target)
    disk.rename(temporary, path)
    disk.fsync(path.parent)


def give_to_owner(path: Path) -> None:
    """Root writes here when somebody calls the command with sudo. The box, another user, could not change what is
    root's, or not even read it, and the old model would stay."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        with suppress(PermissionError):  # a root without this right is not the box's either
            os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def _temporary(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def replace_durably(path: Path, data: bytes) -> None:
    """A power cut leaves the old file or the new one."""
    half = path.with_name(path.name + ".tmp")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
