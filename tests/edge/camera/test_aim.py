"""A belt at 100 mm/s, a camera 100 mm after the trigger, 0.5 mm a pixel."""

import numpy as np
import pytest

from edge.camera.aim import Aim
from edge.clock import NS_PER_S
from edge.conveyor import SteadyBelt
from edge.parts import Frame, Part, Place, Trigger


def part(number: int, at_mm: float) -> Part:
    return Part(number, Trigger(round(at_mm / 100 * NS_PER_S), at_mm))


def frame_at(belt_mm: float) -> Frame:
    """A frame in which each pixel's red value is its column, taken when the belt was at `belt_mm`."""
    image = np.zeros((60, 200, 3), np.uint8)
    image[..., 0] = np.arange(200)
    return Frame(image, round(belt_mm / 100 * NS_PER_S))


@pytest.fixture
def aim() -> Aim:
    return Aim(
        SteadyBelt(100.0),
        camera_mm=100.0,
        tolerance_mm=10.0,
        region=Place(80, 10, 40, 40),
        mm_per_px=0.5,
        motion="+x",
    )


def shots(aim: Aim, *belt_mm: float) -> list[tuple[int, float]]:
    """Part and offset of each sight that these frames give."""
    return [(s.part.id, round(s.offset_mm, 3)) for mm in belt_mm for s in aim.frame(frame_at(mm))]


def test_a_part_gets_the_frame_nearest_to_its_centre(aim):
    aim.expect(part(1, 0.0))
    assert shots(aim, 84, 91, 98, 105) == [(1, -2.0)]


def test_a_frame_after_the_centre_is_taken_if_it_is_the_nearest(aim):
    aim.expect(part(1, 0.0))
    assert shots(aim, 88, 95.9, 103.8) == [(1, 3.8)]


def test_a_dropped_frame_costs_no_part_that_the_frame_before_shows(aim):
    """A part 6 mm before its centre waited for a nearer frame; the camera dropped that one, and the next was 14 mm
    past: the part ended without a picture, although one within the tolerance had been there."""
    aim.expect(part(1, 0.0))
    (sight,) = [sight for mm in (84, 94, 114) for sight in aim.frame(frame_at(mm))]
    assert (sight.offset_mm, sight.taken_ns) == (pytest.approx(-6.0), round(0.94 * NS_PER_S))
    assert sight.image[0, 0, 0] == 80 - 12


def test_of_two_frames_around_a_gap_the_nearer_one_is_taken(aim):
    aim.expect(part(1, 0.0))
    assert shots(aim, 84, 92, 107) == [(1, 7.0)]


def test_the_frame_before_a_gap_is_not_taken_where_the_part_was_not_in_view(aim):
    aim.expect(part(1, 0.0))
    assert shots(aim, 84, 89, 114) == []
    assert [p.id for p in aim.overdue(round(1.14 * NS_PER_S))] == [1]


def test_the_rectangle_follows_the_part(aim):
    """A part that is 2 mm past the axis lies 4 pixels further; a fixed rectangle cut off its edge."""
    aim.expect(part(1, 0.0))
    (sight,) = aim.frame(frame_at(102.0))
    assert sight.image[0, 0, 0] == 84
    assert sight.image.shape == (40, 40, 3)


def test_parts_that_move_the_other_way_are_followed_the_other_way():
    aim = Aim(
        SteadyBelt(100.0), camera_mm=100.0, tolerance_mm=10.0, region=Place(80, 10, 40, 40), mm_per_px=0.5, motion="-x"
    )
    aim.expect(part(1, 0.0))
    (sight,) = aim.frame(frame_at(102.0))
    assert sight.image[0, 0, 0] == 76


def test_one_frame_may_show_two_parts(aim):
    aim.expect(part(1, 0.0))
    aim.expect(part(2, 4.0))
    assert shots(aim, 96, 104) == [(1, 4.0), (2, 0.0)]


