from pathlib import Path

import pytest

from edge.config import Config, load_config, parse_config
from edge.config.reference import reference
from edge.errors import ConfigError

QUIET = "[trigger]\ncamera_mm = 80\n{}\n[ejector]\ndistance_mm = 400\n"
GOOD = """
[trigger]
camera_mm = 80.0

[ejector]
distance_mm = 400.0
"""
DOCS = Path(__file__).parents[2] / "docs"


def test_a_short_file_is_enough():
    config = parse_config(GOOD)
    assert config.ejector.distance_mm == 400.0
    assert config.verdict.uninspected == "reject"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[trigger]\ncamera_mm = 80\npinn = 4\n[ejector]\ndistance_mm = 400\n", "box.toml:3: trigger.pinn: is not"),
        ("[trigger]\ncamera_mm = 80\npinn = 4\n[ejector]\ndistance_mm = 400\n", "Did you mean pin?"),
        ("[trigger]\ncamera_mm = 'x'\n[ejector]\ndistance_mm = 400\n", "box.toml:2: trigger.camera_mm: Input should"),
        ("[trigger]\n\n[ejector]\ndistance_mm = 400\n", "box.toml:1: trigger.camera_mm: is missing"),
        ("[ejector]\ndistance_mm = 400\n", "trigger: is missing"),
        (GOOD + "[cameras]\n", "box.toml:7: cameras: is not a setting. Did you mean camera?"),
        ("[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 80\n", "must be larger than trigger.camera_mm"),
        (GOOD + "[light]\nkind = 'pwm'\n", "light.pin is missing"),
        (GOOD + "[box]\nsite = 'a/b'\n", "box.toml:8: box.site: String should match"),
        ("[trigger\n", "box.toml: is not TOML"),
        (QUIET.format("most_quiet_mm = 300"), "trigger.most_quiet_mm is 300 mm of belt and must be more than 400 mm"),
        (QUIET.format("most_quiet_s = 2.5"), "trigger.most_quiet_s is 250 mm of belt"),
        (QUIET.format("kind = 'distance'\nevery_mm = 9\nmost_quiet_s = 9"), "most_quiet_s does nothing with kind"),
        (QUIET.format("kind = 'detect'") + "[light]\nidle_off_s = 60\n", "light.idle_off_s must be 0"),
        (GOOD + "[verdict]\nthreshold = nan\n", "box.toml:8: verdict.threshold: Input should be a finite number"),
        (GOOD + "[belt]\nmm_per_tick = inf\n", "box.toml:8: belt.mm_per_tick: Input should be a finite number"),
        (GOOD + "[web]\noverlap_px = 32\n", "web.overlap_px does nothing without web.enabled"),
        (GOOD + "[belt]\nencoder_pin = 27\n", "ejector.pin and belt.encoder_pin are both pin 27"),
        (GOOD + "[confirm]\npin = 'GPIO17'\n", "trigger.pin and confirm.pin are both pin GPIO17"),
        (GOOD + "[gate_eye]\npin = 'PQ.06'\ndistance_mm = 300\n[line_stop]\npin = 'PQ.06'\n", "are both pin PQ.06"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(text, said):
    with pytest.raises(ConfigError) as caught:
        parse_config(text, name="box.toml")
    assert said in str(caught.value)


def test_a_pin_that_nobody_reads_is_free_for_another():
    text = GOOD.replace("[trigger]", "[trigger]\nkind = 'detect'")
    assert parse_config(text + "[belt]\nencoder_pin = 17\n").belt.encoder_pin == 17


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD + "[camera]\nfps = -1\nwidht_px = 3\n", name="f")
    assert len(str(caught.value).splitlines()) == 2


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "box.toml").write_text(GOOD + '[model]\nbundle = "m.ringlight"\n[store]\nfolder = "/var/x"\n')
    config = load_config(tmp_path / "box.toml")
    assert config.model.bundle == tmp_path / "m.ringlight"
    assert config.store.folder == Path("/var/x")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing\.toml"):
        load_config(tmp_path / "nothing.toml")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "box.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path / "box.toml")


def test_every_setting_is_explained():
    for name, section in Config.model_fields.items():
        for key, field in section.annotation.model_fields.items():  # type: ignore[union-attr]  # sections are models
            assert field.description, f"{name}.{key}"


def test_the_reference_page_is_up_to_date():
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == reference(), (
        "make it anew: ringlight config reference > docs/configuration.md"
    )


def test_the_example_file_is_good():
    assert load_config(DOCS / "box.toml").box.line == "line3"


@pytest.mark.parametrize("section", ["gate_eye", "confirm"])
def test_a_web_is_refused_pins_that_nobody_would_read(tmp_path, section):
    """Somebody relies on a pin that is wired."""
    example = (DOCS / "box.toml").read_text(encoding="utf-8")
    more = f"\n[web]\nenabled = true\n\n[{section}]\npin = 5\n" + ("distance_mm = 30\n" * (section == "gate_eye"))
    (tmp_path / "box.toml").write_text(example + more, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{section}\.pin does nothing"):
        load_config(tmp_path / "box.toml")


def test_a_reason_that_nobody_would_ever_raise_is_refused(tmp_path):
    """A line of parts was told to stop for events on a web, and never did."""
    example = (DOCS / "box.toml").read_text(encoding="utf-8")
    (tmp_path / "box.toml").write_text(example + '\n[line_stop]\nreasons = ["events"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="events stop a web only"):
        load_config(tmp_path / "box.toml")
