"""The virtual disk does what a bad disk may do, and notices the calls that only go well while the power stays on."""

import pytest

from edge.disk import RealDisk, replace_file, replace_link
from edge.virtual.disk import Afterwards, PowerCut, VirtualDisk


@pytest.fixture
def disk(tmp_path):
    (tmp_path / "f").write_bytes(b"old")
    return VirtualDisk(tmp_path)


def put(disk, data=b"new"):
    replace_file(disk, disk.root / "f", data)


def test_what_was_not_synced_is_lost(disk):
    disk.write(disk.root / "f.new", b"new")
    disk.power_on(Afterwards.LOST)
    assert [path.name for path in disk.root.iterdir()] == ["f"]


def test_a_name_without_its_content_is_half_there(disk):
    disk.write(disk.root / "f.new", b"12345678")
    disk.power_on(Afterwards.TORN)
    assert (disk.root / "f.new").read_bytes() == b"1234"


def test_a_rename_lasts_from_the_sync_of_its_folder_on(disk):
    disk.cut_before = 3
    with pytest.raises(PowerCut):
        put(disk)
    disk.power_on(Afterwards.LOST)
    assert (disk.root / "f").read_bytes() == b"old"
    put(disk)
    disk.power_on(Afterwards.LOST)
    assert (disk.root / "f").read_bytes() == b"new"


def test_a_killed_process_loses_nothing_that_was_done(disk):
    disk.write(disk.root / "f.new", b"new")
    disk.power_on(Afterwards.KILLED)
    assert (disk.root / "f.new").read_bytes() == b"new"


def test_after_the_cut_nothing_works_until_the_power_is_back(disk):
    """Clean-up code would go on writing after the cut and hide what the cut had left."""
    disk.cut_before = 0
    for _ in range(2):
        with pytest.raises(PowerCut):
            put(disk)
    disk.power_on(Afterwards.LOST)
    put(disk)


def test_a_rename_before_the_sync_is_noticed(disk):
    disk.write(disk.root / "f.new", b"new")
    with pytest.raises(AssertionError, match="before it is synced"):
        disk.rename(disk.root / "f.new", disk.root / "f")


def test_writing_in_place_is_noticed(disk):
    with pytest.raises(AssertionError, match="in place"):
        disk.write(disk.root / "f", b"new")


def test_a_path_outside_is_noticed(disk):
    with pytest.raises(AssertionError, match="none of the slots' business"):
        disk.unlink(disk.root.parent / "f")


def test_an_absolute_link_is_noticed(disk):
    with pytest.raises(AssertionError, match="could not be moved"):
        disk.link(disk.root / "l.new", "/etc")


def test_waiting_for_oneself_is_noticed(disk):
    with disk.lock(disk.root), pytest.raises(AssertionError, match="locked twice"), disk.lock(disk.root):
        pass


def test_a_full_disk_keeps_the_old_file_and_nothing_else(disk):
    disk.full = True
    with pytest.raises(OSError, match="No space"):
        put(disk)
    assert {path.name: path.read_bytes() for path in disk.root.iterdir()} == {"f": b"old"}


def test_a_read_only_disk_changes_nothing(disk):
    disk.read_only = True
    with pytest.raises(OSError, match="Read-only"):
        put(disk)
    assert (disk.root / "f").read_bytes() == b"old"


@pytest.mark.parametrize("make", [VirtualDisk, lambda root: RealDisk()])
def test_the_real_disk_and_the_virtual_one_agree(tmp_path, make):
    disk = make(tmp_path)
    disk.mkdir(tmp_path / "a")
    disk.mkdir(tmp_path / "a")
    replace_file(disk, tmp_path / "f", b"1")
    replace_file(disk, tmp_path / "f", b"2")
    replace_link(disk, tmp_path / "l", "a")
    disk.link(tmp_path / "l.new", "left there by a power cut")
    replace_link(disk, tmp_path / "l", "f")
    assert disk.read(tmp_path / "l") == b"2"
    assert disk.readlink(tmp_path / "l") == "f"
    with disk.lock(tmp_path), RealDisk().lock(tmp_path, wait=False) as held:
        assert not held
    with disk.lock(tmp_path, wait=False) as held:
        assert held
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "f", "l"]
