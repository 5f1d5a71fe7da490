import numpy as np
import pytest

from edge.errors import RinglightError
from trainer.simulate import photograph as module
from trainer.simulate.kinds import KINDS
from trainer.simulate.photograph import FAINT, LARGEST, SMALLEST, VISIBLE, take
from trainer.simulate.plan import Plan, Shot

DEFECTS = [Shot(f"test/{kind}", i, kind=kind) for kind in KINDS for i in range(4)]
PLAN = Plan()


@pytest.fixture(scope="module")
def defective():
    return [take(PLAN, shot) for shot in DEFECTS]


def good_twin(shot):
    """The same part in the same light without its defect, through the same camera."""
    return take(PLAN, Shot(shot.folder, shot.index)).image.astype(int)


def test_defects_cover_eight_hundredths_of_a_per_cent(defective):
    assert np.mean([photograph.mask.mean() for photograph in defective]) == pytest.approx(0.0008, rel=0.25)


def test_every_defect_can_be_seen_and_is_small(defective):
    for photograph in defective:
        assert photograph.truth["defect"]["contrast"] >= VISIBLE
        assert SMALLEST <= photograph.mask.mean() <= LARGEST


@pytest.mark.parametrize("number", range(0, len(DEFECTS), 4))
def test_the_mask_is_where_the_defect_changed_the_picture(defective, number):
    """Prevents masks that are drawn beside the defect, or where the part hides it."""
    photograph = defective[number]
    change = np.abs(photograph.image - good_twin(DEFECTS[number])).max(axis=2)
    mask = photograph.mask
    assert np.percentile(change[mask], 90) > 0.7 * VISIBLE
    # Noise is the same in both; JPEG spreads a little of the change over its blocks.
    assert change[~mask].mean() < 0.1
    assert change[~mask].max() < change[mask].max()


def test_a_borderline_part_has_a_defect_that_hardly_shows():
    for i in range(4):
        photograph = take(PLAN, Shot("train/good", i, borderline=True))
        assert photograph.mask is None
        assert FAINT[0] <= photograph.truth["defect"]["contrast"] <= FAINT[1]
        assert photograph.truth["borderline"]


def test_borderline_or_not_is_all_that_changes():
    """Prevents a study of borderline parts that compares different parts."""
    plain, faint = (take(PLAN, Shot("train/good", 3, borderline=b)) for b in (False, True))
    assert plain.truth["pose"] == faint.truth["pose"]
    assert np.abs(plain.image.astype(int) - faint.image).mean() < 0.1


def test_the_light_that_the_truth_tells_is_in_the_picture():
    new, old = (take(Plan(drift=drift), Shot("train/good", 100)) for drift in (0.0, 0.5))
    assert (new.truth["lamp"]["level"], old.truth["lamp"]["level"]) == (1.0, 0.5)
    assert old.image.mean() < 0.8 * new.image.mean()


def test_twice_the_pixels_show_the_same_part():
    small, large = (take(Plan(width=w, height=h), Shot("train/good", 0)) for w, h in ((320, 240), (640, 480)))
    mean = large.image.reshape(240, 2, 320, 2, 3).mean(axis=(1, 3))
    assert np.abs(small.image - mean).mean() < 3


def test_a_defect_that_no_light_betrays_is_not_written(monkeypatch):
    """Prevents an endless search, and a picture called defective that looks good."""
    monkeypatch.setattr(module, "VISIBLE", 256.0)
    monkeypatch.setattr(module, "_TRIES", 3)
    with pytest.raises(RinglightError, match="no dent came out"):
        take(Plan(width=320, height=240), Shot("test/dent", 0, kind="dent"))
