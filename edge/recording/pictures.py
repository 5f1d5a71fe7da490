"""A data set that grows: pictures in MVTec AD layout, and `provenance.jsonl` with a line on where each came from.

Nothing that is there is ever overwritten, and whatever cuts the work short, it goes on in the same folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import cv2

from edge.disk import Disk, RealDisk
from edge.errors import RinglightError, UsageError
from edge.parts import Image

PROVENANCE = "provenance.jsonl"


class PictureSet:
    """The data set in a folder, which is made if need be. Open it with `opened`.

    `known` names the pictures, relative to the folder, that have a line in the provenance.
    """

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root
        self.known: dict[str, dict[str, Any]] = {}
        self._disk = disk or RealDisk()

    @contextmanager
    def opened(self) -> Iterator[PictureSet]:
        """Holds the folder against others, and reads what is there.

        Raises:
            UsageError: somebody else works on it, or its provenance is none of ours.
            RinglightError: the disk refuses.
        """
        try:
            self._disk.mkdir(self.root)
            held = self._disk.lock(self.root, wait=False)
        except OSError as error:
            raise self._refused(error) from error
        with held as mine:
            if not mine:
                raise UsageError(f"{self.root}: somebody else records into it now. Wait for its end, or name another.")
            self._read()
            yield self

    def add(self, name: str, data: bytes, facts: Mapping[str, Any]) -> bool:
        """Keeps a picture under `name` (such as `train/good/1.png`) and notes the facts and its SHA-256.

        Returns:
            False where a picture of that name is there already; it stays as it is.

        Raises:
            RinglightError: the disk refuses. What was added before is safe.
        """
        path = self.root / name
        if name in self.known:
            return False
        digest = hashlib.sha256(data).hexdigest()
        try:
            if path.exists():
                # The power went between the picture and its line; another picture of that name is not ours.
                if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                    return False
            else:
                self._write(path, data)
            line = {"file": name, **facts, "sha256": digest}
            self._note(line)
        except OSError as error:
            raise self._refused(error) from error
        self.known[name] = line
        return True

    def move(self, old: str, new: str, facts: Mapping[str, Any]) -> bool:
        """Gives a picture another name, because more is known of it now. False where that name is taken, or the
        picture is gone.

        Raises:
            RinglightError: the disk refuses. The move is then undone, or done at the next `opened`.
        """
        try:
            data = (self.root / old).read_bytes()
            if not self.add(new, data, {**facts, "moved_from": old}):
                return False
            self._forget(old)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._refused(error) from error
        return True

    def count(self, folder: str) -> int:
        """How many pictures of the provenance lie in a folder, such as `train/good`."""
        return sum(name.rpartition("/")[0] == folder for name in self.known)

    def _write(self, path: Path, data: bytes) -> None:
        self._disk.mkdir(path.parent)
        half = path.with_name(path.name + ".new")
        try:
            self._disk.write(half, data)
            self._disk.fsync(half)
            self._disk.rename(half, path)
        except OSError:
            with suppress(OSError):
                self._disk.unlink(half)
            raise
        self._disk.fsync(path.parent)

    def _note(self, line: Mapping[str, Any]) -> None:
        file = self.root / PROVENANCE
        with file.open("ab") as out:
            before = out.tell()
            try:
                out.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
                out.flush()
                self._disk.fsync(file)
            except OSError:
                out.truncate(before)  # half a line would be the next one's beginning
                raise

    def _read(self) -> None:
        file = self.root / PROVENANCE
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused(error) from error
        whole, _, torn = data.rpartition(b"\n")
        if torn:  # cut short with the power; its picture gets its line anew
            with file.open("rb+") as out:
                out.truncate(len(data) - len(torn))
        for number, text in enumerate(whole.splitlines(), start=1):
            try:
                line = json.loads(text)
                self.known[line["file"]] = line
                if "moved_from" in line:
                    self._forget(line["moved_from"])
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    f"{file}:{number}: is no line on a picture ({error}). Mend it, or name another folder."
                ) from error

    def _forget(self, name: str) -> None:
        """The picture has another name. What lies under the old one is not removed unless it is that picture."""
        line, path = self.known.pop(name, None), self.root / name
        if line is not None and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == line["sha256"]:
            self._disk.unlink(path)

    def _refused(self, error: OSError) -> RinglightError:
        safe = f"{len(self.known)} pictures are safe. " if self.known else ""
        return RinglightError(
            f"{self.root}: the disk refuses ({error.strerror or error}). {safe}Make room or mend your rights, then "
            "call this again: it goes on where it stopped."
        )


def png(image: Image) -> bytes:
    """A picture, uint8 RGB [H, W, 3], without loss.

    Raises:
        RinglightError: it cannot be encoded.
    """
    # A little larger than with the default level, and three times as quick: the line does not wait.
    done, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise RinglightError(f"a picture {image.shape} cannot be written as PNG")
    return data.tobytes()
