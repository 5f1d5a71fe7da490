"""A defect on any seam, of frames, strips or tiles, is one event, as large as the defect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_on_the_line import end_roll, start_roll

from edge.parts import Image, Scores
from edge.tiles import Geometry, cut
from edge.virtual.membrane import Membrane
from edge.virtual.membrane.defects import Box, Grey
from edge.virtual.web_rig import WebRig
from edge.web.cells import Cells, strip_cells
from edge.web.extent import with_core

PITCH, TILE, SHARED, CELL, ROWS, WIDTH = 0.1, 64, 16, 8, 96, 60.0
CELL_MM, THRESHOLD, WARM = CELL * PITCH, 0.2, 0.15


@dataclass(frozen=True)
class Bar:
    """A bright rectangle."""

    kind: ClassVar[str] = "bar"
    skirt: ClassVar[float] = 0.0
    box: Box

    def light(self, at: Grey, across: Grey) -> Grey:
        box = self.box
        along, over = (at - box.at) / box.length, (across - box.across) / box.width
        return 120.0 * ((along >= 0) & (along < 1) & (over >= 0) & (over < 1))


def wide_view(image: Image) -> Cells:
    """A stand-in for the model that answers wherever something bright is within a few cells, tile by tile: what another
    tile shows it cannot know."""
    tiles = cut(image, Geometry(TILE, TILE, "grid", TILE, SHARED))
    maps = []
    for tile in tiles.pixels:
        bright = tile[..., 0].reshape(TILE // CELL, CELL, -1, CELL).max(axis=(1, 3)).astype(np.float32) / 255
        answer = np.asarray(cv2.GaussianBlur(cv2.dilate(bright - 0.45, np.ones((3, 3))), (0, 0), 1.0))
        maps.append(np.clip(answer, 0, 1))
    stacked = np.stack(maps).astype(np.float32)
    scores = Scores(stacked.max(axis=(1, 2)), stacked)
    cells = strip_cells(scores, tiles, image.shape[:2], CELL, THRESHOLD, WARM)
    return with_core(cells, image, CELL, WARM)


def ride(box: Box, overlap: float, speeds: list[float], look: Callable[[Image], Cells] = wide_view) -> WebRig:
    web = Membrane([Bar(box)], mm_per_px=PITCH, width_mm=WIDTH, grain=2.0, blur_px=0.0)
    rig = WebRig(
        web, frame_rows=ROWS, tile_px=TILE, look=look, threshold=THRESHOLD, overlap=overlap,
        web={"enabled": True, "tile_px": TILE, "overlap_px": SHARED},
    )  # fmt: skip
    start_roll(rig)
    for speed in speeds:
        rig.set_speed(speed)
        rig.run(0.15)
    rig.set_speed(50.8)
    rig.run(1.4)
    end_roll(rig)
    return rig


@settings(deadline=None, max_examples=15)
@given(
    at=st.floats(12.0, 30.0),
    across=st.floats(1.0, 35.0),
    length=st.floats(0.3, 20.0),
    width=st.floats(0.3, 20.0),
    overlap=st.floats(0.1, 0.7),
    speeds=st.lists(st.sampled_from([0.0, 10.0, 30.0, 50.8]), max_size=6),
)
def test_a_defect_is_one_event_as_large_as_it_is_wherever_it_lies(at, across, length, width, overlap, speeds):
    """Whatever overlap and speed: a scratch over three strips was six defects, a pinhole on two tiles two."""
    rig = ride(Box(at, across, length, width), overlap, speeds)
    (event,) = rig.events
    begin, slack = rig.rolls[0].start_row * PITCH + event.at_mm, CELL_MM + 2 * PITCH
    assert begin == pytest.approx(at, abs=slack)
    assert begin + event.length_mm == pytest.approx(at + length, abs=slack)
    assert event.across_mm == pytest.approx(across, abs=slack)
    assert event.across_mm + event.width_mm == pytest.approx(across + width, abs=slack)
    assert not rig.stretches


def test_a_streak_of_many_strips_is_one_event_with_its_width():
    rig = ride(Box(15.0, 20.0, 60.0, 0.3), 0.25, [])
    (event,) = rig.events
    assert event.length_mm == pytest.approx(60.0, abs=2 * CELL_MM)
    assert event.width_mm <= 2 * CELL_MM
