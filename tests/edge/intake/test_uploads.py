"""Uploads: what is counted is there after any power cut, and what is whole is what its name promises."""

from contextlib import suppress

import pytest

from edge.bundle import sha256
from edge.clock import NS_PER_S
from edge.intake.uploads import Fault, Limits, Upload, UploadRefused, Uploads
from edge.virtual.disk import Afterwards, PowerCut, VirtualDisk

FILE = bytes(range(33))
NAME = sha256(FILE)


def send(uploads, data=FILE, name=NAME, size=0):
    """What a desk does: asks how much is there, and sends the rest."""
    size = size or len(data)
    have = uploads.look(name).have if uploads.look(name).size == size else 0
    while have < size:
        have = uploads.put(name, size, have, data[have : have + uploads.part]).have
    return uploads.whole(name)


def refused(call, *arguments):
    with pytest.raises(UploadRefused) as error:
        call(*arguments)
    return error.value


def test_a_file_in_parts_is_the_file(uploads):
    assert send(uploads).read_bytes() == FILE
    assert uploads.look(NAME) == Upload(33, 33)
    assert sorted(path.suffix for path in uploads.folder.iterdir()) == [".json", ".ringlight"]


def test_nothing_is_known_of_what_never_came(uploads):
    assert uploads.look(NAME) == Upload(0, 0)
    assert refused(uploads.whole, NAME).fault is Fault.MISSING


def test_after_a_restart_it_goes_on_where_it_was(uploads, disk, clock):
    uploads.put(NAME, 33, 0, FILE[:10])
    uploads.put(NAME, 33, 10, FILE[10:20])
    again = Uploads(uploads.folder, disk, clock, Limits(100, 150), part=10)
    assert again.look(NAME) == Upload(20, 33)
    assert send(again).read_bytes() == FILE


@pytest.mark.parametrize("offset", [0, 5, 20, 33])
def test_a_wrong_offset_is_refused_with_the_right_one(uploads, offset):
    uploads.put(NAME, 33, 0, FILE[:10])
    error = refused(uploads.put, NAME, 33, offset, FILE[10:20])
    assert (error.fault, error.have) == (Fault.OFFSET, 10)
    assert uploads.look(NAME).have == 10


def test_a_part_that_came_twice_changes_nothing(uploads):
    send(uploads)
    for offset in (30, 33):
        error = refused(uploads.put, NAME, 33, offset, FILE[offset:])
        assert (error.fault, error.have) == (Fault.OFFSET, 33)
    assert uploads.whole(NAME).read_bytes() == FILE


@pytest.mark.parametrize("data", [b"", b"123456789", b"12345678901"])
def test_a_part_of_another_length_is_refused(uploads, data):
    assert refused(uploads.put, NAME, 33, 0, data).fault is Fault.CALL


def test_bytes_that_are_not_those_of_the_name_are_thrown_away(uploads):
    other = bytes(33)
    error = refused(send, uploads, other)
    assert error.fault is Fault.HASH
    assert list(uploads.folder.iterdir()) == []
    assert send(uploads).read_bytes() == FILE


@pytest.mark.parametrize("name", ["", "../" + "a" * 61, "A" * 64, "a" * 63, "a" * 65, "a" * 63 + "\n", "é" * 64])
def test_a_name_that_is_no_hash_leads_nowhere(uploads, name):
    for call in (uploads.look, uploads.whole, uploads.remove):
        assert refused(call, name).fault is Fault.CALL
    assert refused(uploads.put, name, 10, 0, bytes(10)).fault is Fault.CALL
    assert not uploads.folder.exists()


@pytest.mark.parametrize(("size", "fault"), [(0, Fault.CALL), (-1, Fault.CALL), (101, Fault.SIZE)])
def test_a_size_that_cannot_be_is_refused_before_anything_is_written(uploads, disk, size, fault):
    assert refused(uploads.put, NAME, size, 0, b"1").fault is fault
    assert disk.operations == []


def test_a_full_disk_is_noticed_before_anything_is_written(disk, clock):
    """Parts, whole and the slot's copy; and what is to stay free, stays free."""
    uploads = Uploads(disk.root / "uploads", disk, clock, Limits(100, 150, spare=1000), part=10)
    disk.free_bytes = 3 * 33 + 999
    assert refused(uploads.put, NAME, 33, 0, FILE[:10]).fault is Fault.ROOM
    assert list(uploads.folder.iterdir()) == []
    disk.free_bytes = 3 * 33 + 1000
    assert uploads.put(NAME, 33, 0, FILE[:10]).have == 10


@pytest.mark.parametrize(("order", "fault"), [("full", Fault.ROOM), ("read_only", Fault.DISK)])
def test_a_disk_that_refuses_keeps_what_was_counted(uploads, disk, order, fault):
    uploads.put(NAME, 33, 0, FILE[:10])
    setattr(disk, order, True)
    assert refused(uploads.put, NAME, 33, 10, FILE[10:20]).fault is fault
    setattr(disk, order, False)
    assert uploads.look(NAME).have == 10
    assert send(uploads).read_bytes() == FILE


