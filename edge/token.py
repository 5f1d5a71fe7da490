"""The token that the box's HTTP interface asks for before it changes the box or gives pictures away in bulk.

A bearer token (RFC 6750) in a small file that only its owner may read, the same on the box and on the desk.
"""

from __future__ import annotations

import hmac
import re
import secrets
from pathlib import Path

from edge.disk import Disk, RealDisk, replace_file
from edge.errors import UsageError

_BYTES = 32
_LARGEST = 4096
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{32,256}=*")
_MAKE = "Make one on the box: ringlight token --config FILE"


def make_token(path: Path, disk: Disk | None = None) -> str:
    """Writes a new token (256 random bits) to `path`, in place of one that is there, and returns it.

    Raises:
        UsageError: the file cannot be written.
    """
    disk, token = disk or RealDisk(), secrets.token_urlsafe(_BYTES)
    try:
        disk.mkdir(path.parent)
        replace_file(disk, path, token.encode() + b"\n", private=True)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror or error}). Call it as the user that the box runs as, or set "
            "status.token_file."
        ) from error
    return token


def read_token(path: Path) -> str:
    """The token in a file.

    Raises:
        UsageError: there is none, it cannot be read, or it holds something else. No message contains what it holds.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("ascii").strip()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no token. {_MAKE}, and copy it to the desk.") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}). It belongs to the user that uses it.") from error
    except UnicodeDecodeError:
        text = ""
    if not _TOKEN.fullmatch(text):
        raise UsageError(f"{path}: holds no token. {_MAKE} --renew, and copy it to the desk.")
    return text


def bearer(token: str) -> dict[str, str]:
    """The header of a request that carries the token."""
    return {"Authorization": f"Bearer {token}"}


def carries(header: str, token: str) -> bool:
    """Whether an `Authorization` header carries the token; takes as long for a near miss as for a far one."""
    scheme, _, told = header.partition(" ")
    return hmac.compare_digest(told.strip().encode(), token.encode()) and scheme.lower() == "bearer"
