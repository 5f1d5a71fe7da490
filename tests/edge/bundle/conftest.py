from collections.abc import Callable

import pytest
from hostile_bundles import Files, unpacked, write
from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.errors import BundleError
from edge.trust.keys import PrivateKey, make_keys


@pytest.fixture(scope="session")
def key(tmp_path_factory) -> PrivateKey:
    private, _, _ = make_keys(tmp_path_factory.mktemp("desk"), "desk")
    return PrivateKey.read(private)


@pytest.fixture(scope="session")
def whole(tmp_path_factory, key) -> bytes:
    """A valid signed bundle."""
    return write_small_bundle(tmp_path_factory.mktemp("bundle") / "whole.ringlight", key=key).read_bytes()


@pytest.fixture
def files(whole) -> Files:
    return unpacked(whole)


@pytest.fixture
def refuse(tmp_path) -> Callable[[bytes, str], None]:
    """Reads bytes as a bundle and wants them refused with these words, the file's name and a mend."""

    def refuse(data: bytes, says: str) -> None:
        path = write(tmp_path / "m.ringlight", data)
        with pytest.raises(BundleError, match=says) as caught:
            Bundle.read(path)
        text = str(caught.value)
        assert text.startswith(f"{path}: ")
        assert any(mend in text for mend in ("Export it again", "copy it again")), text

    return refuse
