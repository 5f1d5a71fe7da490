"""A narrow membrane past a box on the virtual clock, and what its account has to show."""

from __future__ import annotations

import pytest

from edge.virtual.membrane import SPEED_MM_S, Membrane, Pinhole
from edge.virtual.web_rig import WebRig, read_bright

PITCH, TILE, ROWS = 0.1, 32, 48


def a_rig(holes: list[Pinhole] | None = None, **more) -> WebRig:
    web = Membrane(holes or [], mm_per_px=PITCH, width_mm=16.0, grain=2.0)
    more = {"web": {"overlap_px": 8, "enabled": True, "tile_px": TILE}, **more}
    return WebRig(web, frame_rows=ROWS, tile_px=TILE, look=read_bright(8, 0.5), **more)


def start_roll(rig: WebRig) -> None:
    rig.run(0.1)
    rig.line.start_roll("", rig.clock.now_ns())


def end_roll(rig: WebRig) -> None:
    rig.line.end_roll(rig.clock.now_ns())
    rig.run(1.0)


def assert_account_is_whole(rig: WebRig) -> None:
    """Each millimetre of each roll is in the account once, what was not inspected is told, and what belongs to no roll
    is counted: all that travelled is in one of them."""
    assert not rig.line.rolls
    for roll in rig.rolls:
        lengths = roll.lengths()
        assert lengths.balanced
        assert lengths.in_flight == 0
        assert roll.end_row is not None
        assert lengths.travelled == roll.end_row - roll.start_row
        told = sum(stretch.length_mm for stretch in rig.stretches if stretch.roll_id == roll.id)
        assert told == pytest.approx(lengths.uninspected * PITCH)
    now = rig.clock.now_ns()
    in_rolls = sum(roll.lengths().travelled for roll in rig.rolls) * PITCH
    more = in_rolls + rig.line.account(now).outside_mm - rig.belt.position(now)
    assert -4 * PITCH < more <= (ROWS / 2 + 1) * PITCH, "a frame shows half a view beyond the camera's axis"


def seconds_of(mm: float) -> float:
    return mm / SPEED_MM_S
