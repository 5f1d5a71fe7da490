"""The heat map on the picture: where the model saw something, how bad it is, and which places made the verdict."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image, Place

_STARTS = 0.5  # share of the threshold at which the heat map begins to show
_OPAQUE = 1.3  # share from which on the mark matters more than the part below it
_FULL = 2.0  # share at which the colour scale ends
_OPACITY = 0.72
_SMALLEST, _LARGEST = 1e-12, 1e25  # their quotient still fits into a float32
# The lower third of inferno is near black: on a dark part it would hide what it is meant to point at.
_SCALE = cv2.applyColorMap(np.linspace(95, 245, 256).astype(np.uint8).reshape(-1, 1), cv2.COLORMAP_INFERNO)[:, 0, ::-1]
_OUTLINE = (255, 255, 255)
_HALO = (200, 20, 20)


def overlay(image: Image, anomaly_map: NDArray[np.generic], threshold: float, places: Iterable[Place] = ()) -> Image:
    """Lays an anomaly map over a picture and outlines the places that exceed the threshold.

    Colours are matplotlib's inferno, whose lightness grows evenly, so it also reads in grey and with any kind of
    colour blindness. Below half the threshold the picture is untouched.

    Args:
        image: uint8 RGB [H, W, 3]; not changed.
        anomaly_map: float32 [h, w] in raw scores, or uint8 [h, w] in which 128 is the threshold; any size.
        threshold: in raw scores, any sign; without meaning for a uint8 map.
        places: rectangles in pixels of `image`; what lies outside is cut off.

    Returns:
        uint8 RGB [H, W, 3].
    """
    height, width = image.shape[:2]
    shares = cv2.resize(to_shares(anomaly_map, threshold), (width, height), interpolation=cv2.INTER_LINEAR)
    heat = np.clip((shares - _STARTS) / (_FULL - _STARTS), 0, 1)
    colours = _SCALE[(heat * 255).astype(np.uint8)].astype(np.float32)
    alpha = _OPACITY * np.clip((shares - _STARTS) / (_OPAQUE - _STARTS), 0, 1)[..., None]
    mixed = image.astype(np.float32) * (1 - alpha) + colours * alpha
    return outline(np.clip(mixed + 0.5, 0, 255).astype(np.uint8), places)


def to_shares(anomaly_map: NDArray[np.generic], threshold: float) -> NDArray[np.float32]:
    """The map in shares of the threshold: float32 [h, w], finite, 1 at the threshold, larger is worse.

    Scores of a method that may be negative (a discriminator's) have no zero to take a share of: there, 1 above the
    threshold is the threshold's own size, or the range of the map where the threshold is 0. What is not a number
    counts as the worst: it must be seen.
    """
    if anomaly_map.dtype == np.uint8:
        return np.asarray(anomaly_map / np.float32(128), np.float32)
    values = np.clip(np.nan_to_num(anomaly_map.astype(np.float32), nan=np.inf), -_LARGEST, _LARGEST)
    size = abs(threshold) if abs(threshold) > _SMALLEST else float(np.ptp(values))
    unit = np.float32(max(size, _SMALLEST))
    return np.asarray(np.clip(1 + (values - np.float32(threshold)) / unit, -10, 10), np.float32)


def outline(image: Image, places: Iterable[Place]) -> Image:
    """Draws a frame around each place into `image` (and returns it), visible on bright and on dark ground."""
    height, width = image.shape[:2]
    line = max(1, round(min(height, width) / 240))
    corners = [((place.x, place.y), (place.x + place.w - 1, place.y + place.h - 1)) for place in places]
    # All halos first: the halo of one place must not cut the line of its neighbour.
    for colour, width_px in ((_HALO, 3 * line), (_OUTLINE, line)):
        for top_left, bottom_right in corners:
            cv2.rectangle(image, top_left, bottom_right, colour, width_px, cv2.LINE_AA)
    return image
