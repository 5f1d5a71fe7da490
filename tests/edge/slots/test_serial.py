"""What the slots make of signatures and serials: a model that failed must not lock its predecessor out."""

import pytest
from small_bundle import write_small_bundle

from edge.clock import VirtualClock
from edge.config import Config
from edge.errors import BundleError
from edge.slots import Slots
from edge.slots.install import install
from edge.slots.keeper import Keeper
from edge.trust.folder import TrustFolder
from edge.trust.gate import admit
from edge.trust.keys import PrivateKey, make_keys
from edge.trust.serial import SerialRecord


@pytest.fixture
def config(tmp_path):
    return Config.model_validate(
        {
            "trigger": {"camera_mm": 80},
            "ejector": {"distance_mm": 400},
            "slots": {"folder": tmp_path / "slots", "batch_ms": 60_000},
            "trust": {"folder": tmp_path / "trust", "serial_file": tmp_path / "serial.json"},
        }
    )


@pytest.fixture
def key(tmp_path):
    private, public, _ = make_keys(tmp_path, "desk")
    TrustFolder(tmp_path / "trust").trust(public)
    return PrivateKey.read(private)


@pytest.fixture
def slots(config):
    return Slots(config.slots.folder)


def flash(slots, config, key, serial):
    file = write_small_bundle(slots.folder.parent / f"{serial}.ringlight", serial=serial, key=key)
    install(
        slots, file, accept=lambda path: admit(path, config.trust).bundle.manifest.model_id, prove=lambda path: None
    )


def keeper(slots, config):
    return Keeper(slots, config, VirtualClock(), swap=lambda loaded: None)


def test_a_serial_is_remembered_when_its_model_is_good_and_not_before(slots, config, key):
    record = SerialRecord(config.trust.serial_file)
    flash(slots, config, key, 7)
    box = keeper(slots, config)
    box.open()
    assert record.highest() == 0
    slots.mark_good()
    box.poll()
    assert record.highest() == 7


def test_an_older_model_is_not_flashed(slots, config, key):
    flash(slots, config, key, 7)
    keeper(slots, config).open()
    slots.mark_good()
    keeper(slots, config).open()
    with pytest.raises(BundleError, match="older"):
        flash(slots, config, key, 6)


def test_going_back_to_the_older_slot_needs_no_leave(slots, config, key):
    for serial in (6, 7):
        flash(slots, config, key, serial)
        keeper(slots, config).open()
        slots.mark_good()
    keeper(slots, config).open()
    slots.rollback()
    assert keeper(slots, config).open().model.bundle.manifest.serial == 6


def test_a_trial_model_whose_key_was_revoked_is_given_up_at_the_start(slots, config, key, tmp_path):
    flash(slots, config, key, 6)
    keeper(slots, config).open()
    slots.mark_good()
    private, public, _ = make_keys(tmp_path, "other")
    TrustFolder(config.trust.folder).trust(public)
    other = PrivateKey.read(private)
    flash(slots, config, other, 7)
    TrustFolder(config.trust.folder).revoke(other.public.id)
    box = keeper(slots, config)
    assert box.open().model.bundle.manifest.serial == 6
    assert "revoked" in slots.state().b.why
    assert "revoked" in box.check().text


def test_a_record_that_takes_no_serial_does_not_stop_the_line_and_is_told_again(slots, config, key):
    """A box whose good model had become good on a broken disk did not start any more."""
    flash(slots, config, key, 7)
    keeper(slots, config).open()
    slots.mark_good()
    record = config.trust.serial_file
    record.write_bytes(b"torn")
    box = keeper(slots, config)
    assert box.open().model.bundle.manifest.serial == 7
    assert "serial.json" in box.check().text
    box.poll()
    record.unlink()
    box.poll()
    assert SerialRecord(record).highest() == 7
