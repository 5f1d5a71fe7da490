import json

import pytest
from small_bundle import write_small_bundle

from edge.cli import main

LINE = """
[trigger]
camera_mm = 100
[ejector]
distance_mm = 500
[trust]
allow_unsigned = true
[model]
bundle = "m.ringlight"
"""


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "box.toml"
    file.write_text(LINE)
    return file


def test_it_says_how_fast_the_belt_may_run(config, tmp_path, capsys):
    out = tmp_path / "budget.json"
    assert main(["budget", "--config", str(config), "--speed", "200", "--p99-ms", "50", "--json", str(out)]) == 0
    assert "the belt may run at" in capsys.readouterr().out
    assert json.loads(out.read_text())["slack_ms"] == pytest.approx(390 / 200 * 1000 - 35 - 50)


def test_a_belt_that_is_too_fast_fails(config, capsys):
    assert main(["budget", "--config", str(config), "--speed", "5000", "--p99-ms", "50"]) == 1
    assert "FAULT: Slow the belt down" in capsys.readouterr().out


def test_without_a_figure_the_model_is_timed(config, tmp_path, capsys):
    write_small_bundle(tmp_path / "m.ringlight", good=0.25)
    assert main(["budget", "--config", str(config), "--speed", "20"]) == 0
    assert "picture to verdict, p99" in capsys.readouterr().out


@pytest.mark.parametrize("speed", ["0", "-3", "fast"])
def test_a_speed_is_a_positive_number(config, speed):
    with pytest.raises(SystemExit) as ended:
        main(["budget", "--config", str(config), "--speed", speed])
    assert ended.value.code == 2


WEB = """
[web]
enabled = true
overlap_px = 8
[camera]
source = "virtual"
width_px = 128
height_px = 64
fps = 30
mm_per_px = 0.1
motion = "-y"
"""


def test_a_web_is_told_what_model_camera_and_marker_allow(config, tmp_path, capsys):
    """A web's budget was computed as if it carried parts."""
    write_small_bundle(tmp_path / "m.ringlight", good=0.25)
    config.write_text(LINE + WEB)
    out = tmp_path / "budget.json"
    words = ["budget", "--config", str(config), "--p99-ms", "10", "--json", str(out), "--speed"]
    assert main([*words, "100"]) == 0
    told = capsys.readouterr().out
    figures = json.loads(out.read_text())
    assert figures["strip_mm"] == pytest.approx(2.4)
    assert figures["most_mm_s"] == figures["by_camera_mm_s"] == pytest.approx(192.0)
    assert "the web may run at" in told
    assert main([*words, "250"]) == 1
    assert "FAULT: Export with --precision int8" in capsys.readouterr().out
    assert main([*words, "200"]) == 1
    assert "FAULT: Raise camera.fps" in capsys.readouterr().out


def test_a_web_without_a_figure_is_timed_by_its_strips(config, tmp_path, capsys):
    write_small_bundle(tmp_path / "m.ringlight", good=0.25)
    config.write_text(LINE + WEB)
    assert main(["budget", "--config", str(config), "--speed", "2"]) == 0
    assert "scoring a strip, p99" in capsys.readouterr().out
