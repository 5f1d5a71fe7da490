"""Flat-field and dark frame: what lens, lamp and sensor do to an even surface, and how that is undone.

corrected = (picture - dark) · mean(flat - dark) / (flat - dark), a channel at a time (EMVA 1288, spatial
non-uniformity). The flat is smoothed: it corrects the fall of light, not each pixel.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from edge.camera.base import Camera
from edge.disk import RealDisk, replace_file
from edge.errors import CameraError, ConfigError, UsageError
from edge.health import Check
from edge.parts import Frame, Image

_MOST_GAIN = 4.0


class FlatField:
    """`flat` and `dark`: float32 [H, W, 3], in grey levels of 255."""

    def __init__(self, flat: np.ndarray, dark: np.ndarray) -> None:
        self.flat, self.dark = flat.astype(np.float32), dark.astype(np.float32)
        lit = np.maximum(self.flat - self.dark, 1.0)
        gain = lit.reshape(-1, 3).mean(axis=0) / lit
        self._gain = np.ascontiguousarray(np.clip(gain, 1 / _MOST_GAIN, _MOST_GAIN), np.float32)
        self._offset = np.ascontiguousarray(-self.dark * self._gain, np.float32)

    def apply(self, image: Image) -> Image:
        """The corrected picture, uint8 [H, W, 3].

        Raises:
            CameraError: it has another size than the flat.
        """
        if image.shape != self.flat.shape:
            raise CameraError(
                f"the picture is {image.shape[1]} × {image.shape[0]} pixels, the flat field "
                f"{self.flat.shape[1]} × {self.flat.shape[0]}: call `ringlight calibrate flat` again"
            )
        lit = cv2.multiply(image, self._gain, dtype=cv2.CV_32F)
        return np.asarray(cv2.add(lit, self._offset, dtype=cv2.CV_8U), np.uint8)

    def save(self, file: Path) -> None:
        body = io.BytesIO()
        np.savez_compressed(body, flat=self.flat, dark=self.dark)
        replace_file(RealDisk(), file, body.getvalue())

    @classmethod
    def load(cls, file: Path) -> FlatField:
        """Raises ConfigError where the file is absent or none of ours."""
        try:
            with np.load(file, allow_pickle=False) as body:
                flat, dark = body["flat"], body["dark"]
            if flat.shape != dark.shape or flat.ndim != 3 or not (np.isfinite(flat).all() and np.isfinite(dark).all()):
                raise ValueError("shapes differ, or values are not finite")
            return cls(flat, dark)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ConfigError(
                f"camera.flat_field: {file} is no flat field ({error}). Write one with `ringlight calibrate flat`."
            ) from error


def flat_of(frames: list[Image]) -> np.ndarray:
    """The fall of light over an even surface, float32 [H, W, 3], from its frames, uint8 [H, W, 3].

    Raises:
        UsageError: too dark, saturated, or the surface is not even.
    """
    mean = np.asarray(np.mean(np.stack(frames), axis=0), np.float32)
    grey = mean.mean(axis=2)
    if float(np.median(grey)) < 40:
        raise UsageError(f"the surface is too dark (median {np.median(grey):.0f} of 255): more light or exposure.")
    if float((mean > 250).mean()) > 0.001:
        raise UsageError("the surface is overexposed: less light or exposure, and lock it.")
    smooth = cv2.GaussianBlur(mean, (0, 0), max(mean.shape[:2]) / 24)
    uneven = float((np.abs(mean - smooth).max(axis=2) > 0.15 * smooth.min(axis=2)).mean())
    if uneven > 0.002:
        raise UsageError(f"{uneven:.1%} of the surface is not even: take a clean sheet of white paper, nothing on it.")
    return np.asarray(smooth, np.float32)


def dark_of(frames: list[Image]) -> np.ndarray:
    """What the sensor says of darkness, float32 [H, W, 3].

    Raises:
        UsageError: it is not dark.
    """
    dark = np.asarray(np.mean(np.stack(frames), axis=0), np.float32)
    if float(np.median(dark)) > 30:
        raise UsageError(f"it is not dark (median {np.median(dark):.0f} of 255): put the cap on the lens.")
    return dark


class FlatFieldCamera:
    """A camera whose frames are corrected, so that everybody behind it (recording, inspecting) sees the same."""

    def __init__(self, camera: Camera, flat: FlatField) -> None:
        self._camera, self._flat = camera, flat

    def open(self) -> None:
        self._camera.open()

    def read(self, timeout_ns: int) -> Frame | None:
        frame = self._camera.read(timeout_ns)
        return None if frame is None else replace(frame, image=self._flat.apply(frame.image))

    def close(self) -> None:
        self._camera.close()

    def checks(self) -> list[Check]:
        return self._camera.checks()
