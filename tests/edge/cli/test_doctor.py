import pytest
from flashing import Bay

from edge.cli.doctor import examine, look_at_slots
from edge.config import Config, EjectorConfig, SlotsConfig, TriggerConfig, VerdictConfig
from edge.config.imaging import ImagingConfig
from edge.health import Level


@pytest.fixture
def bay(tmp_path):
    return Bay(tmp_path)


def found(bay, **verdict):
    config = Config(
        trigger=TriggerConfig(camera_mm=80.0),
        ejector=EjectorConfig(distance_mm=400.0),
        verdict=VerdictConfig(**verdict),
        slots=SlotsConfig(folder=bay.slots.folder),
    )
    return [(check.level, check.text) for check in look_at_slots(config)]


def test_a_model_that_failed_is_told_however_often_the_box_has_started_since(bay):
    """The old model inspected, and all was said to be well."""
    bay.flash()
    for _ in range(5):
        bay.slots.start()
    assert found(bay) == [(Level.WARNING, "slot B was given up: started 2 times without becoming good")]


def test_a_model_that_waits_is_told(bay):
    bay.flash()
    assert [(level, text.split(":")[0]) for level, text in found(bay)] == [(Level.INFO, "slot B waits")]


def test_of_slots_that_are_well_nothing_is_said(bay):
    assert found(bay) == []


def test_a_threshold_that_outlives_its_model_is_told(bay):
    """The next model scored a tenth of the old one, and everything passed."""
    [(level, text)] = found(bay, threshold=3.5)
    assert level is Level.WARNING
    assert "3.5 is held against every model" in text


def test_the_doctor_reads_the_reference_of_the_imaging_check(bay, tmp_path):
    config = Config(
        trigger=TriggerConfig(camera_mm=80.0),
        ejector=EjectorConfig(distance_mm=400.0),
        slots=SlotsConfig(folder=bay.slots.folder),
        imaging=ImagingConfig(reference=tmp_path / "lost.json"),
    )
    [check] = [check for check in examine(config) if check.name == "imaging"]
    assert check.level is Level.FAULT
    assert "lost.json is no reference" in check.text
