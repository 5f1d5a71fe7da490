"""The command as a person calls it: in this process, with its real exit codes and words."""

import json

import pytest
from small_bundle import write_small_bundle

from edge.cli import main
from edge.trust.keys import PrivateKey, make_keys

CONFIG = """
[trigger]
camera_mm = 80.0
[ejector]
distance_mm = 400.0
[model]
bundle = "m.ringlight"
[trust]
folder = "trust"
serial_file = "serial.json"
[camera]
source = "folder"
device = "pictures"
[mqtt]
enabled = false
"""


@pytest.fixture
def box_toml(tmp_path):
    (tmp_path / "box.toml").write_text(CONFIG)
    return tmp_path / "box.toml"


def test_without_a_word_it_lists_its_commands(capsys):
    assert main([]) == 2
    out = capsys.readouterr().out
    for name in ("demo", "train", "export", "evaluate", "run", "doctor", "config"):
        assert f"\n  {name} " in out


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["inspect"])
    assert end.value.code == 2
    assert "demo" in capsys.readouterr().err


def test_a_good_configuration_is_said_to_be_good(box_toml, capsys):
    assert main(["config", "check", str(box_toml)]) == 0
    assert "good" in capsys.readouterr().out


def test_a_wrong_configuration_ends_with_2_and_its_line(box_toml, capsys):
    box_toml.write_text(CONFIG.replace("enabled", "enable"))
    assert main(["config", "check", str(box_toml)]) == 2
    assert f"{box_toml}:15: mqtt.enable: is not a setting. Did you mean enabled?" in capsys.readouterr().err


def test_the_schema_is_json_and_refuses_unknown_keys(capsys):
    assert main(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$defs"]["TriggerConfig"]["additionalProperties"] is False


def test_run_without_a_model_ends_with_2_and_the_files_name(box_toml, capsys, monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    assert main(["run", "--config", str(box_toml)]) == 2
    assert "m.ringlight" in capsys.readouterr().err


def test_the_doctor_tells_what_is_wrong_and_what_is_well(box_toml, capsys, monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    _, public, key = make_keys(box_toml.parent, "desk")
    write_small_bundle(box_toml.parent / "m.ringlight", key=PrivateKey.read(box_toml.parent / "desk.pem"))
    assert main(["keys", "trust", str(public), "--config", str(box_toml)]) == 0
    assert main(["doctor", "--config", str(box_toml)]) == 1
    out = capsys.readouterr().out
    assert "OK      provider" in out
    assert "OK      golden" in out
    assert f"OK      signature        signed by the trusted key {key.id}, serial 1" in out
    assert "FAULT   camera" in out
    assert "pictures: cannot be read" in out


def test_the_doctor_names_a_damaged_key(box_toml, capsys, monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    write_small_bundle(box_toml.parent / "m.ringlight")
    (box_toml.parent / "trust").mkdir()
    (box_toml.parent / "trust" / "broken.pub").write_bytes(b"x")
    box_toml.write_text(CONFIG.replace("[trust]", "[trust]\nallow_unsigned = true"))
    main(["doctor", "--config", str(box_toml)])
    out = capsys.readouterr().out
    assert f"WARNING keys             {box_toml.parent / 'trust' / 'broken.pub'} holds no key" in out
    assert "WARNING signature        nobody signed it" in out


def test_the_operators_reason_reaches_the_box(box_toml, monkeypatch):
    """Prevents an option that is read and forgotten."""
    reasons = []
    monkeypatch.setattr("edge.box.Box", lambda config, *, allow_older, **more: reasons.append(allow_older) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["run", "--config", str(box_toml), "--allow-older", "dents"])
    assert reasons == ["dents"]


def test_a_reason_that_nobody_would_hear_is_refused(box_toml, tmp_path, capsys):
    """Prevents a belief that the older model is allowed now: a box with slots asks when it is flashed."""
    box_toml.write_text(box_toml.read_text() + f'\n[slots]\nfolder = "{tmp_path}"\n')
    assert main(["run", "--config", str(box_toml), "--allow-older", "dents"]) == 2
    assert "ringlight flash FILE --to local --allow-older" in capsys.readouterr().err
