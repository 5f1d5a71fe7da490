import pytest
from small_bundle import write_small_bundle

from edge.clock import VirtualClock
from edge.config import Config
from edge.errors import BundleError
from edge.trust.loading import load_trusted


def configuration(tmp_path, **trust) -> Config:
    return Config.model_validate(
        {
            "trigger": {"camera_mm": 80},
            "ejector": {"distance_mm": 400},
            "model": {"bundle": tmp_path / "m.ringlight"},
            "trust": {"folder": tmp_path / "trust", "serial_file": tmp_path / "serial.json", **trust},
        }
    )


def test_a_refused_bundle_never_reaches_the_runtime(tmp_path, monkeypatch):
    """A graph is a program; who is not trusted does not get it started."""
    write_small_bundle(tmp_path / "m.ringlight")
    monkeypatch.setattr("edge.model.Runtime", lambda *_, **__: pytest.fail("the graph was loaded"))
    with pytest.raises(BundleError, match="nobody signed it"):
        load_trusted(configuration(tmp_path), VirtualClock())


def test_the_operators_reason_is_handed_to_the_gate(tmp_path, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    serials.raise_to(9)
    write_small_bundle(tmp_path / "m.ringlight", serial=3, key=key)
    config = configuration(tmp_path)
    with pytest.raises(BundleError, match="older"):
        load_trusted(config, VirtualClock())
    model, acceptance = load_trusted(config, VirtualClock(), allow_older="a test")
    assert model.bundle is acceptance.bundle
    assert serials.excused()[0].reason == "a test"


def test_the_configuration_may_let_strangers_in(tmp_path):
    write_small_bundle(tmp_path / "m.ringlight")
    _, acceptance = load_trusted(configuration(tmp_path, allow_unsigned=True), VirtualClock())
    assert acceptance.key_id is None
