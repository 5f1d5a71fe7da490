"""Industrial cameras through GenICam: the maker's GenTL producer, and `harvesters` above it.

Feature names are those of the GenICam Standard Features Naming Convention.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from edge.camera.grabbed import GrabbedCamera
from edge.camera.grabber import Grabber, Source
from edge.clock import Clock
from edge.config.camera import CameraConfig
from edge.errors import CameraError
from edge.health import Check, Level

_FETCH_S = 0.5
_MOST_EMPTY = 10  # fetches in a row without a frame
_TOLERANCE = 0.02
_CHANNELS = {"RGB8": 3, "BGR8": 3, "RGBa8": 4}
_TO_BGR = {
    "Mono8": cv2.COLOR_GRAY2BGR,
    "RGB8": cv2.COLOR_RGB2BGR,
    "BGR8": None,
    "RGBa8": cv2.COLOR_RGBA2BGR,
    "BayerRG8": cv2.COLOR_BayerRGGB2BGR,
    "BayerGB8": cv2.COLOR_BayerGBRG2BGR,
    "BayerGR8": cv2.COLOR_BayerGRBG2BGR,
    "BayerBG8": cv2.COLOR_BayerBGGR2BGR,
}


def _harvester() -> Any:
    try:
        return import_module("harvesters.core").Harvester()
    except ImportError as error:
        raise CameraError("GenICam needs harvesters: pip install 'ringlight[genicam]'") from error


class GenicamCamera(GrabbedCamera):
    """A camera by its serial number (`camera.device`), or the only one where that is empty.

    Args:
        make_harvester: gives a `harvesters.core.Harvester`; the virtual one (`edge.virtual.genicam`) in tests.
    """

    def __init__(self, config: CameraConfig, clock: Clock, make_harvester: Callable[[], Any] = _harvester) -> None:
        super().__init__(config, clock)
        self._make_harvester = make_harvester
        self._found: list[Check] = []

    def checks(self) -> list[Check]:
        return list(self._found)

    def _make_grabber(self) -> Grabber:
        config = self._config
        return Grabber(self._open, self._clock, settle=config.settle_frames, frozen=config.frozen_frames)

    def _open(self) -> Source:
        harvester = self._make_harvester()
        try:
            return self._acquiring(harvester)
        except CameraError:
            harvester.reset()
            raise
        except Exception as error:  # producers raise errors of their makers' own
            harvester.reset()
            raise CameraError(f"{self._config.device}: {type(error).__name__}: {error}") from error

    def _acquiring(self, harvester: Any) -> Source:
        config = self._config
        try:
            harvester.add_file(str(config.producer), check_existence=True)
        except FileNotFoundError as error:
            mend = "Name the .cti file of the maker's driver in camera.producer."
            raise CameraError(f"{config.producer}: is not there. {mend}") from error
        harvester.update()
        serials = [info.serial_number for info in harvester.device_info_list]
        if config.device and config.device not in serials:
            seen = ", ".join(serials) or "none"
            raise CameraError(
                f"camera {config.device}: is not there (seen: {seen}). Plug it in, or correct camera.device."
            )
        acquirer = harvester.create({"serial_number": config.device} if config.device else 0)
        nodes = acquirer.remote_device.node_map
        self._found = lock_features(nodes, config)
        acquirer.start()
        return _Acquisition(harvester, acquirer, nodes)


class _Acquisition:
    """A camera that sends frames."""

    def __init__(self, harvester: Any, acquirer: Any, nodes: Any) -> None:
        self._harvester, self._acquirer, self._nodes = harvester, acquirer, nodes

    def read(self) -> tuple[bool, Any]:
        try:
            for _ in range(_MOST_EMPTY):
                buffer = self._acquirer.try_fetch(timeout=_FETCH_S)
                if buffer is not None:
                    with buffer:  # which gives it back to the producer, so its pixels are copied
                        return True, _to_bgr(buffer.payload.components[0])
        except CameraError:
            raise
        except Exception as error:  # producers raise errors of their makers' own
            raise CameraError(f"{type(error).__name__}: {error}") from error
        return False, None

    def stamp_ms(self) -> None:
        """Cameras stamp by a clock of their own."""
        return

    def controls(self) -> Mapping[str, float]:
        named = {"exposure": "ExposureTime", "gain": "Gain"}
        return {
            name: float(getattr(self._nodes, node).value) for name, node in named.items() if hasattr(self._nodes, node)
        }

    def release(self) -> None:
        try:
            self._acquirer.stop()
            self._acquirer.destroy()
        finally:
            self._harvester.reset()


def lock_features(nodes: Any, config: CameraConfig) -> list[Check]:
    """Sets format and controls, automatic ones off first, reads each back, and reports those that did not take."""
    wishes: list[tuple[str, str, Any]] = [
        ("pixel_format", "PixelFormat", config.pixel_format),
        ("width_px", "Width", config.width_px),
        ("height_px", "Height", config.height_px),
    ]
    if config.exposure is not None:
        wishes += [("exposure", "ExposureAuto", "Off"), ("exposure", "ExposureTime", float(config.exposure))]
    if config.gain is not None:
        wishes += [("gain", "GainAuto", "Off"), ("gain", "Gain", float(config.gain))]
    if config.white_balance_k is not None:
        wishes += [("white_balance_k", "BalanceWhiteAuto", "Off")]
    wishes += [("fps", "AcquisitionFrameRateEnable", True), ("fps", "AcquisitionFrameRate", float(config.fps))]
    return [check for name, node, wish in wishes if (check := _lock(nodes, name, node, wish)) is not None]


def _lock(nodes: Any, name: str, node: str, wish: Any) -> Check | None:
    if not hasattr(nodes, node):
        # Switches that a camera without that automatic lacks; it has nothing to switch off.
        optional = node.endswith(("Auto", "Enable"))
        return None if optional else _fault(name, f"the camera has no {node}")
    feature = getattr(nodes, node)
    try:
        feature.value = wish
    except Exception as error:  # producers raise errors of their makers' own
        return _fault(name, f"the camera refuses {node} = {wish} ({error}), it says {feature.value}")
    got = feature.value
    near = isinstance(wish, float) and abs(got - wish) <= _TOLERANCE * max(1.0, abs(wish))
    return None if near or got == wish else _fault(name, f"asked for {node} = {wish}, the camera says {got}")


def _fault(name: str, text: str) -> Check:
    return Check(f"camera.{name}", Level.FAULT, text, f"Choose a value that the camera has: camera.{name}.")


def _to_bgr(component: Any) -> np.ndarray:
    name = component.data_format
    if name not in _TO_BGR:
        raise CameraError(f"the camera sends {name}, which is not read here: correct camera.pixel_format")
    channels = _CHANNELS.get(name)
    shape = (component.height, component.width) if channels is None else (component.height, component.width, channels)
    pixels = np.array(component.data, np.uint8).reshape(shape)
    code = _TO_BGR[name]
    return pixels if code is None else np.asarray(cv2.cvtColor(pixels, code))
