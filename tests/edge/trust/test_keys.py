import hashlib
import shutil
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import UsageError
from edge.trust.keys import PrivateKey, PublicKey, make_keys


def test_only_its_owner_may_read_a_private_key(desk):
    assert stat.S_IMODE((desk / "a.pem").stat().st_mode) == 0o600


def test_the_id_is_the_hash_of_the_raw_public_key(desk, key):
    raw = key.key.public_key().public_bytes_raw()
    assert PublicKey.read(desk / "a.pub").id == hashlib.sha256(raw).hexdigest()[:16] == key.public.id


def test_a_signature_holds_for_its_bytes_and_its_key_alone(desk, key):
    signature = key.sign(b"manifest")
    assert key.public.verifies(signature, b"manifest")
    assert not key.public.verifies(signature, b"manifesto")
    assert not PublicKey.read(desk / "b.pub").verifies(signature, b"manifest")


@pytest.mark.parametrize("gone", ["a.pem", "a.pub"])
def test_keys_are_never_overwritten(desk, gone):
    """Prevents a second `keys new` that throws away the key which every box trusts."""
    (desk / gone).unlink()
    before = {file: file.read_bytes() for file in desk.iterdir()}
    with pytest.raises(UsageError, match="exists"):
        make_keys(desk, "a")
    assert {file: file.read_bytes() for file in desk.iterdir()} == before


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "a b"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="no name for a key"):
        make_keys(tmp_path, name)


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_is_named(tmp_path, content):
    (tmp_path / "a.pub").write_bytes(content)
    for kind in (PublicKey, PrivateKey):
        with pytest.raises(UsageError, match=r"a\.pub: is no"):
            kind.read(tmp_path / "a.pub")


def test_a_key_of_another_kind_is_refused(tmp_path):
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "a.pem").write_bytes(pem)
    with pytest.raises(UsageError, match="another kind than Ed25519"):
        PrivateKey.read(tmp_path / "a.pem")


def test_a_public_key_does_not_sign(desk):
    with pytest.raises(UsageError, match="no private key"):
        PrivateKey.read(desk / "a.pub")


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.pem: cannot be read"):
        PrivateKey.read(tmp_path / "gone.pem")


@pytest.mark.needs("openssl")
def test_another_program_confirms_a_signature(desk, key, tmp_path):
    """The format promises that nobody needs Ringlight to check who signed."""
    (tmp_path / "manifest.json").write_bytes(b"{}")
    (tmp_path / "raw").write_bytes(bytes.fromhex(key.sign(b"{}").ed25519))
    words = f"pkeyutl -verify -pubin -inkey {desk / 'a.pub'} -rawin -in manifest.json -sigfile raw".split()
    done = subprocess.run([shutil.which("openssl") or "", *words], cwd=tmp_path, capture_output=True, text=True)
    assert "Verified Successfully" in done.stdout
