import pytest
from small_bundle import write_small_bundle

from edge.config import Config, EjectorConfig, TriggerConfig, TrustConfig
from edge.slots.loading import load_slot


@pytest.mark.parametrize(("version", "warned"), [("1.24.1", True), ("1.30.0", True), ("1.31.1", False), ("2.0", False)])
def test_an_onnxruntime_that_stops_the_line_at_a_change_is_told(version, warned, tmp_path, monkeypatch):
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    monkeypatch.setattr("onnxruntime.__version__", version)
    config = Config(
        trigger=TriggerConfig(camera_mm=80.0),
        ejector=EjectorConfig(distance_mm=400.0),
        trust=TrustConfig(allow_unsigned=True, folder=tmp_path, serial_file=tmp_path / "serial.json"),
    )
    names = [check.name for check in load_slot(bundle, config).checks()]
    assert ("onnxruntime" in names) is warned
