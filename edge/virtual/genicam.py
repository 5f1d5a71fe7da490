"""A GenICam camera behind a harvester that checks what it is given."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from types import SimpleNamespace, TracebackType
from typing import Any

import numpy as np

_LOCKED = frozenset({"Width", "Height", "PixelFormat"})


class Feature:
    """A node: what it takes, and when."""

    def __init__(self, camera: VirtualGenicam, name: str, value: Any) -> None:
        self._camera, self._name, self._value = camera, name, value

    @property
    def value(self) -> Any:
        return self._value

    @value.setter
    def value(self, wish: Any) -> None:
        automatic = getattr(
            self._camera.nodes, {"ExposureTime": "ExposureAuto", "Gain": "GainAuto"}.get(self._name, ""), None
        )
        if type(wish) is not type(self._value):
            raise TypeError(f"{self._name} is a {type(self._value).__name__}")
        if self._camera.acquiring and self._name in _LOCKED:
            raise RuntimeError(f"{self._name} is locked while frames are acquired")
        if automatic is not None and automatic.value != "Off":
            raise RuntimeError(f"{self._name} is not writable while its automatic is on")
        if self._name not in self._camera.stubborn:
            self._value = wish


@dataclass
class VirtualGenicam:
    """Frames come when they are given. Used in another order than GenTL's, it raises.

    Faults to order: `stubborn` features that say yes and stay as they are; `gone`; `left` counts buffers that were
    not given back.
    """

    serial: str = "S1"
    stubborn: set[str] = field(default_factory=set)
    gone: bool = False
    acquiring: bool = False
    open: int = 0
    left: int = 0

    def __post_init__(self) -> None:
        values = {
            "PixelFormat": "Mono8", "Width": 64, "Height": 48, "ExposureAuto": "Continuous", "ExposureTime": 1000.0,
            "GainAuto": "Continuous", "Gain": 0.0, "AcquisitionFrameRateEnable": False, "AcquisitionFrameRate": 10.0,
        }  # fmt: skip
        self.nodes = SimpleNamespace()
        for name, value in values.items():
            setattr(self.nodes, name, Feature(self, name, value))
        self.frames: queue.Queue[np.ndarray | None] = queue.Queue()

    def give(self, pixels: np.ndarray | None) -> None:
        """A frame in the camera's pixel format, uint8; None for a time-out."""
        self.frames.put(pixels)

    def harvester(self) -> Any:
        return _Harvester(self)


class _Harvester:
    def __init__(self, camera: VirtualGenicam) -> None:
        self._camera = camera
        self._files: list[str] = []
        self._acquirer: _Acquirer | None = None
        self.device_info_list: list[Any] = []
        camera.open += 1

    def add_file(self, file_path: str, check_existence: bool = False) -> None:
        if not file_path.endswith(".cti"):
            raise ValueError(f"{file_path} is no GenTL producer")
        self._files.append(file_path)

    def update(self) -> None:
        if self._files and not self._camera.gone:
            self.device_info_list = [SimpleNamespace(serial_number=self._camera.serial)]

    def create(self, search_key: int | dict[str, str]) -> Any:
        if not self.device_info_list or search_key not in (0, {"serial_number": self._camera.serial}):
            raise ValueError(f"no device for {search_key}")
        self._acquirer = _Acquirer(self._camera)
        return self._acquirer

    def reset(self) -> None:
        if self._acquirer is not None and self._camera.acquiring:
            raise RuntimeError("reset while frames are acquired")
        self._camera.open -= 1


class _Acquirer:
    def __init__(self, camera: VirtualGenicam) -> None:
        self._camera = camera
        self.remote_device = SimpleNamespace(node_map=camera.nodes)

    def start(self) -> None:
        self._camera.acquiring = True

    def try_fetch(self, *, timeout: float) -> Any:
        if not self._camera.acquiring:
            raise RuntimeError("fetched before the start")
        pixels = self._camera.frames.get()
        if self._camera.gone:
            raise RuntimeError("GC_ERR_IO")
        return None if pixels is None else _Buffer(self._camera, pixels)

    def stop(self) -> None:
        self._camera.acquiring = False

    def destroy(self) -> None:
        if self._camera.acquiring:
            raise RuntimeError("destroyed while frames are acquired")


class _Buffer:
    """Its pixels are the producer's again once it is given back, and are overwritten."""

    def __init__(self, camera: VirtualGenicam, pixels: np.ndarray) -> None:
        self._camera, self._pixels = camera, np.array(pixels)
        height, width = pixels.shape[:2]
        component = SimpleNamespace(
            data=self._pixels.reshape(-1), height=height, width=width, data_format=camera.nodes.PixelFormat.value
        )
        self.payload = SimpleNamespace(components=[component])
        camera.left += 1

    def __enter__(self) -> _Buffer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pixels[:] = 0
        self._camera.left -= 1
