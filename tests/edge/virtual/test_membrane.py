import numpy as np

from edge.virtual.membrane import Membrane, Pinhole


def web(*holes: Pinhole, **more) -> Membrane:
    return Membrane(list(holes), mm_per_px=0.05, width_mm=10.0, noise=0.0, **more)


def test_a_pinhole_is_bright_where_it_is_and_only_there():
    with_hole = web(Pinhole(5.0, 4.0)).frame(0, 200)[..., 0].astype(int)
    difference = with_hole - web().frame(0, 200)[..., 0]
    assert np.unravel_index(difference.argmax(), difference.shape) in {(99, 79), (100, 80), (99, 80), (100, 79)}
    assert difference.max() > 40
    assert np.count_nonzero(difference) < 100


def test_frames_that_overlap_show_the_same_web():
    """A hole on the border of two frames was drawn in neither."""
    membrane = web(Pinhole(5.0, 4.0))
    whole, upper, lower = membrane.frame(0, 200), membrane.frame(0, 100), membrane.frame(100, 100)
    assert np.array_equal(np.concatenate([upper, lower]), whole)


def test_the_web_repeats_without_a_seam():
    membrane = web()
    grey = membrane.frame(4000, 200)[..., 0].astype(float)
    steps = np.abs(np.diff(grey.mean(axis=1)))
    assert steps[95] < 5 * np.median(steps) + 0.5


def test_one_seed_makes_one_web():
    one, two = (Membrane.with_pinholes(1000.0, 30.0, seed=3, mm_per_px=0.5) for _ in range(2))
    assert one.pinholes == two.pinholes
    assert len(one.pinholes) > 10
    assert np.array_equal(one.frame(10, 20), two.frame(10, 20))
