"""A reference that was made for another camera, light or model."""

from dataclasses import replace

import pytest

from edge.config import Config
from edge.errors import ConfigError
from edge.health import Level
from edge.imaging.commissioning import look_at_reference, settings_of
from edge.imaging.reference import make_reference

SECTIONS = {
    "camera": {"exposure": 120},
    "part": {"w_px": 160, "h_px": 120},
    "trigger": {"camera_mm": 80.0},
    "ejector": {"distance_mm": 400.0},
}


@pytest.fixture
def box(tmp_path, parts):
    """A configuration, and the reference of its commissioning on 1 March."""

    def configured(**more) -> Config:
        return Config.model_validate({**SECTIONS, "imaging": {"reference": tmp_path / "reference.json"}, **more})

    images = [parts.take() for _ in range(20)]
    make_reference(images, made="2026-03-01", settings=settings_of(configured())).save(tmp_path / "reference.json")
    return configured


def told(config, model_made: str | None = "2026-03-02T10:00:00Z"):
    return [(check.level, check.text) for check in look_at_reference(config, model_made)]


def test_a_reference_that_belongs_to_the_line_is_told_with_what_it_lets_be_seen(box):
    [(level, text)] = told(box())
    assert level is Level.OK
    assert text == "reference of 20 pictures of 2026-03-01; a loss of light is told from 8% on"


def test_a_line_without_a_reference_is_told_what_that_costs(box):
    [(level, text)] = told(box(imaging={}))
    assert level is Level.INFO
    assert "an old lamp will look like bad parts" in text


def test_a_reference_that_is_missing_is_named(box, tmp_path):
    (tmp_path / "reference.json").unlink()
    with pytest.raises(ConfigError, match=r"reference\.json is no reference.*calibrate reference"):
        told(box())


def test_a_reference_of_pictures_of_another_size_is_told(box):
    [(level, text)] = told(box(part={"w_px": 320, "h_px": 240}))
    assert level is Level.WARNING
    assert "of 160 × 120 pixels, the parts' have 320 × 240" in text


def test_the_size_is_that_of_the_part_that_was_cut_out(box):
    located = {"how": "contour", "width_px": 100, "height_px": 90}
    [(_, text)] = told(box(locate=located))
    assert "the parts' have 100 × 90" in text


@pytest.mark.parametrize(("tile_px", "level"), [(0, Level.OK), (256, Level.WARNING)])
def test_the_reference_of_a_web_is_of_its_tiles(box, tile_px, level):
    """`[part]` is the stretch of the frame there, and no picture has its size."""
    web = {"enabled": True, "tile_px": tile_px}
    assert told(box(web=web, part={"w_px": 320, "h_px": 240}))[0][0] is level


def test_settings_that_changed_since_make_it_stale(box):
    """The exposure was halved for a faster belt, and the box said that the lamp had aged."""
    [(level, text)] = told(box(camera={"exposure": 60, "gain": 4}, light={"brightness": 0.5}))
    assert level is Level.WARNING
    for words in ("camera.exposure was 120.0, is 60.0", "camera.gain was None, is 4.0", "light.brightness was "):
        assert words in text


def test_a_model_that_learnt_much_later_is_told(box):
    [(level, text)] = told(box(), "2026-06-01T08:00:00Z")
    assert level is Level.WARNING
    assert "the reference is of 2026-03-01, the model of 2026-06-01: 92 days younger" in text


def test_a_box_without_a_model_still_hears_of_its_reference(box):
    assert told(box(), None)[0][0] is Level.OK


def test_a_setting_of_a_later_version_is_not_held_against_it(box, tmp_path, parts):
    reference = make_reference((parts.take() for _ in range(20)), settings={"camera.gone": 1})
    replace(reference, made="2026-03-01").save(tmp_path / "reference.json")
    assert told(box())[0][0] is Level.OK
