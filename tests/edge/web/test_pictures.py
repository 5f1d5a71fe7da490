import numpy as np
import pytest

from edge.web.pictures import FindingPictures

NOISE = np.random.default_rng(0).integers(0, 255, (800, 800, 3), dtype=np.uint8)  # more than half a MB as a JPEG


def kept(folder):
    return sorted(str(path.relative_to(folder / "rolls")) for path in folder.glob("rolls/*/*"))


@pytest.fixture
def map_of_roll_1(tmp_path):
    path = tmp_path / "rolls/1/map.json"
    path.parent.mkdir(parents=True)
    path.write_text("{}")


@pytest.mark.usefixtures("map_of_roll_1")
def test_pictures_of_the_oldest_roll_give_way_and_its_map_stays(tmp_path):
    """Two hundred rolls of a bad web filled the disk, whatever the configuration said."""
    pictures = FindingPictures(tmp_path, 90, 1, 0)
    for key in range(1, 5):
        assert pictures.save(key, 1, NOISE)
    assert "1/map.json" in kept(tmp_path)
    assert "1/1.jpg" not in kept(tmp_path)
    assert "4/1.jpg" in kept(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.glob("rolls/*/*.jpg")) < 2_000_000


def test_what_an_earlier_run_left_counts(tmp_path):
    for key in (1, 2):
        FindingPictures(tmp_path, 90, 1000, 0).save(key, 1, NOISE)
    assert FindingPictures(tmp_path, 90, 1, 0).save(3, 1, NOISE)
    assert kept(tmp_path) == ["2/1.jpg", "3/1.jpg"]


def test_space_is_left_to_others_and_without_any_no_picture_is_kept(tmp_path):
    free = [10_000_000]
    pictures = FindingPictures(tmp_path, 90, 1000, 5, free_bytes=lambda folder: free[0])
    assert pictures.save(1, 1, NOISE)
    free[0] = 1_000_000
    assert pictures.save(2, 1, NOISE) is None
    assert pictures.short_of_space
    assert kept(tmp_path) == []
    free[0] = 10_000_000
    assert pictures.save(2, 1, NOISE)
    assert not pictures.short_of_space


def test_a_forgotten_roll_leaves_nothing(tmp_path):
    pictures = FindingPictures(tmp_path, 90, 1000, 0)
    pictures.save(1, 1, NOISE)
    pictures.forget(1)
    pictures.forget(7)
    assert not (tmp_path / "rolls/1").exists()
