"""A disk that takes orders for faults, over a real folder: full, read-only, failing, or without power.

What was not synced is lost, or half there, when the power is cut, as POSIX allows a file system to do it (Pillai et al.
2014, "All file systems are not created equal"). It also checks what it is given: a call that would only go well while
the power stays on is an AssertionError.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from edge.disk import RealDisk


class PowerCut(BaseException):
    """The machine went dark, or the process was killed, before an operation. No product code may catch it."""


class Afterwards(Enum):
    """What a disk does with what was not synced."""

    LOST = "lost"  # neither names nor contents reached it
    TORN = "torn"  # names reached it before their contents, of which half is there
    KILLED = "killed"  # only the process died: the kernel writes all of it


class VirtualDisk(RealDisk):
    """Does what it is told in the folder `root`, except where a fault was ordered.

    `operations` lists what was done, as (name, path). A fault is ordered by setting `cut_before` or `fail_at` to the
    index of an operation, or `full` or `read_only`; `free_bytes` is what it says to have left.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.operations: list[tuple[str, str]] = []
        self.cut_before: int | None = None
        self.fail_at: int | None = None
        self.full = False
        self.read_only = False
        self.truncate = False
        self.free_bytes: int | None = None
        self._dark = False
        self._held: set[Path] = set()
        self._synced: dict[Path, bytes] = {}
        self._settle()

    def write(self, path: Path, data: bytes, *, private: bool = False) -> None:
        self._operate("write", path)
        assert path.name.endswith(".new"), f"{path} is written in place: a power cut would leave half of it"
        self._synced.pop(path, None)
        if self.full:
            super().write(path, data[: len(data) // 2], private=private)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        super().write(path, data[: len(data) // 2] if self.truncate else data, private=private)

    def fsync(self, path: Path) -> None:
        self._operate("fsync", path)
        if not path.is_dir():
            self._synced[path] = path.read_bytes()
            return
        for name in [known for known in self._names if known.parent == path]:
            del self._names[name]
        for name in path.iterdir():
            self._names[name] = self._kept(name)

    def rename(self, old: Path, new: Path) -> None:
        self._operate("rename", old)
        assert old.parent == new.parent, f"{old} → {new}: one sync of one folder must do"
        assert old.is_symlink() or old in self._synced, f"{old} is renamed before it is synced"
        super().rename(old, new)
        if old in self._synced:
            self._synced[new] = self._synced.pop(old)

    def move(self, old: Path, new: Path) -> None:
        self._operate("move", old)
        super().move(old, new)
        if old in self._synced:
            self._synced[new] = self._synced.pop(old)

    def link(self, path: Path, target: str) -> None:
        self._operate("link", path)
        assert not Path(target).is_absolute(), f"{path} → {target}: the folder could not be moved"
        super().link(path, target)

    def unlink(self, path: Path) -> None:
        self._operate("unlink", path)
        super().unlink(path)
        self._synced.pop(path, None)

    def mkdir(self, path: Path) -> None:
        self._operate("mkdir", path)
        super().mkdir(path)

    def free(self, folder: Path) -> int:
        return super().free(folder) if self.free_bytes is None else self.free_bytes

    @contextmanager
    def lock(self, folder: Path, *, wait: bool = True) -> Iterator[bool]:
        assert folder not in self._held, f"{folder} is locked twice: the process would wait for itself"
        self._held.add(folder)
        try:
            with super().lock(folder, wait=wait) as held:
                yield held
        finally:
            self._held.discard(folder)

    def power_on(self, afterwards: Afterwards) -> None:
        """The machine runs again, with what `afterwards` says was on the disk; no fault is ordered any more."""
        if afterwards is Afterwards.LOST:
            self._restore()
        elif afterwards is Afterwards.TORN:
            for path in self._files():
                if not path.is_symlink() and path not in self._synced:
                    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self._dark, self.cut_before, self.fail_at = False, None, None
        self.full = self.read_only = self.truncate = False
        self._settle()

    def _operate(self, name: str, path: Path) -> None:
        assert path.is_relative_to(self.root), f"{path} is none of the slots' business"
        if self._dark or len(self.operations) == self.cut_before:
            self._dark = True
            raise PowerCut(f"before {name} {path.name}")
        index = len(self.operations)
        self.operations.append((name, str(path.relative_to(self.root))))
        if self.read_only and name != "fsync":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        if self.fail_at == index:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    def _files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_symlink() or path.is_file()]

    def _kept(self, path: Path) -> bytes | str | None:
        """What of a name the disk would bring back: a link's target, a file's synced bytes; None for a folder."""
        if path.is_symlink():
            return str(path.readlink())
        return None if path.is_dir() else self._synced.get(path, b"")

    def _settle(self) -> None:
        """Everything that is in the folder now is on the disk."""
        self._synced = {path: path.read_bytes() for path in self._files() if not path.is_symlink()}
        self._names = {path: self._kept(path) for path in self.root.rglob("*")}

    def _restore(self) -> None:
        for path in self._files():
            path.unlink()
        for path in sorted(self.root.rglob("*"), reverse=True):
            if path not in self._names:
                path.rmdir()
        for path, kept in self._names.items():
            if isinstance(kept, bytes):
                path.write_bytes(kept)
            elif isinstance(kept, str):
                path.symlink_to(kept)
