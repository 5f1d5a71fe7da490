import pytest

from edge.bundle import Bundle
from edge.cli import main
from edge.errors import UsageError
from edge.trust.folder import TrustFolder
from edge.trust.gate import accept
from edge.trust.keys import make_keys
from edge.trust.serial import SerialRecord
from export.exporting import export_bundle


def test_a_box_that_trusts_the_desks_key_takes_its_export(run_folder, tmp_path, capsys):
    private, public, key = make_keys(tmp_path, "desk")
    out = tmp_path / "a.ringlight"
    assert main(["export", str(run_folder), "--out", str(out), "--key", str(private), "--no-check"]) == 0
    assert f"signed with the key {key.id}" in capsys.readouterr().out
    trust = TrustFolder(tmp_path / "trust")
    trust.trust(public)
    assert accept(Bundle.read(out), trust, SerialRecord(tmp_path / "serial.json")).key_id == key.id


def test_a_wrong_key_is_named_before_any_work_is_done(tmp_path, run_folder, monkeypatch):
    monkeypatch.setattr("export.exporting.single", lambda run: pytest.fail("the model was built"))
    with pytest.raises(UsageError, match=r"gone\.pem"):
        export_bundle(run_folder, tmp_path / "a.ringlight", key=tmp_path / "gone.pem")
