"""Good parts recorded from a whole virtual line, stepped and in real time."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from on_the_line import lay_parts
from real_time_bench import LAYOUT, OPTICS, PART_MM

from edge.clock import RealClock
from edge.picture import load_image
from edge.recording.line import RecordingLine
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.virtual.belt import LaidPart
from edge.virtual.camera import VirtualCamera
from edge.virtual.disk import VirtualDisk
from edge.virtual.line import LineThread, VirtualLine
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.rig import Rig, configure


@pytest.fixture
def root(tmp_path):
    return tmp_path / "parts"


def recorded(root, parts, disk=None, limit=None):
    """Records `parts` parts on a virtual line; returns the recorder and the rig."""
    with PictureSet(root, disk).opened() as pictures:
        rig = Rig(lambda sight: recorder.look(sight), threshold=1.0)
        recorder = Recorder(rig.config, pictures, rig.clock, parts=limit)
        lay_parts(rig, [False] * parts)
        rig.run_until_empty()
    return recorder, rig


def test_each_part_is_kept_as_the_model_would_see_it(root):
    seen = []
    rig = Rig(lambda sight: seen.append(sight.image.copy()) or recorder.look(sight), threshold=1.0)
    with PictureSet(root).opened() as pictures:
        recorder = Recorder(rig.config, pictures, rig.clock)
        lay_parts(rig, [False] * 3)
        rig.run_until_empty()
    files = sorted((root / "train/good").iterdir())
    assert len(files) == recorder.kept == 3
    for file, image in zip(files, seen, strict=True):
        np.testing.assert_array_equal(load_image(file), image)


def test_the_provenance_says_part_time_place_and_settings(root):
    recorded(root, 2)
    with PictureSet(root).opened() as pictures:
        first, second = pictures.known.values()
    assert (first["part_id"], first["box"], first["lossless"]) == (1, "site/line/box", True)
    assert first["wall"].startswith("2023-11-14T22:13:2")
    assert second["belt"]["mm"] - first["belt"]["mm"] == pytest.approx(120, abs=4)
    assert set(first["controls"]) == {"exposure", "gain", "white_balance_k", "brightness"}


def test_a_second_recording_adds_and_overwrites_nothing(root):
    """Two recordings begun in one second had the same names."""
    recorded(root, 3)
    before = {path.name: path.read_bytes() for path in (root / "train/good").iterdir()}
    recorder, _ = recorded(root, 2)
    after = {path.name: path.read_bytes() for path in (root / "train/good").iterdir()}
    assert recorder.kept == 2
    assert len(after) == 5
    assert before.items() <= after.items()


def test_it_stops_at_the_number_that_was_asked_for(root):
    recorder, _ = recorded(root, 5, limit=3)
    assert recorder.done.is_set()
    assert len(list((root / "train/good").iterdir())) == 3


def test_a_full_disk_ends_it_with_words(root):
    disk = VirtualDisk(root.parent)
    disk.full = True
    recorder, _ = recorded(root, 3, disk)
    assert recorder.done.is_set()
    assert "No space left" in recorder.error
    assert recorder.kept == 0


def real_line(root, stop, **wanted):
    """Four parts ride past a recording line on its real threads."""
    clock = RealClock()
    pins = VirtualPinFactory(clock)
    line = VirtualLine(clock, pins, LAYOUT, OPTICS, speed_mm_s=400.0)
    config = configure(LAYOUT, OPTICS, part_mm=PART_MM, speed_mm_s=400.0, fps=60.0)
    for number in range(4):
        head = 300.0 + number * 100.0
        line.lay(LaidPart(number + 1, head, PART_MM, np.full((50, 50, 3), 90, np.uint8), bad=False))
    belt = LineThread(line, clock)
    belt.before_each = lambda: stop.set() if len(line.fallen) == 4 else None
    with PictureSet(root).opened() as pictures:
        camera = VirtualCamera(line, clock, 60.0)
        recording = RecordingLine(config, pictures, clock, camera=camera, pin_factory=pins, **wanted)
        belt.start()
        try:
            counts = recording.run(stop, seconds=60.0)
        finally:
            belt.stop()
    return recording.recorder, counts, line


def test_a_line_in_real_time_keeps_each_part_and_throws_none_away(root):
    recorder, counts, line = real_line(root, threading.Event())
    assert counts.balanced
    assert recorder.kept == counts.passed == len(list((root / "train/good").iterdir()))
    assert not any(part.ejected for part in line.fallen)


def test_a_line_in_real_time_ends_when_enough_are_kept(root):
    recorder, _, line = real_line(root, threading.Event(), parts=1)
    assert recorder.kept == 1
    assert len(line.fallen) < 4


def test_the_provenance_tells_the_controls_as_the_camera_read_them_back(root):
    rig = Rig(lambda sight: recorder.look(replace(sight, controls={"exposure": 200.0})), threshold=1.0)
    with PictureSet(root).opened() as pictures:
        recorder = Recorder(rig.config, pictures, rig.clock)
        lay_parts(rig, [False])
        rig.run_until_empty()
        [line] = pictures.known.values()
    assert line["controls"]["exposure"] == 200.0