def test_the_oldest_give_way_but_not_the_one_that_is_being_installed(uploads, clock):
    files = [bytes([number]) * 70 for number in range(3)]
    names = [sha256(data) for data in files]
    for data, name in zip(files[:2], names, strict=False):
        uploads.put(name, 70, 0, data[:10])
        clock.advance(NS_PER_S)
    uploads.put(names[2], 70, 0, files[2][:10], names[0])
    assert [uploads.look(name).have for name in names] == [10, 0, 10]


def test_what_does_not_fit_beside_the_one_that_is_being_installed_waits(uploads):
    one, two = bytes(80), bytes([1]) * 80
    uploads.put(sha256(one), 80, 0, one[:10])
    assert refused(uploads.put, sha256(two), 80, 0, two[:10], sha256(one)).fault is Fault.ROOM
    assert uploads.look(sha256(one)).have == 10


def test_what_is_old_is_swept_and_so_is_what_was_left_half(uploads, clock):
    uploads.put(NAME, 33, 0, FILE[:10])
    (uploads.folder / f"{NAME}.00001.part.new").write_bytes(b"half")
    (uploads.folder / f"{'b' * 64}.00000.part").write_bytes(b"of nothing")
    uploads.sweep()
    assert uploads.look(NAME).have == 10
    assert len(list(uploads.folder.iterdir())) == 2
    clock.advance(86_401 * NS_PER_S)
    uploads.sweep(keep=NAME)
    assert uploads.look(NAME).have == 10
    uploads.sweep()
    assert list(uploads.folder.iterdir()) == []


def test_another_size_under_the_same_name_begins_anew(uploads):
    uploads.put(NAME, 50, 0, FILE[:10])
    assert send(uploads).read_bytes() == FILE


def test_what_is_told_of_an_upload_is_damaged_and_it_begins_anew(uploads):
    uploads.put(NAME, 33, 0, FILE[:10])
    (uploads.folder / f"{NAME}.json").write_bytes(b"{")
    assert uploads.look(NAME) == Upload(0, 0)
    assert send(uploads).read_bytes() == FILE


def send_and_remove(uploads, counted=lambda have: None):
    for offset in range(0, len(FILE), uploads.part):
        counted(uploads.put(NAME, len(FILE), offset, FILE[offset : offset + uploads.part]).have)
    uploads.remove(NAME)


def operations(uploads, disk):
    send_and_remove(uploads)
    return len(disk.operations)


@pytest.mark.parametrize("afterwards", Afterwards)
def test_the_power_is_cut_before_every_operation_and_the_upload_goes_on(tmp_path, uploads, disk, clock, afterwards):
    """An appended file that was cut off held zeros where the box had counted bytes: the whole upload was lost."""
    total, resumed = operations(uploads, disk), []
    assert total > 25
    for cut in range(total):
        root = tmp_path / f"cut{cut}"
        root.mkdir()
        fresh = VirtualDisk(root)
        box = Uploads(root / "uploads", fresh, clock, Limits(100, 150), part=10)
        counted: list[int] = [0]
        fresh.cut_before = cut
        with pytest.raises(PowerCut):
            send_and_remove(box, counted.append)
        fresh.power_on(afterwards)
        box = Uploads(root / "uploads", fresh, clock, Limits(100, 150), part=10)
        box.sweep()
        have = box.look(NAME).have
        assert have >= counted[-1] or counted[-1] == len(FILE)
        resumed.append(have)
        assert send(box).read_bytes() == FILE
    assert {10, 20, 30, 33} <= set(resumed)


def test_the_disk_fails_at_every_operation_and_the_upload_goes_on(tmp_path, uploads, disk, clock):
    for fails in range(operations(uploads, disk)):
        root = tmp_path / f"fail{fails}"
        root.mkdir()
        fresh = VirtualDisk(root)
        box = Uploads(root / "uploads", fresh, clock, Limits(100, 150), part=10)
        fresh.fail_at = fails
        with suppress(UploadRefused):
            send_and_remove(box)
        fresh.fail_at = None
        assert send(box).read_bytes() == FILE


def test_a_folder_that_could_not_be_synced_is_synced_by_the_next_upload(uploads, disk):
    """It was there, so nobody synced it again; a power cut then took it, and all that was counted in it."""
    disk.fail_at = 4
    assert refused(uploads.put, NAME, 33, 0, FILE[:10]).fault is Fault.DISK
    assert disk.operations[-1] == ("fsync", ".")
    disk.fail_at = None
    uploads.put(NAME, 33, 0, FILE[:10])
    disk.cut_before = len(disk.operations)
    with pytest.raises(PowerCut):
        uploads.put(NAME, 33, 10, FILE[10:20])
    disk.power_on(Afterwards.LOST)
    assert uploads.look(NAME).have == 10


def test_what_is_being_installed_is_not_begun_anew_with_another_size(uploads):
    """A second desk that was wrong about the size took the file from under the installation."""
    send(uploads)
    with pytest.raises(UploadRefused, match="is being installed"):
        uploads.put(NAME, 34, 0, FILE[:10], keep=NAME)
    assert uploads.whole(NAME).read_bytes() == FILE
