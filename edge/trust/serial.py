"""The highest serial that a box has run, on disk: an older model, perhaps one with a known weakness, does not come back
because somebody still has its file.

One record for the whole box, because one line runs one model; bundles that were excused by an operator are listed.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.bundle import Sha256
from edge.disk import RealDisk, replace_file
from edge.errors import RinglightError

_KEPT = 32
_LARGEST = 1 << 20
_DISK = RealDisk()


class Excuse(BaseModel):
    """An older bundle that an operator let in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    manifest: Sha256 = Field(description="SHA-256 of its manifest.")
    model_id: str
    serial: int = Field(ge=1)
    reason: str = Field(min_length=1)
    at: str = Field(description="Wall time, ISO 8601, UTC.")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    highest: int = Field(default=0, ge=0)
    excused: tuple[Excuse, ...] = ()


class SerialRecord:
    """The record in one file. Without the file no serial has been seen."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def highest(self) -> int:
        """The highest serial that was run. Raises RinglightError where the file is damaged."""
        return self._read().highest

    def excused(self) -> tuple[Excuse, ...]:
        """The older bundles that were let in, the latest last. Raises RinglightError where the file is damaged."""
        return self._read().excused

    def raise_to(self, serial: int) -> None:
        """Remembers a serial, durably. A lower one than the highest changes nothing.

        Raises:
            RinglightError: the file is damaged or cannot be written.
        """
        record = self._read()
        if serial > record.highest:
            self._write(record.model_copy(update={"highest": serial}))

    def excuse(self, excuse: Excuse) -> None:
        """Remembers that an operator let an older bundle in, so that the next start does not ask again.

        Raises:
            RinglightError: the file is damaged or cannot be written.
        """
        record = self._read()
        others = tuple(known for known in record.excused if known.manifest != excuse.manifest)
        self._write(record.model_copy(update={"excused": (*others, excuse)[-_KEPT:]}))

    def _read(self) -> _Record:
        try:
            with self.path.open("rb") as file:
                data = file.read(_LARGEST)
            return _Record.model_validate_json(data)
        except FileNotFoundError:
            return _Record()
        except OSError as error:
            raise RinglightError(f"{self.path}: cannot be read ({error.strerror}). Check its owner.") from error
        except ValidationError as error:
            raise RinglightError(
                f"{self.path}: the record of serials is damaged, and the box does not guess. Restore it, or remove it: "
                "then the next model that runs starts a new record, however old it is."
            ) from error

    def _write(self, record: _Record) -> None:
        try:
            _DISK.mkdir(self.path.parent)
            replace_file(_DISK, self.path, record.model_dump_json(indent=2).encode() + b"\n")
        except OSError as error:
            raise RinglightError(
                f"{self.path}: cannot be written ({error.strerror}). Check trust.serial_file, its owner and the disk."
            ) from error
