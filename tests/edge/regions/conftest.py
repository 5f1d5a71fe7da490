import math

import cv2
import numpy as np
import pytest

from edge.parts import Image


def a_part(side: tuple[int, int] = (60, 100)) -> Image:
    """An upright part [h, w, 3]: brighter than any belt, with marks that tell its ends apart."""
    h, w = side
    part = np.full((h, w, 3), 150, np.uint8)
    cv2.circle(part, (w // 4, h // 2), h // 5, (230, 230, 230), -1)
    cv2.rectangle(part, (w * 3 // 5, h // 5), (w * 4 // 5, h * 2 // 5), (80, 90, 100), -1)
    cv2.line(part, (w // 2, h - 8), (w - 8, h - 8), (250, 240, 250), 2)
    return part


def lay(part: Image, x: float, y: float, turn_deg: float, size: tuple[int, int] = (200, 240), belt: int = 30) -> Image:
    """The part on a noisy belt, its centre at (x, y), turned clockwise; smoothed like a lens does."""
    h, w = part.shape[:2]
    turn = math.radians(turn_deg)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    shift = np.array([x, y]) - rotation @ np.array([(w - 1) / 2, (h - 1) / 2])
    scene = np.full((*size, 3), belt, np.uint8)
    matrix = np.column_stack([rotation, shift])
    cv2.warpAffine(part, matrix, size[::-1], dst=scene, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    noise = np.random.default_rng(0).normal(0, 2, scene.shape)
    return np.clip(cv2.GaussianBlur(scene, (3, 3), 0) + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def part() -> Image:
    return a_part()
