"""Ed25519 keys (RFC 8032) and what they sign. A key's id is the first 16 hex digits of SHA-256 over its 32 bytes."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from edge.bundle import Signature
from edge.errors import UsageError

_LARGEST = 4096
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with."""

    id: str
    key: Ed25519PublicKey

    @classmethod
    def of(cls, key: Ed25519PublicKey) -> PublicKey:
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return cls(hashlib.sha256(raw).hexdigest()[:16], key)

    @classmethod
    def read(cls, path: Path) -> PublicKey:
        """Reads a PEM file (SubjectPublicKeyInfo). Raises UsageError, which names the file, where it is not one."""
        try:
            key = serialization.load_pem_public_key(_content(path))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(f"{path}: is no public key. Name the NAME.pub that `ringlight keys new` made.") from error
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError(f"{path}: is a key of another kind than Ed25519. Make one with `ringlight keys new`.")
        return cls.of(key)

    def pem(self) -> bytes:
        """The key as its file holds it."""
        return self.key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: Signature, data: bytes) -> bool:
        """Whether this key made the signature over exactly these bytes."""
        try:
            self.key.verify(bytes.fromhex(signature.ed25519), data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs. It stays on the desk."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> PrivateKey:
        """Reads a PEM file (PKCS #8, not encrypted). Raises UsageError, which names the file, where it is not one."""
        try:
            key = serialization.load_pem_private_key(_content(path), password=None)
        # TypeError is its word for a file that wants a password.
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            mend = "Name the NAME.pem that `ringlight keys new` made."
            raise UsageError(f"{path}: is no private key, or is encrypted. {mend}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError(f"{path}: is a key of another kind than Ed25519. Make one with `ringlight keys new`.")
        return cls(key)

    @property
    def public(self) -> PublicKey:
        return PublicKey.of(self.key.public_key())

    def sign(self, data: bytes) -> Signature:
        """Signs these bytes."""
        return Signature(key_id=self.public.id, ed25519=self.key.sign(data).hex())


def make_keys(folder: Path, name: str) -> tuple[Path, Path, PublicKey]:
    """Makes a pair of keys: NAME.pem, which only its owner may read, and NAME.pub.

    Returns both files and the public key.

    Raises:
        UsageError: the name is no file name, a file is there already, or the folder cannot be written.
    """
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise UsageError(f"{name!r} is no name for a key: take letters, digits, and . _ - inside.")
    key = PrivateKey(Ed25519PrivateKey.generate())
    pem = key.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    if public.exists():
        raise UsageError(f"{public}: exists, and may be trusted somewhere. Take another --name or another --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _create(private, pem, 0o600)
        _create(public, key.public.pem(), 0o644)
    except FileExistsError as error:
        raise UsageError(f"{error.filename}: exists and is kept. Take another --name or another --out.") from error
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}). Name another folder with --out.") from error
    return private, public, key.public


def _create(path: Path, data: bytes, mode: int) -> None:
    """Exclusively, with its mode from the first byte on: a key that others could read for an instant is lost."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
