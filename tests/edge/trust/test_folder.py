import pytest

from edge.errors import UsageError
from edge.trust.folder import TrustFolder
from edge.trust.keys import PublicKey


def test_a_folder_that_is_not_there_trusts_nobody(folder):
    assert folder.trusted() == {}
    assert folder.revoked() == set()


def test_several_keys_are_trusted_at_a_time(folder, desk):
    """So that a new key is on every box before the old one goes."""
    ids = {folder.trust(desk / name).id for name in ("a.pub", "b.pub", "a.pub")}
    assert set(folder.trusted()) == ids
    assert len(ids) == 2


def test_a_revoked_key_stays_revoked(folder, desk):
    key = folder.trust(desk / "a.pub")
    folder.revoke(key.id)
    assert folder.trusted() == {}
    with pytest.raises(UsageError, match=r"was revoked on this box.*by hand"):
        folder.trust(desk / "a.pub")
    folder.revoke(key.id)
    assert folder.revoked() == {key.id}


def test_a_key_is_what_its_file_holds_and_not_what_the_file_is_called(folder, desk):
    """Prevents a revoked key that comes back under another file name."""
    key = folder.trust(desk / "a.pub")
    (folder.path / "friend.pub").write_bytes((desk / "a.pub").read_bytes())
    folder.revoke(key.id)
    assert folder.trusted() == {}
    assert list(folder.path.glob("*.pub")) == []
    (folder.path / "friend.pub").write_bytes((desk / "a.pub").read_bytes())
    assert folder.trusted() == {}


def test_a_damaged_revocation_revokes_still(folder, desk):
    key = folder.trust(desk / "a.pub")
    (folder.path / "revoked").mkdir()
    (folder.path / "revoked" / f"{key.id}.pub").write_bytes(b"")
    assert folder.trusted() == {}


def test_power_lost_while_revoking_leaves_the_key_revoked(folder, desk, monkeypatch):
    key = folder.trust(desk / "a.pub")

    def cut(_):
        raise OSError(5, "power lost")

    monkeypatch.setattr("pathlib.Path.unlink", lambda self, missing_ok=False: missing_ok or cut(self))
    with pytest.raises(UsageError, match="cannot be written"):
        folder.revoke(key.id)
    assert TrustFolder(folder.path).trusted() == {}


def test_a_key_that_is_not_there_cannot_be_revoked_by_a_slip_of_the_pen(folder, desk):
    """Prevents an operator who believes that a stolen key is revoked."""
    known = folder.trust(desk / "a.pub").id
    with pytest.raises(UsageError, match=f"trusted: {known}"):
        folder.revoke("0123456789abcdef")


def test_a_damaged_file_is_named_and_hides_no_other_key(folder, desk):
    key = folder.trust(desk / "a.pub")
    (folder.path / "broken.pub").write_bytes(b"x")
    assert set(folder.trusted()) == {key.id}
    assert folder.damaged() == [folder.path / "broken.pub"]


def test_what_is_trusted_is_the_key_and_nothing_else_of_the_file(folder, desk):
    desk.joinpath("c.pub").write_bytes(b"note\n" + (desk / "a.pub").read_bytes())
    key = folder.trust(desk / "c.pub")
    assert (folder.path / f"{key.id}.pub").read_bytes() == PublicKey.read(desk / "a.pub").pem()


def test_revocations_that_cannot_be_read_are_not_taken_for_none(folder, desk):
    """A folder that the box may not read was taken for an empty one, and a revoked key for a trusted one."""
    folder.trust(desk / "a.pub")
    (folder.path / "revoked").write_bytes(b"")
    with pytest.raises(UsageError, match=r"revoked: cannot be read .*user that the box runs as"):
        folder.trusted()
