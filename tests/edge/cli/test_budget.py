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
    assert "scoring, p99" in capsys.readouterr().out


@pytest.mark.parametrize("speed", ["0", "-3", "fast"])
def test_a_speed_is_a_positive_number(config, speed):
    with pytest.raises(SystemExit) as ended:
        main(["budget", "--config", str(config), "--speed", speed])
    assert ended.value.code == 2
