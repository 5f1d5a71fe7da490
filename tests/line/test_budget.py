"""The speed that the budget calls the fastest, ridden on the virtual line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from on_the_line import lay_parts, states

from edge.budget import make_budget, running_check
from edge.health import Level
from edge.parts import Reason
from edge.virtual.line import Layout
from edge.virtual.optics import Optics
from edge.virtual.rig import Rig, read_grey

PARTS = 3
CAMERA_MM = 60.0
FPS = 250.0  # so that the time of scoring is what limits the belt
OPTICS = Optics(width_px=40, height_px=16, mm_per_px=4.0, noise=0.0)


def ride(takes_ms: float, way_mm: float, speed_mm_s: float, tolerance_mm: float, ejector: dict) -> Rig:
    rig = Rig(
        read_grey,
        takes_ms=lambda sight: takes_ms,
        layout=Layout(camera_mm=CAMERA_MM, ejector_mm=CAMERA_MM + way_mm),
        optics=OPTICS,
        speed_mm_s=speed_mm_s,
        fps=FPS,
        part={"tolerance_mm": tolerance_mm},
        ejector=ejector,
    )
    # So far apart that none waits for another: what is asked is the way from picture to gate.
    lay_parts(rig, [False] * PARTS, lambda: speed_mm_s * takes_ms / 1000 + way_mm)
    return rig


ejectors = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["air_jet", "pusher"]),
            "pulse_ms": st.floats(10, 120),
            "part_mm": st.sampled_from([0.0, 60.0]),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("gate"), "hold_mm": st.floats(20, 90)}),
)


@given(
    takes_ms=st.floats(400, 900),
    way_mm=st.floats(300, 700),
    tolerance_mm=st.floats(7, 10),
    ejector=ejectors,
    lead_ms=st.floats(0, 60),
    decide_ms=st.floats(0, 30),
)
@settings(max_examples=10, deadline=None)
def test_the_fastest_speed_is_the_fastest(takes_ms, way_mm, tolerance_mm, ejector, lead_ms, decide_ms):
    """Half a pulse and half a part were both taken off the time, of which only the first counts."""
    ejector = {**ejector, "lead_ms": lead_ms, "decide_ms": decide_ms}
    most = make_budget(ride(takes_ms, way_mm, 100.0, tolerance_mm, ejector).config, takes_ms).most_mm_s
    slower = ride(takes_ms, way_mm, 0.98 * most, tolerance_mm, ejector)
    slower.run_until_empty()
    assert len(states(slower)) == PARTS
    assert [record.account.reason for record in slower.records] == [None] * PARTS
    faster = ride(takes_ms, way_mm, 1.1 * most, tolerance_mm, ejector)
    faster.run_until_empty()
    assert [record.account.reason for record in faster.records] == [Reason.LATE] * PARTS


@pytest.mark.parametrize(("times", "reason"), [(0.98, None), (2.1, Reason.NO_FRAME)])
def test_where_the_camera_is_the_slowest_it_is_what_counts(times, reason):
    ejector = {"kind": "air_jet", "pulse_ms": 20.0}
    tolerance_mm = 1.0
    most = make_budget(ride(50.0, 600.0, 100.0, tolerance_mm, ejector).config, 50.0).most_mm_s
    assert most == FPS * tolerance_mm
    rig = ride(50.0, 600.0, times * most, tolerance_mm, ejector)
    rig.run_until_empty()
    assert {record.account.reason for record in rig.records} >= {reason}


def test_a_computer_that_becomes_slow_is_told_before_a_part_is_late():
    said: list[tuple[Level, Reason | None]] = []

    def note(record):
        found = running_check(rig.config, rig.inspector.picture_to_verdict, 200.0)
        said.extend((check.level, record.account.reason) for check in found)

    rig = Rig(
        read_grey,
        takes_ms=lambda sight: 200.0 + 20.0 * sight.part.id,
        layout=Layout(camera_mm=CAMERA_MM, ejector_mm=CAMERA_MM + 400.0),
        optics=OPTICS,
        speed_mm_s=200.0,
    )
    rig.on_record = note
    lay_parts(rig, [False] * 120, lambda: 400.0)
    rig.run_until_empty()
    levels = [level for level, _ in said]
    late = next(place for place, (_, reason) in enumerate(said) if reason is Reason.LATE)
    assert levels[0] is Level.OK
    assert 0 < levels.index(Level.WARNING) < late - 10
    assert levels[-1] is Level.FAULT
