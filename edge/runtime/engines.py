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

FOLDER = "engines"
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


def usable(folder: Path) -> bool:
    """Whether files can be kept in a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError:
        return False
    return True


def holds_engine(folder: Path) -> bool:
    """Whether something was compiled into a folder before."""
    return folder.is_dir() and any(entry.is_file() and entry.name != ".probe" for entry in folder.rglob("*"))


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
