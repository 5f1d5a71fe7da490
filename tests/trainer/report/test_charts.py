import re

import numpy as np
import pytest

from edge.calibration import Calibration, Threshold
from trainer.report import charts

THRESHOLD = Threshold(2.0, 1.8, 2.2, "tail")


def heights(drawing, cls):
    return [float(h) for h in re.findall(rf'<rect class="{cls}"[^>]* height="([\d.]+)"', drawing)]


def test_every_picture_is_in_a_bar():
    """Prevents outliers that fall out of the histogram's range, which are the pictures that matter."""
    good, bad = np.linspace(0, 2.5, 50), np.append(np.linspace(1, 4, 99), 1000.0)
    drawn = charts.histogram(good, bad, THRESHOLD)
    shares = [sum(heights(drawn, cls)) for cls in ("good", "bad")]
    assert shares[0] == pytest.approx(shares[1], rel=0.02)


def test_one_far_score_does_not_flatten_the_others():
    drawn = charts.histogram(np.linspace(0, 1, 100), np.append(np.linspace(2, 3, 20), 1e6), THRESHOLD)
    assert len(heights(drawn, "good")) > 8


def test_without_bad_parts_good_ones_are_drawn_alone():
    drawn = charts.histogram(np.linspace(0, 1, 9), np.empty(0), THRESHOLD)
    assert heights(drawn, "good")
    assert not heights(drawn, "bad")
    assert "bad ↓" not in drawn


def test_the_cost_of_the_threshold_is_drawn_about_it():
    rng = np.random.default_rng(0)
    bad = np.arange(60) < 30
    drawn = charts.costs(rng.normal(1.5 + bad), bad, THRESHOLD)
    assert "threshold 2" in drawn
    assert len(re.findall(r'<path class="line (good|bad dashed)"', drawn)) == 2


def test_the_threshold_falls_with_the_rate_that_is_allowed():
    calibration = Calibration.fit(np.random.default_rng(0).normal(1, 0.1, 100))
    drawn = charts.thresholds_chart(calibration, calibration.threshold(100), 100)
    line = re.search(r'class="line found" d="([^"]+)"', drawn)
    assert line
    down = [float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.-]+)", line[1])]
    assert down == sorted(down)
    assert "100 in 10,000" in drawn


def test_the_tracker_draws_good_above_noisy():
    rows = [{"real_mean": i, "real_std": 0.1, "noisy_mean": -i, "noisy_std": 0.1} for i in (1.0, 2.0)]
    drawn = charts.tracker_chart(rows, 2)
    ends = {
        cls: float(re.findall(rf'class="line {cls}" d="[^"]* ([\d.]+)"', drawn)[0]) for cls in ("good", "bad dashed")
    }
    assert ends["good"] < ends["bad dashed"]
    assert "kept: 2" in drawn
