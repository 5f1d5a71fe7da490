import numpy as np
import pytest

from edge.clock import NS_PER_S, VirtualClock
from edge.virtual.camera import VirtualCamera
from edge.virtual.line import Layout, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory


@pytest.fixture
def camera() -> VirtualCamera:
    clock = VirtualClock()
    optics = Optics(width_px=80, height_px=24, mm_per_px=1.0)
    line = VirtualLine(clock, VirtualPinFactory(clock), Layout(), optics, speed_mm_s=200.0)
    camera = VirtualCamera(line, clock, fps=10.0)
    camera.open()
    return camera


def take(camera, n):
    frames = [camera.read(NS_PER_S) for _ in range(n)]
    assert all(frames)
    return frames


def test_a_frozen_camera_shows_the_same_picture_with_new_instants(camera):
    (last,) = take(camera, 1)
    camera.frozen = True
    frozen = take(camera, 3)
    assert all(np.array_equal(frame.image, last.image) for frame in frozen)
    assert [frame.taken_ns for frame in frozen] == [2 * NS_PER_S // 10, 3 * NS_PER_S // 10, 4 * NS_PER_S // 10]
    camera.frozen = False
    assert not np.array_equal(take(camera, 1)[0].image, last.image)


def test_a_disordered_camera_hands_out_the_younger_of_two_frames_first(camera):
    camera.disordered = True
    assert [frame.taken_ns * 10 // NS_PER_S for frame in take(camera, 4)] == [2, 1, 4, 3]
    camera.disordered = False
    assert [frame.taken_ns * 10 // NS_PER_S for frame in take(camera, 2)] == [5, 6]
