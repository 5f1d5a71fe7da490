from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey
from edge.virtual.demo.recipe import own_key


def test_the_demos_box_trusts_the_demos_key_also_the_second_time(tmp_path):
    key, key_id = own_key(tmp_path)
    assert own_key(tmp_path) == (key, key_id)
    assert set(TrustFolder(tmp_path / "trust").trusted()) == {key_id} == {PrivateKey.read(key).public.id}


def test_half_a_pair_is_made_anew(tmp_path):
    key, first = own_key(tmp_path)
    key.unlink()
    _, second = own_key(tmp_path)
    assert second != first
    assert second in TrustFolder(tmp_path / "trust").trusted()
