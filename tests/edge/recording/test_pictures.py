import json
from contextlib import suppress

import numpy as np
import pytest

from edge.errors import RinglightError, UsageError
from edge.picture import load_image
from edge.recording.pictures import PROVENANCE, PictureSet, png
from edge.virtual.disk import Afterwards, PowerCut, VirtualDisk


def lines(root):
    return [json.loads(line) for line in (root / PROVENANCE).read_text().splitlines()]


def test_a_picture_and_its_line_are_kept(tmp_path):
    with PictureSet(tmp_path / "parts").opened() as pictures:
        assert pictures.add("train/good/1.png", b"picture", {"part_id": 7})
        assert pictures.count("train/good") == 1
    [line] = lines(tmp_path / "parts")
    assert (line["file"], line["part_id"]) == ("train/good/1.png", 7)
    assert (tmp_path / "parts/train/good/1.png").read_bytes() == b"picture"


def test_nothing_is_overwritten(tmp_path):
    for data in (b"first", b"second"):
        with PictureSet(tmp_path).opened() as pictures:
            assert pictures.add("train/good/1.png", data, {}) is (data == b"first")
    (tmp_path / "train/good/2.png").write_bytes(b"somebody's own")
    with PictureSet(tmp_path).opened() as pictures:
        assert not pictures.add("train/good/2.png", b"ours", {})
    assert (tmp_path / "train/good/1.png").read_bytes() == b"first"
    assert (tmp_path / "train/good/2.png").read_bytes() == b"somebody's own"
    assert len(lines(tmp_path)) == 1


def test_a_picture_that_lost_its_line_to_the_power_gets_it_anew(tmp_path):
    with PictureSet(tmp_path).opened() as pictures:
        pictures.add("train/good/1.png", b"one", {"n": 1})
        pictures.add("train/good/2.png", b"two", {"n": 2})
    file = tmp_path / PROVENANCE
    file.write_bytes(file.read_bytes()[:-9])
    with PictureSet(tmp_path).opened() as pictures:
        assert list(pictures.known) == ["train/good/1.png"]
        assert pictures.add("train/good/2.png", b"two", {"n": 2})
    assert [line["n"] for line in lines(tmp_path)] == [1, 2]


def test_a_full_disk_is_a_clear_end_and_the_work_goes_on_later(tmp_path):
    disk = VirtualDisk(tmp_path)
    with PictureSet(tmp_path, disk).opened() as pictures:
        pictures.add("train/good/1.png", b"one", {})
        disk.full = True
        with pytest.raises(RinglightError, match=r"No space left.*1 pictures are safe.*Make room"):
            pictures.add("train/good/2.png", b"two", {})
    assert sorted(path.name for path in (tmp_path / "train/good").iterdir()) == ["1.png"]
    disk.full = False
    with PictureSet(tmp_path, disk).opened() as pictures:
        assert pictures.add("train/good/2.png", b"two", {})


def test_two_do_not_work_on_one_data_set(tmp_path):
    with (
        PictureSet(tmp_path).opened(),
        pytest.raises(UsageError, match="somebody else"),
        PictureSet(tmp_path).opened(),
    ):
        pass


def test_a_provenance_that_is_none_of_ours_is_named_with_its_line(tmp_path):
    (tmp_path / PROVENANCE).write_text('{"file": "a.png"}\nnonsense\n')
    with pytest.raises(UsageError, match=r"provenance.jsonl:2: is no line"), PictureSet(tmp_path).opened():
        pass


def test_png_gives_back_every_pixel(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    path = tmp_path / "p.png"
    path.write_bytes(png(image))
    np.testing.assert_array_equal(load_image(path), image)


@pytest.mark.parametrize("cut", range(12))
def test_a_move_that_the_power_cuts_short_leaves_the_picture_under_one_name(tmp_path, cut):
    """The same picture lay in test/rejected and in train/good, and the model was tested on what it had learned."""
    old, new = "test/rejected/1.png", "train/good/1.png"
    disk = VirtualDisk(tmp_path)
    with PictureSet(tmp_path, disk).opened() as pictures:
        pictures.add(old, b"one", {})
    disk.cut_before = len(disk.operations) + cut
    with suppress(PowerCut), PictureSet(tmp_path, disk).opened() as pictures:
        pictures.move(old, new, {})
    disk.power_on(Afterwards.KILLED)
    with PictureSet(tmp_path, disk).opened() as pictures:
        pictures.move(old, new, {})
        assert list(pictures.known) == [new]
    assert sorted(path.name for path in tmp_path.rglob("*.png")) == ["1.png"]
    assert (tmp_path / new).read_bytes() == b"one"
