import csv
import json

import pytest

from edge.cli import main
from edge.clock import VirtualClock
from edge.web.book import RollBook
from edge.web.roll import Roll, Sizes, Stretch, WebEvent
from edge.web.strips import Lost

CONFIG = """
[trigger]
camera_mm = 100.0
[ejector]
distance_mm = 600.0
[store]
folder = "data"
"""


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "box.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def book(tmp_path) -> RollBook:
    book = RollBook(tmp_path / "data", VirtualClock(), "boot")
    roll = Roll(1, "R-17", 0, Sizes(0.1, 32, 24, 8, 160), join=1, longest=100, min_cells=1, queue=4)
    book.began(roll, 16.0)
    book.event(WebEvent(1, 1, 1234.5, 0.8, 12.0, 0.8, 0.64, 7.5, 3.0, "membrane-1", False))
    book.stretch(Stretch(1, 500.0, 20.0, Lost.BUSY), 16.0)
    roll.end(0)
    book.ended(roll)
    book.flush()
    return book


def test_rolls_are_listed_and_shown(config, book, capsys):
    assert main(["roll", "list", "--config", str(config)]) == 0
    assert "R-17" in capsys.readouterr().out
    assert main(["roll", "show", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert "1.234 m" in said or "1.235 m" in said
    assert "uninspected (busy)" in said


def test_an_export_holds_what_the_map_holds(config, book, tmp_path, capsys):
    out = tmp_path / "map.csv"
    assert main(["roll", "export", "--config", str(config), "--format", "csv", "--out", str(out)]) == 0
    with out.open(newline="") as file:
        assert [line["kind"] for line in csv.DictReader(file)] == ["uninspected", "defect"]
    capsys.readouterr()
    assert main(["roll", "export", "--config", str(config)]) == 0
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 2


@pytest.mark.parametrize("words", [["show", "--roll", "9"], ["export", "--roll", "9"]])
def test_a_roll_that_nobody_remembers_is_said_so(config, book, words, capsys):
    assert main(["roll", *words, "--config", str(config)]) == 2
    assert "roll list" in capsys.readouterr().err


def test_a_box_that_never_inspected_a_web_is_told_what_to_look_at(config, capsys):
    assert main(["roll", "list", "--config", str(config)]) == 2
    assert "web.enabled" in capsys.readouterr().err
