from types import SimpleNamespace

import pytest

from trainer.doubts import doubts

SOUND = {
    "threshold_warning": "",
    "good": 1000,
    "bad": 500,
    "false_rejects_per_10000": 100.0,
    "false_reject_rate": 0.012,
    "false_reject_interval": (0.007, 0.021),
    "image_auroc": 0.98,
    "image_auroc_interval": (0.97, 0.99),
    "aupro": 0.9,
    "per_class": {"good": SimpleNamespace(n=1000), "scratch": SimpleNamespace(n=500)},
}


def found(**changes):
    return doubts(SimpleNamespace(**SOUND | changes))  # pyright: ignore[reportArgumentType]  # the fields are enough


def test_a_sound_evaluation_raises_no_doubt():
    assert found() == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"threshold_warning": "extrapolated"}, "extrapolated"),
        ({"good": 191, "false_reject_interval": (0.001, 0.029)}, "as high as 2.9 %. 300 good pictures"),
        ({"false_reject_rate": 0.04, "false_reject_interval": (0.03, 0.06)}, "4 % of the good test pictures"),
        ({"image_auroc": 1.0}, "no proof of a perfect model"),
        ({"image_auroc_interval": (0.9, 0.99)}, "between 0.900 and 0.990"),
        ({"per_class": {"dent": SimpleNamespace(n=3)}}, "dent (3)"),
        ({"aupro": None}, "No masks"),
    ],
)
def test_each_weakness_is_said_with_its_mend(changes, words):
    [text] = found(**changes)
    assert words in text


def test_the_gravest_comes_first():
    texts = found(aupro=None, threshold_warning="extrapolated", image_auroc=1.0)
    assert [text.split()[0] for text in texts] == ["extrapolated", "Good", "No"]
