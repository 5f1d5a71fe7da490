import os

import pytest

from edge.disk import RealDisk, replace_file, replace_link


@pytest.fixture
def given(monkeypatch):
    """Root is at work; what it gives to whom."""
    calls = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, **how: calls.append((path.name, uid, gid, how)))
    return calls


def test_what_root_writes_belongs_to_the_owner_of_the_folder(tmp_path, given):
    """`sudo ringlight flash` made slots that the box could not write: the old model stayed for good."""
    disk = RealDisk()
    disk.mkdir(tmp_path / "slots" / "a")
    replace_file(disk, tmp_path / "slots" / "state.json", b"{}")
    replace_link(disk, tmp_path / "slots" / "active", "a")
    owner = tmp_path.stat()
    how = (owner.st_uid, owner.st_gid, {"follow_symlinks": False})
    assert given == [(name, *how) for name in ("slots", "a", "state.json.new", "active.new")]


def test_a_folder_that_is_there_keeps_its_owner(tmp_path, given):
    RealDisk().mkdir(tmp_path)
    assert given == []


def test_others_than_root_give_nothing_away(tmp_path, given, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    RealDisk().write(tmp_path / "f.new", b"1")
    assert given == []


def test_a_root_that_may_not_give_writes_all_the_same(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", refuse)
    RealDisk().write(tmp_path / "f.new", b"1")
    assert (tmp_path / "f.new").read_bytes() == b"1"