def test_a_part_that_ran_through_is_given_up_and_the_next_one_still_seen(aim):
    """One lost frame must cost one part: the queue behind it went on being matched to the wrong frames."""
    aim.expect(part(1, 0.0))
    aim.expect(part(2, 30.0))
    assert shots(aim, 60, 130) == [(2, 0.0)]
    assert [p.id for p in aim.overdue(round(1.3 * NS_PER_S))] == [1]
    assert aim.overdue(round(1.3 * NS_PER_S)) == []


def test_without_any_frame_a_part_is_overdue_by_the_belt_alone(aim):
    aim.expect(part(1, 0.0))
    assert aim.overdue(round(1.19 * NS_PER_S)) == []
    due = aim.next_ns(0)
    assert due is not None
    assert [p.id for p in aim.overdue(due)] == [1]


def test_a_frame_older_than_the_trigger_is_never_a_parts_own():
    aim = Aim(SteadyBelt(100.0), camera_mm=1.0, tolerance_mm=50.0, region=Place(0, 0, 0, 0), mm_per_px=1, motion="+x")
    aim.expect(part(1, 40.0))
    aim.frame(frame_at(10.0))
    assert shots(aim, 39.0) == []
    assert shots(aim, 41.0) == [(1, 0.0)]


def test_a_rectangle_without_size_reaches_to_the_border():
    aim = Aim(
        SteadyBelt(100.0), camera_mm=100.0, tolerance_mm=10.0, region=Place(50, 20, 0, 0), mm_per_px=1, motion="+x"
    )
    aim.expect(part(1, 0.0))
    (sight,) = aim.frame(frame_at(100.0))
    assert sight.image.shape == (40, 150, 3)


def test_a_frame_that_is_too_small_for_the_rectangle_shows_nobody(aim):
    """A camera that came back at half its size was judged by what lay in the corner of its picture."""
    aim.expect(part(1, 0.0))
    assert aim.frame(Frame(np.zeros((60, 110, 3), np.uint8), NS_PER_S)) == []
    assert aim.frame(Frame(np.zeros((40, 200, 3), np.uint8), NS_PER_S)) == []
    assert shots(aim, 100) == [(1, 0.0)]


@pytest.mark.parametrize(("motion", "column", "row"), [("+x", 90, 10), ("-x", 70, 10), ("+y", 80, 20), ("-y", 80, 0)])
def test_the_rectangle_moves_as_the_parts_do(motion, column, row):
    aim = Aim(
        SteadyBelt(100.0),
        camera_mm=100.0,
        tolerance_mm=10.0,
        region=Place(80, 10, 40, 40),
        mm_per_px=0.5,
        motion=motion,
    )
    aim.expect(part(1, 0.0))
    frame = frame_at(105.0)
    frame.image[..., 1] = np.arange(60)[:, None]
    (sight,) = aim.frame(frame)
    assert (sight.image[0, 0, 0], sight.image[0, 0, 1]) == (column, row)


@pytest.mark.parametrize(("frames_mm", "column"), [((130.0,), 140), ((30.0, 131.0), 0)])
def test_the_rectangle_stays_inside_the_picture(frames_mm, column):
    aim = Aim(
        SteadyBelt(100.0), camera_mm=80.0, tolerance_mm=100.0, region=Place(80, 0, 60, 60), mm_per_px=0.5, motion="+x"
    )
    aim.expect(part(1, 0.0))
    (sight,) = [sight for mm in frames_mm for sight in aim.frame(frame_at(mm))]
    assert (sight.image.shape[:2], sight.image[0, 0, 0]) == ((60, 60), column)


def test_who_is_forgotten_gets_no_picture_and_the_others_theirs(aim):
    aim.expect(part(1, 0.0))
    aim.expect(part(2, 30.0))
    aim.forget(1)
    assert shots(aim, 99, 101, 129, 131) == [(2, -1.0)]
    assert aim.overdue(10 * NS_PER_S) == []
