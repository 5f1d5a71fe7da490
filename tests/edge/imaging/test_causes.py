"""What is wrong, and the one word that is to be said of it: turned metal discs under a ring light, some of them bad."""

import re

import cv2
import numpy as np
import pytest

from edge.config.imaging import ImagingConfig
from edge.imaging.measures import measure
from edge.imaging.reference import Reference, make_reference
from edge.imaging.watch import ImagingWatch

SIDE, WINDOW = 240, 40


class Bench:
    """Draws discs; the lamp's reflection is a ring that stays where lamp and camera are, the discs come a little
    differently each time."""

    def __init__(self, belt: float = 28.0) -> None:
        self.dice = np.random.default_rng(3)
        self._belt = belt
        self._y, self._x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        grain = cv2.GaussianBlur(self.dice.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 1.0)
        self._grain = np.asarray(grain) / float(np.std(grain))

    def take(
        self, *, light=1.0, colour=(1.0, 1.0, 1.0), blur=(0.0, 0.0), lamp=(0.0, 0.0), strand=0.0, bad="", shade=1.0
    ):
        """uint8 RGB [240, 240, 3]. `lamp`: by how many pixels its reflection is off. `strand`: how much darker one side
        is. `bad`: a scratch or a dent. `shade`: another batch's surface against the usual."""
        x, y = (SIDE / 2 + self.dice.normal(0, 2, 2)).tolist()
        radius = np.hypot(self._x - x, self._y - y)
        part = 95 + 12 * np.sin(radius * 1.6) + 8 * np.roll(self._grain, int(self.dice.integers(SIDE)), 0)
        ring = np.hypot(self._x - SIDE / 2 - lamp[0], self._y - SIDE / 2 - lamp[1])
        part = shade * (part + self.dice.normal(0, 2) + 90 * np.exp(-(((ring - 55) / 9) ** 2)))
        part = {"": np.copy, "scratch": self._scratched, "dent": self._dented}[bad](part)
        belt = np.maximum(self._belt + 2 * self._grain, 0)
        scene = np.where(radius < 100, part, belt)[..., None].repeat(3, axis=2)
        if blur != (0.0, 0.0):
            size = (1 + 2 * int(3 * blur[0]), 1 + 2 * int(3 * blur[1]))
            scene = cv2.GaussianBlur(scene, size, max(blur[0], 0.01), sigmaY=max(blur[1], 0.01))
        scene = scene * light * np.array(colour) * (1 - strand * self._x / SIDE)[..., None]
        return np.clip(np.rint(scene + self.dice.normal(0, 1.5, scene.shape)), 0, 255).astype(np.uint8)

    def _scratched(self, part):
        """A bright line of 40 to 80 pixels."""
        start, angle = self.dice.uniform(90, 150, 2), self.dice.uniform(0, 2 * np.pi)
        end = start + self.dice.uniform(40, 80) * np.array([np.cos(angle), np.sin(angle)])
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.line(mask, start.astype(int).tolist(), end.astype(int).tolist(), (255,), 2)
        return np.where(mask > 0, 245, part)

    def _dented(self, part):
        """A slope that shines and one in the shade, side by side."""
        x, y = self.dice.uniform(-50, 50, 2) + SIDE / 2
        across, along = (self._x - x) / 14, (self._y - y) / 14
        return part + 80 * across * np.exp(-(across**2) - along**2)


BELTS = {"grey belt": 28.0, "black belt": 0.0}


@pytest.fixture(scope="module", params=list(BELTS.values()), ids=list(BELTS))
def line(request) -> tuple[Bench, Reference]:
    bench = Bench(request.param)
    return bench, make_reference(bench.take() for _ in range(60))


def said(line, *, bad_share=0.2, **wrong) -> list[str]:
    """What the watch says, in its order, after a window of parts of which some are bad."""
    bench, reference = line
    watch, found = ImagingWatch(ImagingConfig(window=WINDOW), reference), []
    for _ in range(WINDOW):
        bad = str(bench.dice.choice(["scratch", "dent"])) if bench.dice.random() < bad_share else ""
        watch.see(bench.take(bad=bad, **wrong))
        found = watch.checks()
    return [f"{check.name}: {check.text}" for check in found]


