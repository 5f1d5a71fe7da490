"""Good tiles from a running web, as the line will cut them."""

import threading

import numpy as np
import pytest

from edge.clock import RealClock
from edge.errors import RinglightError
from edge.picture import load_image
from edge.recording.pictures import PictureSet
from edge.virtual.belt import TrueBelt
from edge.virtual.membrane import Membrane
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.web_camera import MembraneCamera
from edge.virtual.web_rig import configure_web
from edge.web.recording import RecordingWeb

ROWS, SPEED = 64, 200.0
NO_ENCODER = {"encoder_pin": None}


def record(folder, tiles: int) -> RecordingWeb:
    clock = RealClock()
    membrane = Membrane([], mm_per_px=0.5, width_mm=64.0)
    config = configure_web(membrane, ROWS, speed_mm_s=SPEED, tile_px=32, belt=NO_ENCODER, web={"overlap_px": 8})
    camera = MembraneCamera(membrane, TrueBelt(SPEED, clock.now_ns()), clock, fps=15, rows=ROWS)
    with PictureSet(folder).opened() as pictures:
        line = RecordingWeb(config, pictures, clock, parts=tiles, camera=camera, pin_factory=VirtualPinFactory(clock))
        line.run(threading.Event(), seconds=60.0)
    return line


def test_tiles_of_the_lines_own_size_are_kept_until_there_are_enough(tmp_path):
    line = record(tmp_path / "tiles", 12)
    files = sorted((tmp_path / "tiles/train/good").iterdir())
    assert line.recorder.kept >= 12
    assert len(files) == line.recorder.kept
    pictures = [load_image(file) for file in files]
    assert {picture.shape for picture in pictures} == {(32, 32, 3)}
    assert not np.array_equal(pictures[0], pictures[1])


def test_a_line_that_fails_is_not_taken_for_one_that_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr("edge.web.line.WebLine.poll", None)
    with pytest.raises(RinglightError, match="ended by itself"):
        record(tmp_path / "tiles", 12)
