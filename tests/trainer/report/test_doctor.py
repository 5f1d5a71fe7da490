import shutil

import numpy as np
import pytest
from checkup_dataset import part, write_parts
from small_dataset import write

from trainer.checkup.checkup import examine
from trainer.report.doctor import MOST, MOST_IN_ALL, section


@pytest.fixture
def root(tmp_path):
    return write_parts(tmp_path / "parts")


def cards_of(root):
    return {card.check: card for card in section(examine(root)).cards}


def test_the_worst_finding_comes_first_with_each_copy_beside_its_twin(root):
    shutil.copy(root / "train/good/003.png", root / "test/good/900.png")
    first = section(examine(root)).cards[0]
    assert (first.level, first.check) == ("FAULT", "repeats.exact_across")
    assert [[shot.name for shot in group] for group in first.groups] == [["train/good/003.png", "test/good/900.png"]]


def test_what_is_fine_is_one_line(root):
    found = section(examine(root))
    assert "repeats: exact across" in found.fine
    assert "repeats.exact_across" not in {card.check for card in found.cards}


def test_many_pairs_are_counted_and_only_some_are_shown(root):
    for i in range(MOST + 2):
        shutil.copy(root / f"train/good/{i:03}.png", root / f"test/good/9{i:02}.png")
    card = cards_of(root)["repeats.exact_across"]
    assert (len(card.groups), card.more) == (MOST, 4)


def test_the_pictures_of_all_findings_are_few_and_small(root):
    """Prevents a report too large to be sent by mail."""
    for i in range(12):
        write(root / f"test/hole/9{i:02}.png", part(i))
        write(root / f"ground_truth/hole/9{i:02}_mask.png", np.zeros((160, 160), np.uint8))
        write(root / f"train/good/9{i:02}.png", part(i + 40))
        write(root / f"test/good/9{i:02}.png", np.clip(part(i + 40) * 1.02, 0, 255).astype(np.uint8))
    shots = [shot for card in section(examine(root)).cards for group in card.groups for shot in group]
    assert 2 * MOST < len(shots) <= MOST_IN_ALL
    assert all(len(shot.uri) < 14_000 for shot in shots)
