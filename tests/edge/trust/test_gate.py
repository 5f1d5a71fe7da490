import logging
import zipfile

import pytest
from small_bundle import write_small_bundle

from edge.bundle import SIGNATURE, Bundle, Signature
from edge.clock import VirtualClock
from edge.config import TrustConfig
from edge.errors import BundleError
from edge.health import Level
from edge.trust.gate import accept, admit, readmit
from edge.trust.keys import PrivateKey


@pytest.fixture
def make(tmp_path):
    """Writes and reads a bundle."""

    def make(serial=1, key=None, name="m.ringlight") -> Bundle:
        return Bundle.read(write_small_bundle(tmp_path / name, serial=serial, key=key))

    return make


def refuse(says, *words, **options):
    with pytest.raises(BundleError, match=says) as caught:
        accept(*words, **options)
    assert "m.ringlight: " in str(caught.value)


def test_what_a_trusted_key_signed_may_run(make, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    acceptance = accept(make(key=key), folder, serials)
    assert acceptance.key_id == key.public.id
    assert acceptance.check().level is Level.OK


def test_what_nobody_signed_may_not(make, folder, serials):
    refuse("nobody signed it", make(), folder, serials)


def test_a_stranger_may_not(make, key, desk, folder, serials):
    folder.trust(desk / "b.pub")
    refuse(f"the key {key.public.id}, which is not trusted here", make(key=key), folder, serials)


@pytest.mark.parametrize("signed", [True, False])
def test_a_box_that_allows_it_says_so_as_long_as_it_runs(make, key, folder, serials, signed):
    acceptance = accept(make(key=key if signed else None), folder, serials, allow_unsigned=True)
    assert acceptance.key_id is None
    assert acceptance.check().level is Level.WARNING


@pytest.mark.parametrize("allowed", [True, False])
def test_a_revoked_key_may_not_even_where_strangers_may(make, key, desk, folder, serials, allowed):
    folder.trust(desk / "a.pub")
    folder.revoke(key.public.id)
    refuse("was revoked", make(key=key), folder, serials, allow_unsigned=allowed)


def signed_as(path, signature: Signature) -> Bundle:
    """The bundle at `path` with another signature."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != SIGNATURE}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**files, SIGNATURE: signature.to_bytes()}.items():
            archive.writestr(name, data)
    return Bundle.read(path)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_signature_of_another_manifest_does_not_fit(make, key, desk, folder, serials, allowed):
    """Prevents an old model under the signature of a new one."""
    folder.trust(desk / "a.pub")
    other = make(serial=2, key=key, name="other.ringlight")
    bundle = signed_as(make(key=key).path, key.sign(other.signed))
    refuse("is not what the key", bundle, folder, serials, allow_unsigned=allowed)


def test_a_stranger_who_writes_a_trusted_id_is_found_out(make, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    stranger = PrivateKey.read(desk / "b.pem")
    bundle = make(key=key)
    forged = stranger.sign(bundle.signed).model_copy(update={"key_id": key.public.id})
    refuse("is not what the key", signed_as(bundle.path, forged), folder, serials)


def test_the_serial_never_goes_back(make, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    accept(make(7, key), folder, serials).remember()
    accept(make(7, key), folder, serials)
    refuse(r"serial 6 is older than 7.*--allow-older", make(6, key), folder, serials)
    refuse("older", make(6, key), folder, serials, allow_older="  ")


def test_a_model_that_did_not_prove_itself_does_not_lock_the_old_one_out(make, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    accept(make(7, key), folder, serials).remember()
    accept(make(8, key), folder, serials)
    assert accept(make(7, key), folder, serials).bundle.manifest.serial == 7


def test_a_reason_takes_one_older_bundle_back_and_is_kept(make, key, desk, folder, serials, caplog):
    folder.trust(desk / "a.pub")
    accept(make(9, key), folder, serials).remember()
    with caplog.at_level(logging.WARNING):
        accept(make(7, key), folder, serials, allow_older="dents are missed", clock=VirtualClock()).remember()
    assert "from serial 9 to 7" in caplog.text
    assert "dents are missed" in caplog.text
    assert [(e.serial, e.reason, e.at) for e in serials.excused()] == [
        (7, "dents are missed", "2023-11-14T22:13:20+00:00")
    ]
    accept(make(7, key), folder, serials)
    refuse("serial 8 is older than 9", make(8, key), folder, serials)


def test_a_reason_writes_no_lines_of_its_own_into_the_log(make, key, desk, folder, serials, caplog):
    folder.trust(desk / "a.pub")
    accept(make(9, key), folder, serials).remember()
    accept(make(7, key), folder, serials, allow_older="\x1b[2Jdents\nERROR are\r missed ")
    assert "because the operator says: [2Jdents ERROR are missed\n" in caplog.text
    assert serials.excused()[0].reason == "[2Jdents ERROR are missed"
    refuse("older", make(6, key), folder, serials, allow_older="\n\x1b")


def test_a_serial_that_nobody_signed_is_not_remembered(make, folder, serials):
    """Prevents a stranger's highest number from locking the box's own models out."""
    accept(make(2**53 - 1), folder, serials, allow_unsigned=True).remember()
    assert serials.highest() == 0


def test_an_unsigned_bundle_does_not_go_back_behind_a_signed_one(make, key, desk, folder, serials):
    folder.trust(desk / "a.pub")
    accept(make(5, key), folder, serials).remember()
    refuse("serial 4", make(4), folder, serials, allow_unsigned=True)


def test_a_start_from_a_slot_asks_for_the_key_alone(make, key, desk, folder, serials):
    """The old slot must come back by itself, also when the new one's serial is on record."""
    folder.trust(desk / "a.pub")
    serials.raise_to(9)
    config = TrustConfig(folder=folder.path, serial_file=serials.path)
    path = make(3, key).path
    assert readmit(path, config).key_id == key.public.id
    with pytest.raises(BundleError, match="older"):
        admit(path, config)
    folder.revoke(key.public.id)
    with pytest.raises(BundleError, match="was revoked"):
        readmit(path, config)
