"""Random damage. Whatever the bytes are: a refusal, or the very bundle that was signed; never another error, never
another model.

`benchmarks/fuzz_bundle.py` does the same for as long as it is told.
"""

from random import Random

import pytest
from hostile_bundles import mutate, packed, rehashed, unpacked
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bundle import write_small_bundle

from edge.bundle import MODEL, Bundle
from edge.errors import BundleError
from edge.trust.folder import TrustFolder
from edge.trust.gate import accept
from edge.trust.keys import PrivateKey, make_keys
from edge.trust.serial import SerialRecord

QUICK = settings(deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def box(tmp_path_factory, key):
    """A function that gives the bundle that a box would run for some bytes, or None; and a stranger's bundle."""
    folder = tmp_path_factory.mktemp("box")
    trust, serials = TrustFolder(folder / "trust"), SerialRecord(folder / "serial.json")
    (folder / "key.pub").write_bytes(key.public.pem())
    trust.trust(folder / "key.pub")
    private, _, _ = make_keys(folder, "stranger")
    stranger = write_small_bundle(folder / "s.ringlight", good=0.4, serial=9, key=PrivateKey.read(private))

    def run(data: bytes) -> Bundle | None:
        path = folder / "m.ringlight"
        path.write_bytes(data)
        try:
            return accept(Bundle.read(path), trust, serials).bundle
        except BundleError as error:
            return None if str(error).startswith(f"{path}: ") else pytest.fail(f"the file is not named: {error}")

    return run, stranger.read_bytes()


def same(a: Bundle, b: Bundle) -> bool:
    arrays = (a.golden_tiles.tobytes(), a.golden_scores.tobytes()) == (
        b.golden_tiles.tobytes(),
        b.golden_scores.tobytes(),
    )
    return arrays and (a.signed, a.manifest, a.model, a.report) == (b.signed, b.manifest, b.model, b.report)


@settings(QUICK, max_examples=400)
@given(seed=st.integers(0, 2**32))
def test_a_changed_bundle_is_refused_or_the_same(box, whole, seed):
    run, stranger = box
    original, found = run(whole), run(mutate(Random(seed), whole, stranger))
    assert original is not None
    assert found is None or same(found, original)


@settings(QUICK, max_examples=100)
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused(box, whole, data):
    run, _ = box
    assert run(data) is None
    assert run(data + whole[-22:]) is None


@settings(QUICK, max_examples=300)
@given(at=st.integers(0, 10_000), value=st.integers(1, 255))
def test_a_single_flipped_byte_changes_no_model(box, whole, at, value):
    run, _ = box
    original = run(whole)
    data = bytearray(whole)
    data[at % len(data)] ^= value
    found = run(bytes(data))
    assert original is not None
    assert found is None or same(found, original)


@settings(QUICK, max_examples=300)
@given(at=st.integers(0, 2000), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_graph_that_somebody_signed_is_read_or_refused(box, whole, key, at, value, cut):
    """The reader of graphs sees bytes that no hash protects from their own maker."""
    run, _ = box
    files = unpacked(whole)
    model = bytearray(files[MODEL])
    at %= len(model)
    model[at : len(model) if cut else at + 1] = bytes([value])
    found = run(packed(rehashed(files, {MODEL: bytes(model)}, key)))
    assert found is None or found.model == bytes(model)


def test_the_damage_reaches_every_layer(box, whole):
    """Fuzzing that never comes past the first check proves nothing."""
    _, stranger = box
    random, layers = Random(0), set()
    for _ in range(300):
        data = mutate(random, whole, stranger)
        try:
            layers.add("zip" if unpacked(data).keys() != unpacked(whole).keys() else "members")
        except Exception:
            layers.add("broken")
    assert layers == {"zip", "members", "broken"}
