import stat

import pytest

from edge.errors import UsageError
from edge.token import bearer, carries, make_token, read_token
from edge.virtual.disk import Afterwards, PowerCut, VirtualDisk


def test_a_token_is_long_and_only_its_owner_reads_it(tmp_path):
    token = make_token(tmp_path / "box" / "token")
    assert len(token) >= 43
    assert read_token(tmp_path / "box" / "token") == token
    assert stat.S_IMODE((tmp_path / "box" / "token").stat().st_mode) == 0o600


def test_a_renewed_token_is_another(tmp_path):
    assert make_token(tmp_path / "token") != make_token(tmp_path / "token")


def test_what_a_power_cut_left_half_does_not_widen_who_may_read(tmp_path):
    (tmp_path / "token.new").write_text("half")
    (tmp_path / "token.new").chmod(0o644)
    make_token(tmp_path / "token")
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


@pytest.mark.parametrize("afterwards", Afterwards)
def test_a_power_cut_leaves_the_old_token_or_the_new_one(tmp_path, afterwards):
    old = make_token(tmp_path / "token")
    for cut in range(5):
        disk = VirtualDisk(tmp_path)
        disk.cut_before = cut
        try:
            make_token(tmp_path / "token", disk)
        except PowerCut:
            disk.power_on(afterwards)
        new = read_token(tmp_path / "token")
        assert new == old or cut >= 3
        old = new


@pytest.mark.parametrize("held", [b"", b"short\n", b"two words of more than thirty-two letters", b"\xff" * 40])
def test_a_file_that_holds_no_token_is_refused_without_telling_what_it_holds(tmp_path, held):
    (tmp_path / "token").write_bytes(held)
    with pytest.raises(UsageError, match=r"holds no token.*--renew") as error:
        read_token(tmp_path / "token")
    assert not held or held.decode("latin-1").strip() not in str(error.value)


def test_a_file_that_is_not_there_is_named_with_the_mend(tmp_path):
    with pytest.raises(UsageError, match=r"nothing: there is no token.*ringlight token"):
        read_token(tmp_path / "nothing")


def test_a_folder_that_cannot_be_written_is_named_with_the_mend(tmp_path):
    disk = VirtualDisk(tmp_path)
    disk.read_only = True
    with pytest.raises(UsageError, match=r"token: cannot be written.*status\.token_file"):
        make_token(tmp_path / "token", disk)


def test_only_the_whole_token_under_its_scheme_counts():
    token = "t" * 43
    assert carries(bearer(token)["Authorization"], token)
    assert carries(f"bearer {token}", token)
    for header in ("", "Bearer", "Bearer ", f"Basic {token}", token, f"Bearer {token[:-1]}", f"Bearer {token}x", "é"):
        assert not carries(header, token)
