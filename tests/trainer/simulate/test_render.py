import numpy as np
import pytest

from trainer.simulate.defects import draw_defect
from trainer.simulate.kinds import KINDS
from trainer.simulate.render import Placed, Scene
from trainer.simulate.scene import Lamp, Pose, View
from trainer.simulate.sleeve import Sleeve

POSE = Pose(roll=40, turn=2, tilt=1, x=0.4, y=-0.3, scale=1.01)


@pytest.fixture
def scene():
    return Scene(Sleeve(0), View(320, 240, POSE), Lamp(0, 10, 150, 1), belt=0)


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_a_defect_changes_lies_within_its_window(scene, kind):
    """Prevents a defect with a straight border, where the window cut it off."""
    for seed in range(4):
        placed = Placed(draw_defect(kind, 1.0, np.random.default_rng(seed)), 0.4)
        inner, outer = scene.reach(placed, 0), scene.reach(placed, 12)
        change = np.abs(scene.change(outer, placed)).max(axis=2)
        assert change.max() > 0.003
        change[inner.inside(outer)] = 0
        assert change.max() < 1e-3


def test_a_dent_looks_otherwise_in_another_light():
    """What makes it a dent and not a stain."""
    placed = Placed(draw_defect("dent", 1.0, np.random.default_rng(0)), 0.0)
    seen = []
    for y in (-40, 40):
        scene = Scene(Sleeve(0), View(320, 240, POSE), Lamp(0, y, 150, 1), belt=0)
        seen.append(scene.change(scene.reach(placed, 4), placed)[..., 1].ravel())
    assert np.corrcoef(*seen)[0, 1] < 0.7


def test_the_part_covers_what_the_pose_says(scene):
    """The belt is dark, the part is not: its outline tells where it lies and how large it is."""
    luminance = scene.radiance().mean(axis=2)
    columns = np.nonzero(luminance > 0.05)[1]
    mm = scene.view.mm_per_px
    assert np.ptp(columns) * mm == pytest.approx(40 * 1.01, abs=1.0)
    assert (columns.mean() - 159.5) * mm == pytest.approx(0.4, abs=0.4)


def test_the_window_of_the_part_holds_the_part(scene):
    belt_only = scene.view.part_window
    luminance = scene.radiance().mean(axis=2)
    luminance[belt_only.slices] = 0
    assert luminance.max() < 0.06
