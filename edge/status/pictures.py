"""JPEG pictures for browsers, drawn when they are asked for and never before."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image, Place, Record
from edge.picture import kind_of
from edge.status.board import Board
from edge.status.history import Row
from edge.status.overlay import outline, overlay

_LONGEST_PX = 1280
_QUALITY = 88


class PictureGone(Exception):
    """There was a part, but no picture of it is kept (any more)."""


@dataclass(frozen=True, slots=True)
class LivePicture:
    """The newest picture as JPEG, its running number and its part."""

    n: int
    part_id: int
    jpeg: bytes


class LivePictures:
    """The newest picture on the board. Each is drawn at most once a kind, whatever the number of browsers."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._lock = threading.Lock()
        self._made: dict[bool, LivePicture] = {}

    def newest(self, heat: bool) -> LivePicture | None:
        """The newest picture, with its heat map if `heat`; None before the first."""
        with self._lock:
            board = self._board.snapshot()
            if board.picture is None:
                return None
            made = self._made.get(heat)
            if made is None or made.n != board.picture_n:
                made = LivePicture(board.picture_n, board.picture.account.part.id, _live_jpeg(board.picture, heat))
                self._made[heat] = made
            return made


def stored_jpeg(row: Row, heat: bool) -> bytes:
    """The remembered picture of a part, with its heat map and outlines if `heat`.

    Raises:
        PictureGone: retention took the picture, none was ever kept, or the file is damaged.
    """
    if row.image is None:
        raise PictureGone
    try:
        raw = row.image.read_bytes()
        if not heat and kind_of(raw) == "jpeg":
            return raw
        image = _decode(raw, cv2.IMREAD_COLOR)[..., ::-1]
    except OSError as error:
        raise PictureGone from error
    image = np.ascontiguousarray(image)
    return _draw(image, _stored_map(row), row.threshold or 0.0, row.where) if heat else _draw(image, None, 0.0, ())


def _live_jpeg(record: Record, heat: bool) -> bytes:
    assert record.image is not None
    if not heat:
        return _draw(record.image, None, 0.0, ())
    verdict = record.account.verdict
    heat_map = record.part_map.anomaly_map if record.part_map else None
    if verdict is None:
        return _draw(record.image, None, 0.0, ())
    return _draw(record.image, heat_map, verdict.threshold, verdict.where)


def _stored_map(row: Row) -> NDArray[np.uint8] | None:
    # A map that is gone takes less away than the picture: outlines are drawn without it.
    try:
        return None if row.map is None else _decode(row.map.read_bytes(), cv2.IMREAD_GRAYSCALE)
    except OSError:
        return None


def _decode(raw: bytes, how: int) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(raw, np.uint8), how) if raw else None
    if image is None:
        raise OSError("not a picture")
    return np.asarray(image, np.uint8)


def _draw(image: Image, heat_map: NDArray[np.generic] | None, threshold: float, places: tuple[Place, ...]) -> bytes:
    image, places = _fit(image, places)
    image = outline(image.copy(), places) if heat_map is None else overlay(image, heat_map, threshold, places)
    done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise PictureGone
    return data.tobytes()


def _fit(image: Image, places: tuple[Place, ...]) -> tuple[Image, tuple[Place, ...]]:
    """Shrinks what no screen shows anyway, before the work and not after it."""
    height, width = image.shape[:2]
    share = _LONGEST_PX / max(height, width)
    if share >= 1:
        return image, places
    size = max(1, round(width * share)), max(1, round(height * share))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, tuple(Place(*(round(side * share) for side in (p.x, p.y, p.w, p.h))) for p in places)
