"""A web in its light and out of it, on the virtual clock."""

import random

import cv2
import numpy as np
import pytest
from small_bundle import write_small_bundle
from web_on_the_line import PITCH, ROWS, TILE, a_rig, assert_account_is_whole, end_roll, start_roll

from edge.clock import NS_PER_S
from edge.config.imaging import ImagingConfig
from edge.config.light import LightConfig
from edge.config.models import ModelConfig
from edge.errors import NotLocated
from edge.health import Check, Level
from edge.imaging.reference import make_reference
from edge.imaging.watch import ImagingWatch
from edge.light import LightKeeper
from edge.model import Model
from edge.parts import Image
from edge.virtual.membrane import SPEED_MM_S, Pinhole
from edge.virtual.web_rig import WebRig
from edge.web.assemble import web_scoring
from edge.web.strips import Lost

PER_FRAME = ROWS * PITCH


class Lamp:
    """Shines on a rig's web."""

    lapses = 0

    def __init__(self, rig: WebRig) -> None:
        self._rig = rig
        rig.brightness = 0.0

    def set(self, brightness: float) -> None:
        self._rig.brightness = brightness

    def check(self) -> Check:
        return Check("light", Level.OK, f"{self._rig.brightness:.0%}")

    def close(self) -> None:
        self._rig.brightness = 0.0


def light_up(rig: WebRig, **settings) -> LightKeeper:
    """A keeper as `ringlight run` has it: asked for each frame, and looked after twice a second."""
    config = LightConfig(kind="serial", brightness=1.0, **settings)
    keeper = LightKeeper(Lamp(rig), config, rig.clock)

    def lit(taken_ns: int) -> bool:
        try:
            keeper.require(taken_ns)
        except NotLocated:
            return False
        return True

    def report() -> None:
        keeper.report(rig.line.came(rig.clock.now_ns()))
        rig.clock.at(rig.clock.now_ns() + NS_PER_S // 2, report)

    rig.lit = lit
    keeper.start()
    rig.clock.at(NS_PER_S // 2, report)
    return keeper


def test_web_that_passes_while_the_lamp_warms_is_not_inspected_and_says_why():
    rig = a_rig([Pinhole(60.0, 8.0, 0.4)])
    light_up(rig, warm_up_s=2.0)
    start_roll(rig)
    rig.run(3.0)
    end_roll(rig)
    assert_account_is_whole(rig)
    (stretch,) = rig.stretches
    assert stretch.why is Lost.DARK
    assert stretch.length_mm == pytest.approx(1.9 * SPEED_MM_S, abs=2 * PER_FRAME)
    assert rig.events == [], "the hole passed before the lamp was warm"


def test_the_lamp_rests_while_the_web_stands_and_what_it_then_misses_is_told():
    rig = a_rig()
    keeper = light_up(rig, idle_off_s=3.0, warm_up_s=0.2)
    start_roll(rig)
    rig.run(2.0)
    rig.set_speed(0.0)
    rig.run(5.0)
    assert rig.brightness == 0.0
    assert keeper.checks()[0].level is Level.INFO
    rig.set_speed(SPEED_MM_S)
    rig.run(3.0)
    assert rig.brightness == 1.0
    end_roll(rig)
    assert_account_is_whole(rig)
    lost = [stretch for stretch in rig.stretches if stretch.why is Lost.DARK]
    assert sum(stretch.length_mm for stretch in rig.stretches) == sum(stretch.length_mm for stretch in lost)
    assert 0 < sum(stretch.length_mm for stretch in lost) < 1.2 * SPEED_MM_S


def test_the_lamp_rests_between_two_rolls_and_shines_when_one_begins():
    rig = a_rig()
    light_up(rig, idle_off_s=2.0)
    start_roll(rig)
    rig.run(1.0)
    end_roll(rig)
    rig.run(4.0)
    assert rig.brightness == 0.0, "web runs by, and nobody looks at it"
    rig.line.start_roll("", rig.clock.now_ns())
    rig.run(1.0)
    assert rig.brightness == 1.0


def test_a_lamp_that_is_switched_off_in_a_roll_costs_length_and_no_strip_is_judged_in_the_dark():
    """A strip in the dark is one large defect, or none at all: neither is true."""
    rig = a_rig()
    keeper = light_up(rig)
    start_roll(rig)
    rig.run(1.0)
    keeper._switch(False)
    rig.run(0.3)
    keeper._switch(True)
    rig.run(1.0)
    end_roll(rig)
    assert_account_is_whole(rig)
    assert rig.events == []
    assert {stretch.why for stretch in rig.stretches} == {Lost.DARK}


@pytest.mark.parametrize(
    ("fault", "alarm"),
    [
        (lambda image: np.asarray(image * 0.8, np.uint8), "imaging.brightness"),
        (lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 2.0), np.uint8), "imaging.sharpness"),
        (lambda image: np.asarray(image * np.array([1.0, 1.0, 0.85]), np.uint8), "imaging.blue"),
        (lambda image: image, ""),
    ],
    ids=["the lamp aged", "the lens was knocked", "the white balance ran away", "nothing"],
)
def test_what_went_wrong_with_lamp_lens_and_camera_is_told_from_a_bad_web(tmp_path, fault, alarm):
    """The reference is of recorded tiles; the watch is shown tiles of the strips that run by."""
    model = Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight")))
    config = ImagingConfig(window=20)
    rig = a_rig()
    watch = ImagingWatch(config, make_reference(recorded(rig, 200)))
    scoring = web_scoring(rig.config, model, 1.0, watch.see)
    found: list[Check] = []

    def look(image):
        cells = scoring.look(fault(image))
        found[:] = watch.checks()  # the box asks twice a second
        return cells

    rig.look = look
    start_roll(rig)
    rig.run(6.0)
    assert {check.name for check in found if check.level >= Level.WARNING} == ({alarm} if alarm else set())


def recorded(rig: WebRig, tiles: int) -> list[Image]:
    """Tiles as a recording keeps them: from all over the web."""
    draw = random.Random(1)
    rows = (rig.membrane.frame(draw.randrange(5000, 20_000), TILE) for _ in range(tiles))
    places = (draw.choice(range(0, rig.membrane.width_px - TILE + 1, TILE - 8)) for _ in range(tiles))
    return [row[:, x : x + TILE] for row, x in zip(rows, places, strict=True)]
