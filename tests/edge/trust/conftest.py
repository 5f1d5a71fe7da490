import pytest

from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys
from edge.trust.serial import SerialRecord


@pytest.fixture
def desk(tmp_path):
    """The folder of a desk with the keys `a` and `b`."""
    for name in ("a", "b"):
        make_keys(tmp_path / "desk", name)
    return tmp_path / "desk"


@pytest.fixture
def key(desk) -> PrivateKey:
    return PrivateKey.read(desk / "a.pem")


@pytest.fixture
def folder(tmp_path) -> TrustFolder:
    return TrustFolder(tmp_path / "trust")


@pytest.fixture
def serials(tmp_path) -> SerialRecord:
    return SerialRecord(tmp_path / "serial.json")
