import pytest
from small_bundle import write_small_bundle

from edge.cli import main
from edge.slots import Slots

CONFIG = """
[trigger]
camera_mm = 80.0
[ejector]
distance_mm = 400.0
[trust]
allow_unsigned = true
folder = "trust"
serial_file = "serial.json"
"""


@pytest.fixture
def box_toml(tmp_path):
    (tmp_path / "box.toml").write_text(CONFIG + '[slots]\nfolder = "slots"\nbatch_ms = 60000\n')
    return tmp_path / "box.toml"


@pytest.fixture
def bundle(tmp_path):
    return str(write_small_bundle(tmp_path / "m.ringlight"))


def said(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


def test_flashing_says_each_step_and_listing_shows_the_slot(box_toml, bundle, capsys):
    code, out, _ = said(capsys, "flash", bundle, "--to", "local", "--config", box_toml)
    assert code == 0
    runs = "CPUExecutionProvider runs, as asked: CPU runs 6 of 6 nodes"
    assert out[1] == "verified: nobody signed it; serial 1"
    assert out[2:6] == ["writing brightness-1 into slot A", "self-test", runs, "slot A is proven"]
    code, out, _ = said(capsys, "slots", "list", "--config", box_toml)
    assert code == 0
    assert [line.split() for line in out] == [["A", "pending", "proven", "brightness-1"], ["B", "empty"]]


def test_the_first_model_becomes_good_by_hand(box_toml, bundle, capsys, tmp_path):
    said(capsys, "flash", bundle, "--config", box_toml)
    Slots(tmp_path / "slots").start()
    code, out, _ = said(capsys, "slots", "good", "--config", box_toml)
    assert (code, out[0]) == (0, "slot A is good")
    assert out[1].split() == ["A", "active", "good", "brightness-1"]


def test_rolling_back_says_where_to(box_toml, bundle, capsys, tmp_path):
    slots = Slots(tmp_path / "slots")
    for _ in range(2):
        said(capsys, "flash", bundle, "--config", box_toml)
        slots.start()
        slots.mark_good()
    code, out, _ = said(capsys, "slots", "rollback", "--config", box_toml)
    assert code == 0
    assert out[0].startswith("slot A inspects after the next part")


def test_a_damaged_bundle_ends_with_2(box_toml, bundle, capsys, tmp_path):
    (tmp_path / "m.ringlight").write_bytes(b"PK")
    code, _, err = said(capsys, "flash", bundle, "--config", box_toml)
    assert code == 2
    assert "m.ringlight" in err


def test_a_strangers_bundle_is_refused_before_anything_is_written(box_toml, bundle, capsys, tmp_path):
    box_toml.write_text(box_toml.read_text().replace("allow_unsigned = true", ""))
    code, _, err = said(capsys, "flash", bundle, "--config", box_toml)
    assert code == 2
    assert "nobody signed it" in err
    assert not (tmp_path / "slots").exists()


def test_a_slow_box_ends_with_1(box_toml, bundle, capsys):
    box_toml.write_text(box_toml.read_text().replace("60000", "0.000001"))
    code, _, err = said(capsys, "flash", bundle, "--config", box_toml)
    assert code == 1
    assert "slots.batch_ms" in err


def test_a_box_without_slots_says_how_to_have_them(box_toml, bundle, capsys):
    box_toml.write_text(CONFIG)
    code, _, err = said(capsys, "flash", bundle, "--config", box_toml)
    assert code == 2
    assert 'folder = "slots"' in err


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["--to", "box1", "--config", "box.toml"], "--config is for --to local"),
        (["--to", "box1", "--token-file", "nothing"], "ringlight token"),
        (["--to", "a b", "--token-file", "nothing"], "HOST:PORT"),
        ([], "--to HOST"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_sent(bundle, capsys, words, mend):
    code, _, err = said(capsys, "flash", bundle, *words)
    assert code == 2
    assert mend in err


def test_deciding_without_slots_ends_in_words(box_toml, capsys):
    code, _, err = said(capsys, "slots", "good", "--config", box_toml)
    assert code == 1
    assert "ringlight flash" in err


def test_the_doctor_looks_at_the_active_slots_model(box_toml, bundle, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    said(capsys, "flash", bundle, "--config", box_toml)
    Slots(tmp_path / "slots").start()
    _, out, _ = said(capsys, "doctor", "--config", box_toml)
    assert any("model" in line and "brightness-1" in line for line in out)
