import pytest
from small_bundle import write_small_bundle

from edge.cli import main
from edge.clock import VirtualClock
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
[slots]
folder = "slots"
batch_ms = 60000
[flash]
inbox = "inbox"
"""


@pytest.fixture
def box_toml(tmp_path, monkeypatch):
    monkeypatch.setattr("edge.clock.RealClock", VirtualClock)  # what is waited for until a copy is quiet costs nothing
    (tmp_path / "inbox").mkdir()
    (tmp_path / "box.toml").write_text(CONFIG)
    return str(tmp_path / "box.toml")


def test_the_first_model_of_a_box_may_come_through_the_inbox(box_toml, tmp_path, capsys):
    write_small_bundle(tmp_path / "inbox" / "m.ringlight")
    assert main(["inbox", "--config", box_toml]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "m.ringlight: taking it in"
    assert "slot A is proven" in said
    assert said[-1] == "m.ringlight: taken"
    assert Slots(tmp_path / "slots").state().pending == "a"


def test_what_is_there_already_is_said(box_toml, tmp_path, capsys):
    bundle = write_small_bundle(tmp_path / "m.ringlight").read_bytes()
    for _ in range(2):
        (tmp_path / "inbox" / "m.ringlight").write_bytes(bundle)
        assert main(["inbox", "--config", box_toml]) == 0
    assert "slot A holds it already" in capsys.readouterr().out


def test_a_refusal_ends_with_1(box_toml, tmp_path, capsys):
    (tmp_path / "inbox" / "m.ringlight").mkdir()
    assert main(["inbox", "--config", box_toml]) == 1
    assert "refused" in capsys.readouterr().out


def test_a_file_that_no_bundle_is_as_large_as_is_refused_unread(box_toml, tmp_path, capsys):
    """A disk image under the name of a bundle was read into memory, and the kernel ended what else ran."""
    with (tmp_path / "inbox" / "m.ringlight").open("wb") as file:
        file.truncate(2 << 40)
    assert main(["inbox", "--config", box_toml]) == 1
    assert "flash.max_mb" in capsys.readouterr().out
