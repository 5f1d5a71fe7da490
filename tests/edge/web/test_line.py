import numpy as np
import pytest

from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.conveyor import EncoderBelt
from edge.parts import Frame, Place
from edge.virtual.membrane import Membrane
from edge.virtual.web_rig import configure_web
from edge.web.assemble import make_web_line
from edge.web.line import Listeners, WebLine, turned

ROWS, PITCH = 40, 0.1


class NoPin:
    """A marker that nobody wired."""

    def on(self) -> None:
        pass

    def off(self) -> None:
        pass


@pytest.fixture
def line() -> WebLine:
    membrane = Membrane([], mm_per_px=PITCH, width_mm=4.0)
    config = configure_web(membrane, ROWS, tile_px=16, belt={"mm_per_tick": 1.0}, web={"overlap_px": 8})
    return make_web_line(config, VirtualClock(), NoPin(), 16, Listeners())


def a_frame(at_ns: int) -> Frame:
    return Frame(np.zeros((ROWS, 40, 3), np.uint8), at_ns)


def tick(line: WebLine, *at_ms: float) -> None:
    assert isinstance(line.conveyor, EncoderBelt)
    for ms in at_ms:
        line.conveyor.tick(round(ms * NS_PER_MS))


def test_a_frame_lies_where_the_encoder_says_afterwards_not_where_its_speed_let_guess(line):
    """Between two pulses the place was extrapolated from the speed before: a web that sped up was stitched too early,
    and half a millimetre of it was in no strip."""
    tick(line, *range(100, 1001, 100))  # 10 mm at 10 mm/s
    roll = line.start_roll("", NS_PER_S)
    line.frame(a_frame(1010 * NS_PER_MS), 1010 * NS_PER_MS)
    tick(line, 1020)  # the web runs five times as fast
    line.poll(1200 * NS_PER_MS)
    assert roll.next_row == round(10.5 / PITCH + ROWS / 2)


def test_a_frame_waits_no_longer_than_a_tenth_of_a_second_for_the_next(line):
    roll = line.start_roll("", 0)
    line.frame(a_frame(0), 0)
    wake = line.poll(NS_PER_MS)
    assert wake == 100 * NS_PER_MS
    assert roll.next_row == 0
    line.poll(wake)
    assert roll.next_row == ROWS / 2


@pytest.mark.parametrize(("motion", "turns"), [("-y", 0), ("+x", 1), ("+y", 2), ("-x", 3)])
def test_however_the_camera_hangs_the_web_travels_upwards_and_is_not_mirrored(line, motion, turns):
    """A mirrored picture is another texture to a model, and its left edge is the right one."""
    upwards = np.arange(12, dtype=np.uint8).reshape(4, 3, 1).repeat(3, axis=2)
    as_seen = np.rot90(upwards, -turns)
    assert np.array_equal(turned(as_seen, Place(0, 0, 0, 0), turns), upwards)


def test_web_that_belongs_to_no_roll_is_in_no_account(line):
    assert not line.frame(a_frame(0), 0)
    assert line.poll(NS_PER_S) is None
    assert line.next_job(NS_PER_S) is None
