"""The inbox: a folder that bundles are copied into, from a stick or over the network.

NAME.ringlight            to be taken, as soon as its copy is complete
NAME.ringlight.taking     is being taken; after a power cut, tried once more as NAME.ringlight.retaking
refused/NAME.ringlight    was refused; refused/NAME.ringlight.txt says why

A name is changed before anything is done with its file: what cannot be moved is not installed, so nothing is ever
installed over and over.
"""

from __future__ import annotations

import logging
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.bundle import Bundle
from edge.clock import NS_PER_S, Clock
from edge.disk import Disk, replace_file
from edge.errors import BundleError, RinglightError, UsageError

ENDING = ".ringlight"
_TAKING, _RETAKING = ".taking", ".retaking"
_LOOK_NS = NS_PER_S // 2
_QUIET_NS = 2 * NS_PER_S
_PATIENCE_NS = 60 * NS_PER_S
_KEPT = 10
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    """How a file looked, and since when it has looked so."""

    looks: tuple[int, int]
    since_ns: int
    broken: bool = field(default=False)  # no bundle, as it looks now


class Inbox:
    """One run over the folder: takes what is there, and what comes meanwhile.

    Args:
        take: puts a file into the slots; a RinglightError refuses it.
        say: told what is done.
    """

    def __init__(
        self,
        folder: Path,
        disk: Disk,
        clock: Clock,
        take: Callable[[Path], object],
        say: Callable[[str], object] = lambda words: None,
    ) -> None:
        self.folder = folder
        self._disk = disk
        self._clock = clock
        self._take = take
        self._say = say
        self._never = threading.Event()
        self._seen: dict[str, _Seen] = {}

    def run(self) -> bool:
        """Takes everything, and returns whether nothing was refused. A copy that is not complete is waited for; one
        that has not grown for a minute is refused.

        Raises:
            UsageError: there is no such folder.
            RinglightError: it takes no changes; then nothing was installed.
        """
        good = True
        try:
            with self._disk.lock(self.folder):
                for path in self._named(_RETAKING):
                    good &= self._refuse(path, "it was cut off twice while it was taken. Look at the box's log.")
                for path in self._named(_TAKING):
                    good &= self._do(self._renamed(path, _RETAKING))
                while waiting := self._named(""):
                    done = [path for path in waiting if self._complete(path)]
                    for path in done:
                        good &= self._do(self._renamed(path, _TAKING))
                    if not done:
                        self._clock.wait(self._never, _LOOK_NS)
        except FileNotFoundError as error:
            if self.folder.is_dir():
                raise self._unchangeable(error) from error
            raise UsageError(f"{self.folder}: there is no such folder. Make it, or correct flash.inbox.") from error
        except OSError as error:
            raise self._unchangeable(error) from error
        return good

    def _named(self, ending: str) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.name.endswith(ENDING + ending))

    def _renamed(self, path: Path, ending: str) -> Path:
        new = path.with_name(_plain(path) + ending)
        self._disk.move(path, new)
        self._disk.fsync(self.folder)
        return new

    def _complete(self, path: Path) -> bool:
        """Whether nobody writes to a file any more: it is a whole bundle that was left alone for a moment, or
        something else that was left alone for long."""
        try:
            facts = path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(facts.st_mode):
            return True
        now, looks = self._clock.now_ns(), (facts.st_size, facts.st_mtime_ns)
        seen = self._seen.get(path.name)
        if seen is None or seen.looks != looks:
            seen = self._seen[path.name] = _Seen(looks, now)
        quiet = now - seen.since_ns
        if quiet < _QUIET_NS:
            return False
        if not seen.broken:
            try:
                Bundle.read(path)
                return True
            except BundleError:
                seen.broken = True
        return quiet >= _PATIENCE_NS

    def _do(self, path: Path) -> bool:
        name = _shown(path)
        self._say(f"{name}: taking it in")
        self._seen.pop(_plain(path), None)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise UsageError("is no ordinary file. Copy the bundle itself here.")
            self._take(path)
        except RinglightError as error:
            return self._refuse(path, str(error).replace(str(path), name))
        except Exception as error:
            _log.exception("%s could not be taken", name)
            return self._refuse(path, f"failed: {type(error).__name__}: {error}. Look at the box's log.")
        self._disk.unlink(path)
        self._disk.fsync(self.folder)
        self._say(f"{name}: taken")
        return True

    def _refuse(self, path: Path, why: str) -> bool:
        self._say(f"{_shown(path)}: refused: {why}")
        refused = self.folder / "refused"
        # Each time: a folder that is there may not be on the disk yet, if that failed when it was made.
        self._disk.mkdir(refused)
        self._disk.fsync(self.folder)
        replace_file(self._disk, refused / f"{_plain(path)}.txt", f"{_shown(path)} was refused: {why}\n".encode())
        self._disk.move(path, refused / _plain(path))
        self._disk.fsync(refused)
        self._disk.fsync(self.folder)
        self._forget_old(refused)
        return False

    def _forget_old(self, refused: Path) -> None:
        """What was refused is kept to be looked at, and must not fill the disk."""
        reasons = sorted(refused.glob(f"*{ENDING}.txt"), key=lambda file: file.lstat().st_mtime_ns, reverse=True)
        for file in reasons[_KEPT:]:
            with suppress(OSError):  # a folder that somebody put there is somebody's
                self._disk.unlink(file.with_suffix(""))
            self._disk.unlink(file)

    def _unchangeable(self, error: OSError) -> RinglightError:
        return RinglightError(
            f"{self.folder}: takes no changes ({error.strerror or error}), so what lies there is left alone. Give it "
            "to the user that the box runs as, and check the disk."
        )


def _plain(path: Path) -> str:
    """NAME.ringlight, whatever became of it."""
    return path.name.removesuffix(_TAKING).removesuffix(_RETAKING)


def _shown(path: Path) -> str:
    # A name with line ends in it could write lines of its own into the log.
    name = _plain(path)
    return name if name.isprintable() else repr(name)
