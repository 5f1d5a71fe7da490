import cv2
import numpy as np
import pytest

from edge.camera.folder import FolderCamera
from edge.clock import NS_PER_S, VirtualClock
from edge.errors import CameraError


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((8, 8), number * 50, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def open_camera(folder, fps: float = 10.0) -> tuple[FolderCamera, VirtualClock]:
    clock = VirtualClock()
    camera = FolderCamera(folder, fps, clock)
    camera.open()
    return camera, clock


def test_pictures_come_in_the_order_of_their_names_and_over_again(folder):
    camera, _ = open_camera(folder)
    frames = [camera.read(NS_PER_S) for _ in range(4)]
    assert [int(frame.image[0, 0, 0]) for frame in frames if frame] == [0, 50, 100, 0]


def test_they_come_at_the_frame_rate(folder):
    camera, clock = open_camera(folder, fps=4.0)
    frames = [camera.read(NS_PER_S) for _ in range(3)]
    assert [frame.taken_ns for frame in frames if frame] == [NS_PER_S // 4, NS_PER_S // 2, NS_PER_S * 3 // 4]
    assert clock.now_ns() == NS_PER_S * 3 // 4


def test_a_read_does_not_wait_longer_than_it_may(folder):
    camera, clock = open_camera(folder, fps=0.5)
    assert camera.read(NS_PER_S) is None
    assert clock.now_ns() == NS_PER_S


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(CameraError, match="holds no pictures"):
        open_camera(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CameraError, match="nowhere"):
        open_camera(tmp_path / "nowhere")


def test_a_damaged_picture_is_named(folder):
    (folder / "0.png").write_bytes(b"not a picture")
    camera, _ = open_camera(folder)
    with pytest.raises(CameraError, match=r"0\.png"):
        camera.read(NS_PER_S)
