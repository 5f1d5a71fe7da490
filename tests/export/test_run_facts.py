from dataclasses import replace

from export.exporting import run_facts
from trainer.augment import Augmentation
from trainer.runs import Run


def test_the_report_says_how_the_pictures_were_augmented(run_folder):
    run = replace(Run.read(run_folder), augment=Augmentation("rot90").to_dict())
    expected = "rot90: each picture in all four rotations by 90°; copies of a tile: 3"
    assert dict(run_facts(run))["Augmentation"] == expected
