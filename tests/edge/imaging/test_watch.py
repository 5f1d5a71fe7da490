"""To tell "the lamp aged" from "the parts are bad"."""

import numpy as np
import pytest

from edge.config.imaging import ImagingConfig
from edge.errors import ConfigError, TooDark, UsageError
from edge.health import Level
from edge.imaging.reference import Reference, make_reference
from edge.imaging.watch import ImagingWatch, NoWatch, least_light, make_watch

WINDOW = 20


@pytest.fixture
def reference(parts) -> Reference:
    return make_reference(parts.take() for _ in range(40))


@pytest.fixture
def watch(reference) -> ImagingWatch:
    return ImagingWatch(ImagingConfig(window=WINDOW), reference)


def after(watch, pictures) -> dict[str, Level]:
    found = {}
    for picture in pictures:
        assert watch.see(picture) is picture
        found = {check.name: check.level for check in watch.checks()}
    return found


def look(watch, parts, count=WINDOW, **wrong):
    return after(watch, (parts.take(**wrong) for _ in range(count)))


def test_as_long_as_nothing_changes_all_is_well(watch, parts):
    assert look(watch, parts, 60) == {"imaging": Level.OK}


def test_nothing_is_said_before_the_window_is_full(watch, parts):
    assert look(watch, parts, WINDOW - 1, light=0.3) == {"imaging": Level.INFO}


def test_a_lamp_that_aged_is_a_warning_and_one_that_fails_a_fault(watch, parts):
    assert look(watch, parts, light=0.85) == {"imaging.brightness": Level.WARNING}
    assert look(watch, parts, light=0.6) == {"imaging.brightness": Level.FAULT}


def test_dark_parts_under_a_good_lamp_are_told_from_an_old_lamp(watch, parts):
    """Another batch of parts was darker, and somebody was sent to change the lamp."""

    def another_batch(scene):
        return np.where(scene < 105, scene * 0.6, scene)

    assert "imaging.parts" in look(watch, parts, part=another_batch)


def test_single_bad_parts_do_not_move_it(watch, parts):
    pictures = [parts.take(light=0.2 if number % 4 == 0 else 1.0, blur=(0, 0)) for number in range(60)]
    assert after(watch, pictures) == {"imaging": Level.OK}


def test_a_lens_that_was_knocked_loses_detail_along_both_axes(watch, parts):
    look(watch, parts, blur=(2.0, 2.0))
    [check] = watch.checks()
    assert check.name == "imaging.sharpness"
    assert "both axes" in check.text


def test_motion_blur_is_told_by_its_axis(watch, parts):
    look(watch, parts, blur=(2.0, 0.0))
    [check] = watch.checks()
    assert "along x, more than across: motion blur" in check.text


def test_less_light_is_not_taken_for_less_sharpness(watch, parts):
    assert "imaging.sharpness" not in look(watch, parts, light=0.7)


def test_a_white_balance_that_ran_away_is_told(watch, parts):
    assert look(watch, parts, colour=(1.1, 1.0, 1.0))["imaging.red"] is Level.WARNING


def test_a_highlight_that_moved_is_told(watch, parts):
    assert look(watch, parts, spot=(120, 60))["imaging.highlight"] is Level.FAULT


def test_an_alarm_does_not_flicker_at_its_limit(watch, parts):
    assert "imaging.brightness" in look(watch, parts, light=0.9)
    assert "imaging.brightness" in look(watch, parts, light=0.93)  # under the limit, over 0.7 of it
    assert look(watch, parts, light=1.0) == {"imaging": Level.OK}


def test_parts_that_differ_much_hide_small_losses_of_light_and_that_is_told(reference):
    """A lamp lost a third of its light unseen, because each part was lit in its own way; nobody had said so."""
    alike = least_light(ImagingConfig(), reference)
    reference.spread["middle"] = 0.39
    apart = least_light(ImagingConfig(), reference)
    assert alike == pytest.approx(0.08)
    assert 0.4 < apart < 0.6
    assert least_light(ImagingConfig(window=1000), reference) < apart


def test_a_reference_comes_back_as_it_was_saved(reference, tmp_path):
    reference.save(tmp_path / "reference.json")
    assert Reference.load(tmp_path / "reference.json") == reference


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"schema": 1, "n": 3, "middle": {}, "spread": {}}', b'{"schema": 2}', b"\xff"]
)
def test_a_file_that_is_no_reference_is_refused_by_name(tmp_path, body):
    (tmp_path / "reference.json").write_bytes(body)
    with pytest.raises(ConfigError, match="calibrate reference"):
        Reference.load(tmp_path / "reference.json")


def test_a_line_runs_without_its_reference_and_says_so(tmp_path):
    """A box that was updated did not start any more: its reference was of the version before."""
    watch = make_watch(ImagingConfig(reference=tmp_path / "reference.json"))
    [check] = watch.checks()
    assert (check.name, check.level) == ("imaging", Level.WARNING)
    assert "calibrate reference" in check.text


def test_pictures_of_another_size_are_not_held_against_the_reference(watch, parts):
    """Each was said to be out of focus: twice the pixels show half the detail."""
    big = np.repeat(np.repeat(parts.take(), 2, axis=0), 2, axis=1)
    watch.see(big)
    [check] = watch.checks()
    assert check.level is Level.WARNING
    assert "320 × 240 pixels, those of the reference 160 × 120" in check.text


def test_parts_in_the_dark_are_told_at_once_and_not_taken_for_an_aged_lamp(watch, parts):
    look(watch, parts)
    for _ in range(3):
        with pytest.raises(TooDark):
            watch.lit(parts.take(light=0.02))
    [check] = watch.checks()
    assert (check.name, check.level) == ("imaging.dark", Level.FAULT)
    watch.lit(parts.take())
    assert look(watch, parts, 1) == {"imaging": Level.OK}


def test_a_handful_of_parts_is_no_reference(parts):
    with pytest.raises(UsageError, match="at least 20"):
        make_reference(parts.take() for _ in range(19))


def test_without_a_reference_nothing_is_watched():
    assert isinstance(make_watch(ImagingConfig()), NoWatch)
