import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_bundle import brightness_graph

from edge.bundle import Bundle, DatasetFacts, Manifest, sha256
from edge.bundle.archive import LARGEST
from edge.calibration import Calibration
from edge.errors import BundleError
from edge.tiles import Geometry

GRAPH = brightness_graph()


def canonical(values) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def parts(**changes) -> dict[str, bytes]:
    """The files of a whole bundle; `changes` go into the manifest."""
    files = {
        "model.onnx": GRAPH,
        "golden/tiles.npy": npy(np.zeros((2, 64, 64, 3), np.uint8)),
        "golden/scores.npy": npy(np.zeros(2, np.float32)),
    }
    manifest = Manifest(
        schema=1,
        model_id="tiles-0123abcd",
        method="padim",
        backbone="tf_efficientnet_lite0",
        geometry=Geometry(64, 64),
        alignment="fixed",
        calibration=Calibration.fit([1, 2, 3, 4, 5]),
        thresholds=(),
        metrics={"parity": 1e-6},
        dataset=DatasetFacts(name="tiles", fingerprint="0" * 64, fitted=8, held_out=5),
        tools={"torch": "2"},
        serial=7,
        created="2026-01-01T00:00:00+00:00",
        files={name: sha256(data) for name, data in files.items()},
    )
    values = json.loads(manifest.canonical()) | changes
    return {"manifest.json": canonical(values)} | files


def pack(path, files, extra=()):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in [*files.items(), *extra]:
            archive.writestr(name, data)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tiles.ringlight"


def refuse(path, says):
    with pytest.raises(BundleError, match=says) as caught:
        Bundle.read(path)
    assert "tiles.ringlight" in str(caught.value)


def test_a_whole_bundle_is_read(path):
    bundle = Bundle.read(pack(path, parts()))
    assert bundle.model == GRAPH
    assert bundle.manifest.geometry == Geometry(64, 64)
    assert bundle.golden_tiles.shape == (2, 64, 64, 3)
    assert bundle.size == path.stat().st_size


def test_the_canonical_manifest_is_stable(path):
    manifest = Bundle.read(pack(path, parts())).manifest
    assert Manifest.model_validate_json(manifest.canonical()).canonical() == manifest.canonical()


@pytest.mark.parametrize("name", ["model.onnx", "golden/tiles.npy", "golden/scores.npy"])
def test_every_file_is_under_its_hash(path, name):
    """Prevents weights that lie beside the graph and escape the check."""
    files = parts()
    files[name] += b"x"
    refuse(pack(path, files), f"{name} is not what the manifest says")


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "golden/scores.npy"])
def test_a_missing_file_is_named(path, name):
    files = parts()
    del files[name]
    refuse(pack(path, files), f"has no {name}")


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/passwd", "model.onnx.data", "golden/", "C:\\model"])
def test_a_name_that_no_bundle_has_is_refused(path, name):
    refuse(pack(path, parts(), [(name, b"x")]), "which no bundle has")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(path):
    """Prevents a second file that is read where only the first was checked."""
    refuse(pack(path, parts(), [("model.onnx", b"other")]), "model.onnx twice")


def test_a_file_larger_than_its_bound_is_refused_before_it_is_unpacked(path, monkeypatch):
    monkeypatch.setitem(LARGEST, "model.onnx", 4)
    refuse(pack(path, parts()), "at most 4 are read")


def test_a_report_that_the_manifest_does_not_know_is_refused(path):
    refuse(pack(path, parts(), [("report.html", b"x")]), "report.html is in the manifest or in the file")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema": 2}, "schema 2"),
        ({"serial": 0}, "serial"),
        ({"alignment": "loose"}, "alignment"),
        ({"surprise": 1}, "surprise"),
        ({"geometry": {"input_h": 64}}, "geometry"),
        ({"geometry": {"input_h": 32, "input_w": 64}}, "golden/tiles.npy is uint8"),
        ({"model_id": "../up"}, "model_id"),
    ],
)
def test_a_wrong_manifest_is_refused(path, changes, says):
    refuse(pack(path, parts(**changes)), says)


def test_a_pickle_is_refused(path):
    """Prevents code that runs because a bundle was opened."""
    files = parts()
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], object), allow_pickle=True)
    files["golden/scores.npy"] = buffer.getvalue()
    values = json.loads(files["manifest.json"])
    values["files"]["golden/scores.npy"] = sha256(files["golden/scores.npy"])
    files["manifest.json"] = canonical(values)
    refuse(pack(path, files), "golden/scores.npy is not a plain array")


def test_a_bundle_that_was_cut_off_is_refused(path):
    data = pack(path, parts()).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refuse(path, "damaged or not a bundle")


def test_a_flipped_bit_is_refused(path):
    data = bytearray(pack(path, parts()).read_bytes())
    data[data.index(GRAPH)] ^= 1
    path.write_bytes(data)
    refuse(path, "model.onnx is damaged")


def test_a_missing_bundle_is_named(path):
    refuse(path, "cannot be read")


def test_every_key_of_the_manifest_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "bundle.md").read_text(encoding="utf-8")
    for name, field in Manifest.model_fields.items():
        assert f"`{field.alias or name}`" in page, name
