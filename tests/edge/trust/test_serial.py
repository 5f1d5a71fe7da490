import pytest

from edge.errors import RinglightError
from edge.trust.serial import Excuse, SerialRecord

EXCUSE = Excuse(manifest="0" * 64, model_id="m-1", serial=3, reason="the new one rejects all", at="2026-01-01")


def test_without_a_record_nothing_was_seen(serials):
    assert serials.highest() == 0
    assert not serials.path.exists()


def test_the_highest_serial_never_falls_and_lasts(serials):
    for serial in (5, 9, 2):
        serials.raise_to(serial)
    assert SerialRecord(serials.path).highest() == 9


def test_an_excuse_leaves_the_highest_serial_where_it_is(serials):
    serials.raise_to(9)
    serials.excuse(EXCUSE)
    assert (serials.highest(), serials.excused()) == (9, (EXCUSE,))
    serials.raise_to(10)
    assert serials.excused() == (EXCUSE,)


def test_excuses_do_not_grow_for_ever(serials):
    for number in range(40):
        serials.excuse(EXCUSE.model_copy(update={"manifest": f"{number:064x}"}))
    kept = serials.excused()
    assert len(kept) == 32
    assert kept[-1].manifest == f"{39:064x}"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"highest": -1}', b'{"highest": 1, "more": 2}', b"\xff"])
def test_a_damaged_record_is_not_taken_for_an_empty_one(serials, content):
    """Prevents a way back that is opened by damaging a file."""
    serials.path.write_bytes(content)
    with pytest.raises(RinglightError, match=r"serial\.json: the record of serials is damaged"):
        serials.highest()


def test_a_full_disk_leaves_the_old_record(serials, monkeypatch):
    serials.raise_to(5)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge.disk.os.fsync", full)
    with pytest.raises(RinglightError, match=r"cannot be written \(No space"):
        serials.raise_to(6)
    assert serials.highest() == 5
    assert [file.name for file in serials.path.parent.glob("serial*")] == ["serial.json"]
