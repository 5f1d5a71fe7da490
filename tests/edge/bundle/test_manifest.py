"""Manifests and signatures that no export writes, signed or not."""

import json

import pytest
from hostile_bundles import canonical, edited, packed, rehashed, signed

from edge.bundle import GOLDEN_SCORES, GOLDEN_TILES, MANIFEST, MODEL, REPORT, SIGNATURE, Bundle, Manifest
from edge.config import ModelConfig
from edge.errors import BundleError
from edge.model import Model


def at(values, path):
    """The table that holds the last step of `path`, and that step."""
    *steps, last = path.split(".")
    for step in steps:
        values = values[int(step) if isinstance(values, list) else step]
    return values, int(last) if isinstance(values, list) else last


def with_value(files, key, path, value):
    def edit(values):
        table, last = at(values, path)
        table[last] = value

    return packed(edited(files, edit, key))


@pytest.mark.parametrize("name", [MODEL, GOLDEN_TILES, GOLDEN_SCORES])
def test_a_file_that_is_not_what_the_manifest_says_is_refused(refuse, files, name):
    refuse(packed({**files, name: files[name][:-1] + b"\x07"}), f"{name} is not what the manifest says")


@pytest.mark.parametrize("name", [MODEL, GOLDEN_TILES, GOLDEN_SCORES])
def test_a_file_without_a_hash_is_refused(refuse, files, key, name):
    """Prevents weights that lie beside the hashes."""
    refuse(packed(edited(files, lambda values: values["files"].pop(name), key)), f"{name} is in the manifest or in the")


def test_a_hash_without_its_file_is_refused(refuse, files, key):
    refuse(with_value(files, key, "files", json.loads(files[MANIFEST])["files"] | {REPORT: "0" * 64}), "not in both")


@pytest.mark.parametrize("schema", [0, 2, "1", 1.0, True, None, [], 10**30])
def test_an_unknown_schema_is_refused_with_the_way_out(refuse, files, key, schema):
    refuse(with_value(files, key, "schema", schema), "schema .*(update the software|Input should)")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["location", "scale", "shape", "exceedance"])
def test_a_calibration_that_is_not_finite_is_refused(refuse, files, key, name, word):
    """Not a number is above no threshold: every part would pass."""
    refuse(with_value(files, key, f"calibration.{name}", float(word)), f"not JSON .*{word} is no number")


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("calibration.scores.199", 1e300, "beyond"),
        ("calibration.scores.0", -1e300, "beyond"),
        ("calibration.scores", [], "calibration"),
        ("calibration.n", 10**300, "calibration"),
        ("calibration.location", 1e31, "beyond"),
        ("calibration.scale", 1e308, "beyond"),
        ("calibration.scale", -1.0, "scale"),
        ("calibration.shape", 1e6, "shape"),
        ("calibration.exceedance", 0, "exceedance"),
        ("serial", 2**53, "serial"),
        ("serial", 10**4000, "serial"),
        ("serial", True, "serial"),
        ("serial", 1.5, "serial"),
        ("geometry.input_h", 10**9, "geometry"),
        ("geometry.input_w", 2**63, "geometry"),
        ("geometry.mode", [], "geometry"),
        ("dataset.fitted", 0, "fitted"),
        ("model_id", "../../up", "model_id"),
        ("model_id", "a" * 65, "model_id"),
        ("model_id", "m\n", "model_id"),
        ("files", {}, "in the manifest or in the file"),
        ("files", [], "files"),
        ("files", {MODEL: "0" * 63}, "files"),
        ("metrics", {"parity": []}, "metrics"),
        ("batch", [1, 8, 32], "batch"),
        ("batch", {"low": 9, "best": 8, "most": 32}, "batch"),
        ("batch", {"low": 1, "best": 8, "most": 10**9}, "batch"),
        ("batch", {"low": 1, "best": 8, "most": 32, "more": 1}, "batch"),
        ("surprise", 1, "surprise"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_named(refuse, files, key, path, value, says):
    refuse(with_value(files, key, path, value), says)


def test_a_number_of_thousands_of_digits_is_refused(refuse, files):
    manifest = files[MANIFEST].replace(b'"serial":1', b'"serial":' + b"9" * 100_000)
    refuse(packed({**files, MANIFEST: manifest}), "not JSON")


def test_numbers_too_large_for_a_float_are_refused(refuse, files):
    manifest = files[MANIFEST].replace(b'"schema":1', b'"metrics":{"parity":1e999},"schema":1')
    refuse(packed({**files, MANIFEST: manifest}), "canonical")


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused(refuse, files, opening):
    refuse(packed({**files, MANIFEST: opening * 100_000}), "not JSON")


@pytest.mark.parametrize(
    "manifest", [b"", b"\xff\xfe{}", b"{", b"null", b"[]", b'"text"', b"{}", b"\xef\xbb\xbf{}", b'{"schema":1}']
)
def test_what_is_no_manifest_is_refused(refuse, files, manifest):
    refuse(packed({**files, MANIFEST: manifest}), MANIFEST)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"serial":1', b'"serial":1,"serial":9'),
        (b'"serial":1', b'"serial": 1'),
        (b'"serial":1', b'"seri\\u0061l":1'),
        (b'"method":"brightness"', b'"method":"\\ud800"'),
        (b'"schema":1', b'"schema":1\n'),
    ],
)
def test_a_manifest_in_another_form_is_refused_though_it_is_signed(refuse, files, key, old, new):
    """Two readers may understand a key that comes twice differently; only one form is ever signed."""
    assert old in files[MANIFEST]
    refuse(packed(signed({**files, MANIFEST: files[MANIFEST].replace(old, new)}, key)), "canonical form")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"{}",
        b"[" * 4000,
        canonical({"key_id": "0" * 16, "ed25519": "0" * 127}),
        canonical({"key_id": "0" * 15, "ed25519": "0" * 128}),
        canonical({"key_id": "../../../etc/a", "ed25519": "0" * 128}),
        canonical({"key_id": "0" * 16, "ed25519": "G" * 128}),
        canonical({"key_id": "0" * 16, "ed25519": 0}),
        canonical({"key_id": "0" * 16, "ed25519": "0" * 128, "algorithm": "none"}),
    ],
)
def test_what_is_no_signature_is_refused(refuse, files, content):
    refuse(packed({**files, SIGNATURE: content}), f"{SIGNATURE}")


