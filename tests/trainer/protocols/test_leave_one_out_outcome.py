import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trainer.dataset import Sample
from trainer.evaluate import Scored
from trainer.metrics import pro
from trainer.protocols.leave_one_out.outcome import leave_one_out, lines


def scored(n_good: int = 6, kinds: str = "aaab", seed: int = 0) -> Scored:
    """Maps of noise; defects of one row score somewhat higher, those of kind b lower."""
    rng = np.random.default_rng(seed)
    samples, maps, masks, scores = [], [], [], []
    for i, kind in enumerate(["good"] * n_good + [*kinds]):
        mask = np.zeros((12, 10), bool)
        if kind != "good":
            mask[rng.integers(12)] = True
        samples.append(Sample(Path(f"{i}.png"), kind, None))
        maps.append((rng.random(mask.shape) + mask * (0.6 if kind == "a" else 0.3)).astype(np.float32))
        masks.append(mask)
        scores.append(float(maps[-1].max()))
    return Scored(tuple(samples), np.array(scores), tuple(maps), tuple(masks), (None,) * len(maps), 0, 0)


def overlap(pictures: Scored, i: int, threshold: float) -> tuple[float, float]:
    mask = pictures.masks[i]
    assert mask is not None
    return pro([pictures.maps[i]], [mask], threshold)


def test_the_table_rests_on_the_pictures_own_numbers():
    pictures = scored()
    answer = leave_one_out(pictures, 0.05)
    for rule in ("good", "limit", "best"):
        for at, row in enumerate(answer["pictures"]):
            found = overlap(pictures, 6 + at, row[rule]["threshold"])
            assert (row[rule]["outer_pro"], row[rule]["outer_false_positives"]) == pytest.approx(found)
        summed = answer["maps"][rule]
        outer = np.mean([row[rule]["outer_pro"] for row in answer["pictures"]])
        inner = np.mean([row[rule]["inner_pro"] for row in answer["pictures"]])
        assert (summed["outer_pro"], summed["inner_pro"]) == pytest.approx((outer, inner))
        assert summed["optimism"] == pytest.approx(inner - outer)
        low, high = summed["outer_pro_interval"]
        assert low <= summed["outer_pro"] <= high
    assert answer["pictures"][3]["picture"] == "b/9.png"


def test_each_kind_has_its_own_mean():
    answer = leave_one_out(scored(), 0.05)
    for rule in ("good", "limit", "best"):
        of_kind = answer["maps"][rule]["per_class"]
        rows = [row[rule]["outer_pro"] for row in answer["pictures"]]
        assert of_kind["a"]["outer_pro"] == pytest.approx(np.mean(rows[:3]))
        assert of_kind["b"] == {
            "n": 1,
            "inner_pro": of_kind["b"]["inner_pro"],
            "outer_pro": rows[3],
            "outer_pro_interval": None,
        }


def test_inner_of_a_kind_is_at_the_thresholds_that_it_had_a_say_in():
    pictures = scored(kinds="aab")
    answer = leave_one_out(pictures, 0.05)
    at = [row["best"]["threshold"] for row in answer["pictures"]]
    inner = [np.mean([overlap(pictures, 6 + j, at[i])[0] for i in range(3) if i != j]) for j in range(3)]
    found = answer["maps"]["best"]["per_class"]
    assert (found["a"]["inner_pro"], found["b"]["inner_pro"]) == pytest.approx((np.mean(inner[:2]), inner[2]))


def test_a_threshold_that_no_defect_had_a_say_in_is_not_optimistic():
    """An interval that forgot that inner and outer rest on the same pictures was as wide as that of the PRO."""
    row = leave_one_out(scored(), 0.05)["maps"]["good"]
    assert [row["optimism"], *row["optimism_interval"]] == pytest.approx([0, 0, 0])


def test_verdicts_on_pictures_are_counted_by_kind():
    """One bad picture scores below all good ones: no threshold of the others finds it."""
    pictures = replace(scored(), scores=np.array([1, 2, 3, 4, 5, 6, 20, 21, 22, 0.0]))
    row = leave_one_out(pictures, 0.05)["images"]["balanced"]
    assert (row["false_reject_rate"], row["escape_rate"]) == (0, 0.25)
    assert row["outer_balanced_accuracy"] == 0.875
    low, high = row["outer_balanced_accuracy_interval"]
    assert low < 0.875 < high
    assert row["escape_interval"][0] < 0.25 < row["escape_interval"][1]
    assert row["threshold"] == [12.5, 13.5]


def test_pictures_without_a_mask_have_a_say_in_image_scores_alone():
    pictures = scored()
    without = replace(pictures, masks=(*pictures.masks[:-1], None))
    answer = leave_one_out(without, 0.05)
    assert (answer["bad"], answer["bad_with_mask"], len(answer["pictures"])) == (4, 3, 3)
    assert answer["maps"] == leave_one_out(pictures.some(range(9)), 0.05)["maps"]
    assert answer["images"] == leave_one_out(pictures, 0.05)["images"]


def test_too_few_to_leave_one_out_is_said():
    answer = leave_one_out(scored(kinds="a"), 0.05)
    assert (answer["maps"], answer["images"]) == (None, None)
    assert [line.split(":")[0] for line in lines(answer)] == ["maps", "images"]


def test_the_answer_is_plain_json_and_its_table_names_rules_and_kinds():
    answer = leave_one_out(scored(), 0.05)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    text = "\n".join(lines(answer))
    for words in ("good, 0.05", "limit, 0.05", "best PRO - FPR", "  a ", "  b ", "best balance", "best F1", "optimism"):
        assert words in text


def test_a_useless_map_finds_nothing_and_says_so_without_infinity():
    pictures = scored()
    upside_down = replace(pictures, maps=tuple(1 - m for m in pictures.maps))
    answer = json.loads(json.dumps(leave_one_out(upside_down, 0.05), allow_nan=False))
    assert answer["maps"]["best"]["outer_pro"] < 0.2
