"""The trust folder: `ID.pub` for each key that is trusted, `revoked/ID.pub` for each that is no more.

A key is what its file holds, whatever the file is called. Who is in both places is revoked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge.disk import RealDisk, replace_file
from edge.errors import UsageError
from edge.trust.keys import PublicKey

_SUFFIX = ".pub"
_DISK = RealDisk()


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """The keys of a box. The folder need not exist; then nobody is trusted."""

    path: Path

    def trusted(self) -> dict[str, PublicKey]:
        """The keys that are trusted, by their ids. Files that hold no key are left out; `damaged` names them.

        Raises:
            UsageError, here and below: a folder that is there cannot be read.
        """
        revoked = self.revoked()
        return {key.id: key for key in _keys(self.path) if key.id not in revoked}

    def revoked(self) -> set[str]:
        """Ids that were revoked, by the names of the files too: a damaged one revokes still."""
        folder = self.path / "revoked"
        return {key.id for key in _keys(folder)} | {file.stem for file in _files(folder)}

    def damaged(self) -> list[Path]:
        """Files of the folder that hold no Ed25519 public key."""
        return [file for file in _files(self.path) if _key(file) is None]

    def trust(self, file: Path) -> PublicKey:
        """Trusts the key in `file` from now on. Trusting a key twice changes nothing.

        Raises:
            UsageError: the file holds no key, the key was revoked here, or the folder cannot be written.
        """
        key = PublicKey.read(file)
        if key.id in self.revoked():
            raise UsageError(
                f"{file}: the key {key.id} was revoked on this box and stays so. Sign with a new key (`ringlight keys "
                f"new`); if the revocation was a mistake, remove {self._revoked_file(key.id)} by hand first."
            )
        self._write(self.path / (key.id + _SUFFIX), key.pem())
        return key

    def revoke(self, key_id: str) -> None:
        """Trusts the key no more, and remembers it.

        Raises:
            UsageError: no such key is trusted, or the folder cannot be written.
        """
        key = self.trusted().get(key_id)
        if key is None:
            if key_id in self.revoked():
                return
            known = ", ".join(sorted(self.trusted())) or "none"
            raise UsageError(f"{self.path}: has no key {key_id!r} (trusted: {known}). See `ringlight keys list`.")
        # First the new place, then the old one: a power cut in between leaves the key in both, and so revoked.
        self._write(self._revoked_file(key_id), key.pem())
        try:
            for file in _files(self.path):
                held = _key(file)
                if held is not None and held.id == key_id:
                    file.unlink()
            _DISK.fsync(self.path)
        except OSError as error:
            raise self._unwritable(error) from error

    def _revoked_file(self, key_id: str) -> Path:
        return self.path / "revoked" / (key_id + _SUFFIX)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            _DISK.mkdir(path.parent)
            replace_file(_DISK, path, data)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self.path}: cannot be written ({error.strerror}). Call it as the owner of the folder.")


def _files(folder: Path) -> list[Path]:
    try:
        # Not glob: it takes a folder that it may not read for an empty one.
        return sorted(file for file in folder.iterdir() if file.name.endswith(_SUFFIX))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be read ({error.strerror}). Give it to the user that the box runs as."
        ) from error


def _key(file: Path) -> PublicKey | None:
    try:
        return PublicKey.read(file)
    except UsageError:
        return None


def _keys(folder: Path) -> list[PublicKey]:
    return [key for file in _files(folder) if (key := _key(file)) is not None]
