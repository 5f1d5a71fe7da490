import os

from edge.cli.doctor import examine
from edge.config import Config


def test_a_doctor_called_by_root_takes_no_folder_from_the_box(tmp_path, monkeypatch):
    """`sudo ringlight doctor` before the first start: the store's folder was root's, and the box kept nothing."""
    given = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, **how: given.append((path, uid)))
    sections = {"trigger": {"camera_mm": 80}, "ejector": {"distance_mm": 400}, "store": {"folder": tmp_path / "data"}}
    checks = list(examine(Config.model_validate(sections)))
    assert "store" in [check.name for check in checks]
    assert given == [(tmp_path / "data", tmp_path.stat().st_uid)]
