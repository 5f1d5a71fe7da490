"""Where compiled engines are kept: one folder for each model, GPU, driver and set of options.

An engine that was built for another driver or other options is not found, rather than loaded: what TensorRT itself
checks of a cached engine is less than that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from edge.disk import RealDisk, give_to_owner, replace_file

FOLDER = "engines"
_FINISHED = "finished"
_TOLD_BY = (
    "proc/driver/nvidia/version",
    "proc/driver/nvidia/gpus/*/information",
    "etc/nv_tegra_release",
    "proc/device-tree/model",
)


def gpu_identity(root: Path = Path("/")) -> str:
    """GPU and driver in the kernel's own words (a Jetson's release and board among them); empty without either."""
    words = []
    for pattern in _TOLD_BY:
        for file in sorted(root.glob(pattern)):
            with suppress(OSError):
                words.append(file.read_bytes().decode("utf-8", "replace").strip("\0\n "))
    return "\n".join(words)


def engine_folder(root: Path, model: bytes, identity: str, version: str, options: Mapping[str, str]) -> Path:
    """The folder of one model's engines under `root`.

    Args:
        identity: of `gpu_identity`. version: of ONNX Runtime. options: the provider's, without any path.
    """
    about = json.dumps([identity, version, sorted(options.items())])
    return root / f"{_short(model)}-{_short(about.encode())}"


def prepare(folder: Path) -> bool:
    """Makes a folder ready to be compiled into or loaded from, and says whether files can be kept in it.

    What lies there without having been finished (the power was cut, the compiler was killed) is removed: half an engine
    is not loaded, and keeps its provider from running.
    """
    try:
        RealDisk().mkdir(folder)
        probe = folder / ".probe"
        probe.write_bytes(b"x")
        probe.unlink()
        if not finished(folder):
            for file in files_in(folder):
                file.unlink()
    except OSError:
        return False
    return True


def finish(folder: Path) -> None:
    """Everything was compiled and has run: from now on it is loaded. Where the disk refuses, it is compiled again."""
    if finished(folder):
        return
    disk = RealDisk()
    with suppress(OSError):
        for file in files_in(folder):
            disk.fsync(file)
            give_to_owner(file)
        replace_file(disk, folder / _FINISHED, b"")


def finished(folder: Path) -> bool:
    """Whether what is to be compiled into a folder was, to its end."""
    return (folder / _FINISHED).is_file()


def files_in(root: Path) -> list[Path]:
    """All files below a folder, those first that say that others are whole: they are the first to be removed."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return sorted(found, key=lambda path: path.name != _FINISHED)


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