def test_the_signed_bytes_are_those_of_the_file(tmp_path, whole, files, key):
    """A later version may know more keys of a manifest; what was signed must not depend on who reads it."""
    (tmp_path / "m.ringlight").write_bytes(whole)
    bundle = Bundle.read(tmp_path / "m.ringlight")
    assert bundle.signed == files[MANIFEST] == bundle.manifest.canonical()
    assert bundle.signature == key.sign(files[MANIFEST])


@pytest.mark.parametrize("name", [GOLDEN_TILES, GOLDEN_SCORES])
@pytest.mark.parametrize(
    "array",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x02\x00" + bytes(100),
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 16,
        b"\x93NUMPY\x01\x00\x40\x00" + b"{'descr':'|u1','fortran_order':False,'shape':(99999999999,)}".ljust(64),
        b"\x93NUMPY\x01\x00\x40\x00" + b"{'descr':'|O','fortran_order':False,'shape':(1,)}".ljust(64) + bytes(8),
        b"\x93NUMPY\x01\x00\x40\x00" + b"{'descr':'|u1','fortran_order':False,'shape':(-1,-9)}".ljust(64) + bytes(9),
    ],
)
def test_what_is_no_plain_array_is_refused_though_it_is_signed(refuse, files, key, name, array):
    """numpy would ask for the memory that a header announces before it looks at what there is."""
    refuse(packed(rehashed(files, {name: array}, key)), f"{name} is not a plain array")


@pytest.mark.parametrize("name", [GOLDEN_TILES, GOLDEN_SCORES])
def test_bytes_behind_an_array_are_refused_though_they_are_signed(refuse, files, key, name):
    refuse(packed(rehashed(files, {name: files[name] + b"x"}, key)), f"{name} is not a plain array .*another size")


def test_golden_scores_that_are_no_numbers_are_refused(refuse, files, key):
    scores = files[GOLDEN_SCORES]
    refuse(packed(rehashed(files, {GOLDEN_SCORES: scores[:-4] + b"\x00\x00\xc0\x7f"}, key)), "finite score")


def test_an_edited_manifest_keeps_its_hashes_but_not_its_signature(tmp_path, files, key):
    """Reading does not tell who signed; the gate does, and must see the edited bytes."""
    (tmp_path / "m.ringlight").write_bytes(packed(edited(files, lambda values: values.update(serial=99))))
    bundle = Bundle.read(tmp_path / "m.ringlight")
    assert bundle.signature is not None
    assert not key.public.verifies(bundle.signature, bundle.signed)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(BundleError, match="has no manifest"):
        Manifest.parse(tmp_path / "m.ringlight", None)


def test_a_bundle_from_before_the_batch_profile_is_read(files, key, tmp_path):
    path = tmp_path / "old.ringlight"
    path.write_bytes(packed(edited(files, lambda values: values.pop("batch"), key)))
    assert Bundle.read(path).manifest.batch is None
    assert Model.load(ModelConfig(bundle=path, batch=64)).runtime.batch == 32
