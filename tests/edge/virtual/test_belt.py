import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import NS_PER_S, VirtualClock
from edge.virtual.belt import LaidPart, TrueBelt
from edge.virtual.line import Layout, VirtualLine
from edge.virtual.optics import Eye, Optics, at_scale
from edge.virtual.pins import VirtualPinFactory

S = NS_PER_S


@given(st.lists(st.tuples(st.integers(1, 5 * S), st.one_of(st.just(0.0), st.floats(1, 500))), max_size=6))
def test_position_and_instant_agree_whatever_the_speed_did(changes):
    belt, now = TrueBelt(100.0, 0), 0
    for after, speed in changes:
        now += after
        belt.set_speed(speed, now)
    mm = belt.position(now)
    instant = belt.when(mm)
    assert instant is not None
    assert belt.position(instant) == pytest.approx(mm, abs=1e-5)


def test_a_standing_belt_never_gets_there():
    belt = TrueBelt(100.0, 0)
    belt.set_speed(0.0, S)
    assert belt.when(100.1) is None
    assert belt.when(50.0) == S // 2


@given(st.lists(st.tuples(st.integers(1, 5 * S), st.floats(-300, 300)), max_size=6), st.floats(0.1, 50))
def test_each_place_is_met_from_the_side_that_the_belt_comes_from(changes, pitch):
    """Walking from edge to edge ends at the edges on either side of where the belt is."""
    belt, now = TrueBelt(100.0, 0), 0
    for after, speed in changes:
        now += after
        belt.set_speed(speed, now)
    done, edge = 0, 0
    while (met := belt.crossing(done, (edge + 1) * pitch, edge * pitch)) is not None and met[0] <= now:
        done, forwards = met
        edge += 1 if forwards else -1
    assert edge * pitch - 1e-5 <= belt.position(now) <= (edge + 1) * pitch + 1e-5


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def pins(clock) -> VirtualPinFactory:
    return VirtualPinFactory(clock)


@pytest.fixture
def line(clock, pins) -> VirtualLine:
    optics = Optics(width_px=100, height_px=50, mm_per_px=1.0, noise=0.0, vignette=0.0)
    return VirtualLine(clock, pins, Layout(camera_mm=50.0), optics, speed_mm_s=100.0)


def cell(number: int, head_mm: float, grey: int = 200) -> LaidPart:
    return LaidPart(number, head_mm, 20.0, np.full((20, 20, 3), grey, np.uint8), bad=False)


def test_parts_do_not_lie_on_each_other(line, clock):
    line.lay(cell(1, 10.0))
    with pytest.raises(ValueError, match="on part 1"):
        line.lay(cell(2, 25.0))


def test_the_camera_sees_a_part_in_the_middle_when_it_is_centred(line, clock):
    line.lay(cell(1, 10.0))
    at_ns = round((10.0 + 10.0 + 50.0) / 100 * S)
    clock.advance(at_ns)
    image = line.frame(at_ns).image
    assert image[25, 41:59].min() > 190
    assert image[25, :38].max() < 60
    assert image[25, 62:].max() < 60


def jet(pins: VirtualPinFactory, clock: VirtualClock, on_mm: float, off_mm: float) -> None:
    """Holds the ejector's pin high while the belt runs from one position to another."""
    pin = pins.pin(27)
    pin.function = "output"
    for mm, high in ((on_mm, True), (off_mm, False)):
        clock.at(round(mm / 100 * S), lambda high=high: setattr(pin, "state", high))


def run_to(line: VirtualLine, clock: VirtualClock, mm: float) -> None:
    while line.position() < mm:
        clock.advance(S // 100)
        line.advance()


def test_the_jet_moves_the_part_that_lies_before_it_and_no_other(line, pins, clock):
    parts = [cell(1, 10.0), cell(2, 40.0), cell(3, 70.0)]
    for part in parts:
        line.lay(part)
    jet(pins, clock, 420 + 45, 420 + 55)
    run_to(line, clock, 700)
    assert [p.ejected for p in parts] == [False, True, False]


def test_a_jet_between_two_parts_moves_neither(line, pins, clock):
    parts = [cell(1, 10.0), cell(2, 40.0)]
    for part in parts:
        line.lay(part)
    jet(pins, clock, 420 + 31, 420 + 39)
    run_to(line, clock, 700)
    assert [p.ejected for p in parts] == [False, False]


def test_a_jet_that_is_too_short_only_shakes_the_part(line, pins, clock):
    part = cell(1, 10.0)
    line.lay(part)
    jet(pins, clock, 420 + 15, 420 + 16)
    run_to(line, clock, 700)
    assert part.ejected is False
    assert part.blown_ns == pytest.approx(10_000_000, rel=0.01)


def test_less_light_makes_darker_pictures():
    eye = Eye(Optics(noise=0.0))
    part = np.full((100, 100, 3), 200, np.uint8)
    bright, dim = (eye.frame(0, 0, light, [(0.0, part)])[240, 320, 0] for light in (1.0, 0.5))
    assert bright == pytest.approx(2 * dim, abs=2)


def test_motion_blurs_along_the_belt():
    eye = Eye(Optics(noise=0.0, exposure_ms=10.0))
    part = np.full((100, 100, 3), 200, np.uint8)
    sharp, blurred = (eye.frame(0, speed, 1.0, [(0.0, part)])[240, :, 0].astype(int) for speed in (0.0, 500.0))
    assert np.abs(np.diff(sharp)).max() > 3 * np.abs(np.diff(blurred)).max()


def test_the_corners_are_darker_than_the_middle():
    eye = Eye(Optics(noise=0.0, vignette=0.3))
    frame = eye.frame(0, 0, 1.0, [(0.0, np.full((480, 640, 3), 200, np.uint8))])
    assert frame[0, 0, 0] < 0.8 * frame[240, 320, 0]


@pytest.mark.parametrize("size", [(300, 300), (30, 60), (600, 600, 3)])
def test_a_picture_comes_to_the_cameras_scale(size):
    picture = at_scale(np.zeros(size, np.uint8), 50.0, 0.5)
    assert picture.shape == (round(100 * size[0] / size[1]), 100, 3)
