"""A picture of 100 mm of belt at 100 mm/s, one pixel a millimetre; parts are 20 mm long."""

import numpy as np
import pytest

from edge.camera.detector import PartDetector
from edge.clock import NS_PER_MS
from edge.conveyor import SteadyBelt
from edge.parts import Frame, Place

BELT, PART = 28, 90


def detector(motion="+x", **settings):
    settings = {"mm_per_px": 1.0, "region": Place(0, 0, 0, 0), "level": 12.0, "min_gap_mm": 10.0, **settings}
    return PartDetector(SteadyBelt(100.0), motion=motion, **settings)


def picture(fronts, motion="+x", belt=BELT):
    """Parts with their fronts so many pixels from the border where they come in."""
    image = np.full((40, 100, 3), belt, np.uint8)
    for front in fronts:
        image[:, max(0, front - 20) : max(0, front)] = PART
    if motion == "-x":
        return np.ascontiguousarray(image[:, ::-1])
    return image if motion == "+x" else np.ascontiguousarray(np.rot90(image, 3 if motion == "+y" else 1))


def seen(found, shots, motion="+x"):
    """Triggers of shots (ms, fronts)."""
    return [t for ms, fronts in shots for t in found.frame(Frame(picture(fronts, motion), ms * NS_PER_MS)).triggers]


@pytest.mark.parametrize("motion", ["+x", "-x", "+y", "-y"])
def test_a_front_is_a_trigger_at_the_place_where_it_came_in(motion):
    (trigger,) = seen(detector(motion), [(0, []), (500, [30]), (600, [40]), (1000, [80])], motion)
    assert (trigger.at_ns, trigger.belt_mm) == (500 * NS_PER_MS, 20.0)


def test_two_parts_in_one_picture_are_two_in_the_order_of_the_belt():
    found = seen(detector(), [(0, []), (1000, [70, 30])])
    assert [t.belt_mm for t in found] == [30.0, 70.0]


def test_a_part_that_leaves_the_picture_is_not_new():
    assert len(seen(detector(), [(0, []), (500, [30]), (1200, [100]), (1300, [110])])) == 1


def test_a_lamp_that_ages_slowly_is_no_part():
    found = detector()
    found.frame(Frame(picture([]), 0))
    for n in range(200):
        assert not found.frame(Frame(picture([], belt=BELT - n // 10), n * 33 * NS_PER_MS)).triggers


def test_what_lies_beside_the_inspected_band_is_no_part():
    image = picture([])
    image[:10, 20:60] = PART
    found = detector(region=Place(0, 10, 0, 20))
    found.frame(Frame(picture([]), 0))
    assert not found.frame(Frame(image, 500 * NS_PER_MS)).triggers


def looked(found, shots):
    """Whether each millimetre of the first 200 was looked at, after shots (ms, fronts)."""
    spans = [span for ms, fronts in shots for span in found.frame(Frame(picture(fronts), ms * NS_PER_MS)).looked]
    return [any(first < mm + 0.5 < last for first, last in spans) for mm in range(200)]


def test_bare_belt_was_looked_at_but_at_the_borders_of_the_picture():
    found = looked(detector(), [(0, []), (1000, [])])
    assert found == [2 <= mm < 98 for mm in range(200)]


def test_a_part_was_looked_at_once_its_front_and_tail_were_seen():
    assert not looked(detector(), [(0, []), (1000, [10])])[95]
    assert looked(detector(), [(0, []), (1000, [10]), (1300, [40])])[95]


def test_what_comes_without_a_front_hides_the_belt():
    """Its front came by while the camera hung; it was taken for the part before."""
    found = looked(detector(), [(0, []), (500, [40]), (1700, [110])])
    assert not any(found[60:80])


def test_of_parts_that_touch_none_was_looked_at():
    shots = [(0, []), (800, [40]), (900, [50])]
    two = detector(longest_mm=25.0)
    image = picture([])
    image[:, 20:60] = PART
    two.frame(Frame(picture([]), 0))
    glance = two.frame(Frame(image, 900 * NS_PER_MS))
    assert not any(first <= 60 <= last for first, last in glance.looked)
    assert looked(detector(longest_mm=25.0), shots)[50]


@pytest.mark.parametrize("belt", [5, PART])
def test_a_picture_without_the_belt_shows_nothing(belt):
    assert not any(looked(detector(), [(0, [])]))
    found = detector()
    found.frame(Frame(picture([]), 0))
    assert found.frame(Frame(picture([], belt=belt), 500 * NS_PER_MS)).looked == ()


def test_a_black_belt_in_the_dark_is_no_belt():
    found = detector()
    found.frame(Frame(picture([], belt=10), 0))
    assert found.frame(Frame(picture([], belt=2), 500 * NS_PER_MS)).looked == ()


def test_a_picture_that_is_older_than_the_last_shows_nothing():
    found = detector()
    seen(found, [(0, []), (500, []), (700, [])])
    assert found.frame(Frame(picture([30]), 600 * NS_PER_MS)).triggers == ()


def astray(found, shots):
    return any(found.frame(Frame(picture(fronts), ms * NS_PER_MS)).astray for ms, fronts in shots)


def test_a_part_that_moves_while_the_belt_is_said_to_stand_is_astray():
    """The encoder was dead: the picture showed it, and nobody looked."""
    standing = detector()
    assert not astray(standing, [(0, []), (500, [30]), (510, [32])])
    assert astray(standing, [(511 + n, [35 + 5 * n]) for n in range(10)])


def test_a_part_that_was_hidden_before_lies_still_on_the_belt():
    """Its front comes into sight downstream of a part that is known."""
    found = detector()
    assert not astray(found, [(0, []), (500, [30])])
    assert not astray(found, [(520 + 10 * n, [32 + n, 80 + n]) for n in range(15)])