CAUSES = {
    "nothing": ({}, ["imaging: light, colour, sharpness hold"]),
    "all parts bad": ({"bad_share": 1.0}, ["imaging: light, colour, sharpness hold"]),
    "lamp aged": ({"light": 0.85}, ["imaging.brightness: light 15% less"]),
    "lamp failing": ({"light": 0.6}, ["imaging.brightness: light 40% less"]),
    "lamp too bright": ({"light": 1.15}, ["imaging.brightness: light 15% more"]),
    "colour shifted": ({"colour": (1.1, 1.0, 1.0)}, ["imaging.red: red 10% more"]),
    "lamp turned warm": ({"colour": (1.06, 1.0, 0.92)}, ["imaging.red: red 6% more", "imaging.blue: blue 8% less"]),
    "motion along x": ({"blur": (3.0, 0.0)}, ["imaging.sharpness: fine detail .* along x, more than across: motion"]),
    "motion along y": ({"blur": (0.0, 3.0)}, ["imaging.sharpness: fine detail .* along y, more than across: motion"]),
    "lens knocked": ({"blur": (2.5, 2.5)}, ["imaging.sharpness: fine detail .* along both axes"]),
    "lamp moved": ({"lamp": (24.0, 0.0)}, ["imaging.highlight: the lamp's reflection moved by (9|10|11)%"]),
    "lamp moved along y": ({"lamp": (0.0, -30.0)}, ["imaging.highlight: the lamp's reflection moved by (11|12|13)%"]),
}


@pytest.mark.parametrize(("wrong", "words"), CAUSES.values(), ids=list(CAUSES))
def test_each_cause_has_its_word_and_no_other(line, wrong, words):
    """Bad parts and an old lamp look alike in the scores; somebody cleaned a lens because of scratched parts."""
    found = said(line, **wrong)
    assert len(found) == len(words)
    for text, pattern in zip(found, words, strict=True):
        assert re.match(pattern, text), text


@pytest.mark.parametrize(
    ("blur", "words"), [((6.0, 0.0), "along x"), ((0.0, 2.5), "along y"), ((2.5, 2.5), "along both axes")]
)
def test_on_striped_parts_motion_is_told_from_a_knocked_lens(blur, words):
    """Solar cells have much finer detail along one axis; out of focus they were said to move."""
    dice = np.random.default_rng(7)
    stripes = cv2.GaussianBlur(dice.normal(0, 60, (SIDE, SIDE)).astype(np.float32), (0, 0), 3.0, sigmaY=1.0)
    grain = cv2.GaussianBlur(dice.normal(0, 120, (SIDE, SIDE)).astype(np.float32), (0, 0), 5.0)

    def take(blur=(0.0, 0.0)):
        scene = 110 + np.roll(stripes + grain, tuple(dice.integers(0, SIDE, 2)), (0, 1))
        if blur != (0.0, 0.0):
            size = (1 + 2 * int(3 * blur[0]), 1 + 2 * int(3 * blur[1]))
            scene = cv2.GaussianBlur(scene, size, max(blur[0], 0.01), sigmaY=max(blur[1], 0.01))
        picture = scene[..., None].repeat(3, axis=2) + dice.normal(0, 1.5, (SIDE, SIDE, 3))
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    watch, found = ImagingWatch(ImagingConfig(window=WINDOW), make_reference(take() for _ in range(40))), []
    for _ in range(WINDOW):
        watch.see(take(blur))
        found = watch.checks()
    [check] = [one for one in found if one.name == "imaging.sharpness"]
    assert words in check.text


def test_a_strand_that_burnt_out_is_the_lamp_and_not_the_parts(line):
    found = said(line, strand=0.5)
    assert any(text.startswith("imaging.highlight") for text in found)
    assert not any(text.startswith("imaging.parts") for text in found)


def test_another_batch_on_the_same_belt_is_not_the_lamp():
    """The belt is as bright as ever."""
    bench = Bench()
    line = bench, make_reference(bench.take() for _ in range(60))
    [text] = said(line, shade=0.8)
    assert text.startswith("imaging.parts: ")
    assert "not the lamp, the parts" in text


@pytest.mark.parametrize("lamp", [(0.0, 0.0), (30.0, 0.0), (0.0, 24.0), (-20.0, -20.0)])
def test_the_reflection_of_a_ring_light_is_found_in_its_middle(lamp):
    """Its brightest half per cent lay anywhere on the ring, and wandered by a sixth of the picture."""
    found = measure(Bench().take(lamp=lamp))
    assert (found.light_x * SIDE, found.light_y * SIDE) == pytest.approx((120 + lamp[0], 120 + lamp[1]), abs=5)
