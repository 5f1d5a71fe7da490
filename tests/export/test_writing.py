import numpy as np
import pytest
from small_bundle import write_small_bundle

from edge.bundle import GOLDEN_SCORES, GOLDEN_TILES, MODEL, Bundle
from edge.errors import BundleError
from export.writing import contents, hashes, write_bundle


@pytest.fixture
def whole(tmp_path):
    """A manifest and the files that it describes."""
    bundle = Bundle.read(write_small_bundle(tmp_path / "source.ringlight"))
    files = contents(bundle.model, bundle.golden_tiles, bundle.golden_scores)
    return bundle.manifest.model_copy(update={"files": hashes(files)}), files


def test_what_is_written_is_what_is_read(whole, tmp_path):
    manifest, files = whole
    bundle = write_bundle(tmp_path / "new" / "a.ringlight", manifest, files)
    assert bundle.manifest == manifest
    assert bundle.model == files[MODEL]
    assert set(files) == {MODEL, GOLDEN_TILES, GOLDEN_SCORES}


def test_the_same_content_gives_the_same_file(whole, tmp_path):
    a, b = (write_bundle(tmp_path / name, *whole).path.read_bytes() for name in ("a.ringlight", "b.ringlight"))
    assert a == b


def test_a_report_goes_under_a_hash_too(whole, tmp_path):
    manifest, whole_files = whole
    files = contents(whole_files[MODEL], np.zeros((1, 32, 32, 3), np.uint8), np.zeros(1, np.float32), report=b"<html>")
    bundle = write_bundle(tmp_path / "a.ringlight", manifest.model_copy(update={"files": hashes(files)}), files)
    assert bundle.report == b"<html>"


def test_a_bundle_that_the_box_would_refuse_does_not_replace_the_old_one(whole, tmp_path):
    manifest, files = whole
    out = write_bundle(tmp_path / "a.ringlight", manifest, files).path
    before = out.read_bytes()
    with pytest.raises(BundleError):
        write_bundle(out, manifest, files | {MODEL: b"other"})
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.glob("a.*")] == ["a.ringlight"]


def test_a_full_disk_leaves_the_old_bundle(whole, tmp_path, monkeypatch):
    out = write_bundle(tmp_path / "a.ringlight", *whole).path
    before = out.read_bytes()

    def full(_):
        raise OSError("disk full")

    monkeypatch.setattr("export.writing.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_bundle(out, *whole)
    assert out.read_bytes() == before
    assert not (tmp_path / "a.ringlight.tmp").exists()
