import pytest

from trainer.simplenet.tracker import MetaEpoch, Tracker


def tracked(*aurocs: float, real: float = 0.7, noisy: float = -2.0) -> Tracker:
    tracker = Tracker()
    for auroc in aurocs:
        tracker.add(MetaEpoch(0.1, real, 0.2, noisy, 0.6, auroc))
    return tracker


def test_a_training_that_went_well_gives_no_warning():
    assert tracked(0.8, 0.9).warnings(1) == []


@pytest.mark.parametrize("side", [-3.0, 3.0])
def test_outputs_that_tend_to_one_side_are_saturation_with_its_remedy(side):
    (text,) = tracked(0.9, real=side + 0.05, noisy=side).warnings(0)
    assert "saturated" in text
    assert "clip 1" in text


def test_a_map_that_calls_far_things_good_is_a_collapse():
    """Seen on magnetic tiles with too little noise: good and noisy were told apart, and every defect scored low."""
    (text,) = tracked(0.9, 0.3).warnings(1)
    assert "collapsed" in text
    assert "Raise the noise" in text
    assert tracked(0.9, 0.3).warnings(0) == []


def test_the_first_of_the_best_meta_epochs_is_the_best():
    assert tracked(0.8, 0.9, 0.9, 0.7).best() == 1


def test_the_notes_hold_a_row_for_each_meta_epoch():
    assert [row["synthetic_auroc"] for row in tracked(0.8, 0.9).to_notes()] == [0.8, 0.9]
