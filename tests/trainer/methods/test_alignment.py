from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.tiles import Geometry
from trainer.backbone import Backbone
from trainer.dataset import open_dataset
from trainer.features import Features
from trainer.methods import Lesson
from trainer.methods.alignment import choose, part
from trainer.padim import Settings, embed, fit

SIDE, GRID = 64, (4, 4)


def smooth_noise(rng: np.random.Generator) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 3)) * 300


def lesson(folder: Path, in_a_jig: bool, n: int = 30) -> Lesson:
    """Pictures of one relief that lies the same way in all of them, or of another piece of a rough surface in each."""
    (folder / "train/good").mkdir(parents=True)
    relief = smooth_noise(np.random.default_rng(99))
    for i in range(n):
        rng = np.random.default_rng(i)
        surface = relief if in_a_jig else smooth_noise(rng)
        picture = np.clip(120 + surface + rng.normal(0, 3, (SIDE, SIDE)), 0, 255).astype(np.uint8)
        assert cv2.imwrite(str(folder / f"train/good/{i:03}.png"), picture)
    network = Backbone("resnet18", ["layer2"], "random")
    return Lesson(network, Geometry(SIDE, SIDE), open_dataset(folder).train, (), 0, folder)


def features_of(told: Lesson) -> Features:
    return Features(told.network, told.geometry, partial(embed, grid=GRID))


def chosen_for(told: Lesson):
    features = features_of(told)
    known, asked = part(told.fitted, 0)
    return choose(features.of_pictures(known, "fit"), features.tiles_of(asked), features, Settings(), 0)


@pytest.mark.parametrize(("in_a_jig", "chosen"), [(True, "fixed"), (False, "free")])
def test_parts_in_a_jig_are_told_from_a_rough_surface(in_a_jig, chosen, tmp_path):
    choice, _ = chosen_for(lesson(tmp_path, in_a_jig))
    assert choice.chosen == chosen
    assert (choice.good, choice.defective) == (6, 12)
    assert (choice.fixed >= choice.free) == (chosen == "fixed")


def test_pictures_that_were_asked_join_the_fit(tmp_path):
    """Prevents a model that learned from four fifths of what it could have."""
    told = lesson(tmp_path, in_a_jig=True)
    _, moments = chosen_for(told)
    everything = features_of(told)
    mean, _ = fit([everything.of_tiles(everything.tiles_of(told.fitted))], Settings("fixed"))
    assert moments["fixed"].n == 30
    np.testing.assert_allclose(moments["fixed"].mean().numpy(), mean.numpy(), rtol=1e-5, atol=1e-5)


def test_few_pictures_are_shared_out_all_the_same():
    pictures = [Path(f"{i}.png") for i in range(4)]
    told, asked = part(pictures, 0)
    assert (len(told), len(asked)) == (2, 2)
    assert not set(told) & set(asked)
