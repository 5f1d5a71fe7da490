"""Lines without a photo-eye, from the first sight to the bins."""

import random

from on_the_line import assert_bins_match_the_ledger, lay_parts, mixed

from edge.virtual.rig import Rig, read_grey


def test_parts_that_the_camera_itself_finds_fall_where_they_belong():
    """The picture shows 160 mm of belt and begins 20 mm before the place of the photo-eye, which is not listened to."""
    places = {"trigger": {"kind": "detect", "camera_mm": 110.0}, "ejector": {"distance_mm": 470.0}}
    rig = Rig(read_grey, **places)
    draw = random.Random(3)
    parts = lay_parts(rig, mixed(60), lambda: draw.uniform(20, 150))
    for speed in (120.0, 260.0, 200.0):
        rig.run(3)
        rig.set_speed(speed)
    rig.run_until_empty()
    assert_bins_match_the_ledger(rig)
    assert rig.inspector.counts().triggered == 60
    assert [part.ejected for part in parts] == [part.bad for part in parts]


def test_a_belt_with_pockets_needs_no_eye():
    """A pocket every 120 mm; an empty one is a part that is not there, and falls nowhere."""
    places = {"trigger": {"kind": "distance", "every_mm": 120.0, "camera_mm": 70.0}, "ejector": {"distance_mm": 430.0}}
    rig = Rig(read_grey, **places)
    parts = lay_parts(rig, mixed(30), lambda: 60.0)
    rig.run_until_empty()
    assert [part.ejected for part in parts] == [part.bad for part in parts]
    assert rig.inspector.counts().balanced


def test_an_eye_that_never_goes_dark_again_is_told_and_all_is_ejected_from_then_on():
    """A photo-eye that was unplugged opened no part, and every one of them passed."""
    rig = Rig(read_grey, trigger={"most_quiet_mm": 600.0}, ejector={"part_mm": 60.0})
    parts = lay_parts(rig, [False] * 30)
    rig.run(1.5)
    rig.line.eye.stick(False, rig.clock.now_ns())
    rig.run_until_empty()
    assert "eye" in rig.inspector.watch.stop.raised
    passed = [part.number for part in parts if not part.ejected]
    assert passed == list(range(1, len(passed) + 1))
    assert parts[len(passed)].head_mm - parts[1].head_mm < 600.0 + 120.0


def test_after_a_quiet_time_parts_are_spared_again():
    rig = Rig(read_grey, trigger={"most_quiet_mm": 600.0}, ejector={"part_mm": 60.0})
    rig.run(5)
    assert "eye" in rig.inspector.watch.stop.raised
    parts = lay_parts(rig, [False] * 12)
    rig.run_until_empty()
    assert [part.ejected for part in parts[-8:]] == [False] * 8
