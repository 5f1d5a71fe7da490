import pytest

from edge.cli import main


def test_from_a_new_key_to_a_revoked_one(tmp_path, capsys):
    trust = ["--folder", str(tmp_path / "trust")]
    assert main(["keys", "new", "--out", str(tmp_path), "--name", "desk1"]) == 0
    said = capsys.readouterr().out
    assert "ringlight keys trust desk1.pub" in said
    assert f"--key {tmp_path / 'desk1.pem'}" in said
    assert main(["keys", "list", *trust]) == 0
    assert "trusts nobody" in capsys.readouterr().out
    assert main(["keys", "trust", str(tmp_path / "desk1.pub"), *trust]) == 0
    capsys.readouterr()
    assert main(["keys", "list", *trust]) == 0
    word, key_id = capsys.readouterr().out.split()
    assert word == "trusted"
    assert f"the key {key_id}." in said
    assert main(["keys", "revoke", key_id, *trust]) == 0
    capsys.readouterr()
    assert main(["keys", "list", *trust]) == 0
    assert f"revoked {key_id}" in capsys.readouterr().out
    assert main(["keys", "trust", str(tmp_path / "desk1.pub"), *trust]) == 2
    assert "was revoked" in capsys.readouterr().err


def test_a_key_is_not_overwritten(tmp_path, capsys):
    for code in (0, 2):
        assert main(["keys", "new", "--out", str(tmp_path)]) == code
    assert "exists" in capsys.readouterr().err


def test_the_configuration_tells_the_folder(tmp_path, capsys):
    (tmp_path / "box.toml").write_text(
        '[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[trust]\nfolder = "keys"\n'
    )
    assert main(["keys", "list", "--config", str(tmp_path / "box.toml")]) == 0
    assert str(tmp_path / "keys") in capsys.readouterr().out


def test_without_an_action_the_call_is_wrong():
    with pytest.raises(SystemExit, match="2"):
        main(["keys"])
