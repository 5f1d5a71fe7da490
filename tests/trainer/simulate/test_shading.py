import numpy as np
import pytest

from trainer.simulate.plan import Plan
from trainer.simulate.render import Scene
from trainer.simulate.scene import LENS_HEIGHT, Lamp, Pose, View
from trainer.simulate.shading import Patch, shade
from trainer.simulate.sleeve import RADIUS, Sleeve

STRAIGHT = Pose(roll=0, turn=0, tilt=0, x=0, y=0, scale=1)
LENS = np.array([0.0, 0.0, LENS_HEIGHT])


def patch(phi_deg, slope_u=0.0, slope_s=0.0):
    phi = np.deg2rad(np.atleast_2d(np.asarray(phi_deg, np.float32))).astype(np.float32)
    flat = np.zeros_like(phi)
    return Patch(flat, phi, np.full_like(phi, RADIUS), flat + np.float32(slope_u), flat + np.float32(slope_s))


def gloss(phi_deg, leds, **slopes):
    return shade(patch(phi_deg, **slopes), Sleeve(0), np.atleast_2d(leds).astype(float), LENS)[1][0]


def test_one_led_is_mirrored_where_the_normal_halves_the_angle():
    """The law of reflection, on a cylinder: phi from the half vector of lens and LED, by Newton's method on paper."""
    phi = np.linspace(-40, 40, 1601)
    led = np.array([0.0, 80.0, 150.0])
    found = phi[np.argmax(gloss(phi, led))]
    normal = np.array([0, np.sin(np.deg2rad(found)), np.cos(np.deg2rad(found))])
    point = RADIUS * normal
    to_led, to_lens = ((end - point) / np.linalg.norm(end - point) for end in (led, LENS))
    half = (to_led + to_lens) / np.linalg.norm(to_led + to_lens)
    assert np.rad2deg(np.arccos(half @ normal)) < 0.5


def test_the_lobe_is_wide_across_the_marks_and_narrow_along_them():
    above = np.array([0.0, 0.0, 150.0])
    peak = gloss(0, above)[0]
    across, along = gloss(0, above, slope_u=0.2)[0] / peak, gloss(0, above, slope_s=0.2)[0] / peak
    assert across == pytest.approx(np.exp(-((0.2 / Sleeve(0).across) ** 2)), rel=0.1)
    assert along < 0.02


def test_the_highlight_follows_the_lamp():
    at = [Scene(Sleeve(0), View(640, 480, STRAIGHT), Lamp(0, y, 150, 1), 0).highlight()[0] for y in (-40, 0, 40)]
    assert at[1] == pytest.approx(0, abs=0.1)
    assert at[0] == pytest.approx(-at[2], abs=0.1)
    assert 5 < at[2] < 10


@pytest.mark.parametrize(("highlight", "most"), [(0.0, 0.5), (1.0, 30.0)])
def test_a_still_lamp_holds_the_highlight(highlight, most):
    plan = Plan(highlight=highlight)
    found = []
    for shot in list(plan.shots())[:30]:
        rng = plan.rng(shot, 1)
        view = View(640, 480, Pose.draw(rng))
        found.append(Scene(Sleeve.draw(rng), view, Lamp.draw(rng, plan.highlight, 1), 0).highlight()[0])
    assert np.std(found) < most
    if highlight:
        assert np.std(found) > 2
