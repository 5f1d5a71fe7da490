import sys

import pytest
from small_bundle import write_small_bundle

from edge.config import ModelConfig
from edge.health import Level
from edge.model import Model
from edge.providers import CPU, TENSORRT
from edge.runtime.engines import engine_folder, gpu_identity
from edge.virtual.providers import VirtualOrt


@pytest.fixture
def ort(monkeypatch) -> VirtualOrt:
    made = VirtualOrt(TENSORRT)
    monkeypatch.setitem(sys.modules, "onnxruntime", made)
    return made


def load(bundle, **settings) -> Model:
    return Model.load(ModelConfig(bundle=bundle, providers=(TENSORRT, CPU), **settings))


def test_an_engine_is_compiled_once(ort, tmp_path):
    """An engine build blocked a line for nine minutes, with every start."""
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    load(bundle)
    load(bundle)
    assert len(ort.compiled) == 1
    assert ort.compiled[0].parent == tmp_path / "engines"


def test_other_options_make_another_engine(ort, tmp_path):
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    load(bundle)
    load(bundle, fp16=True)
    assert len(set(ort.compiled)) == 2


@pytest.mark.parametrize("what", ["model", "identity", "version", "options"])
def test_an_engine_belongs_to_one_model_gpu_driver_and_set_of_options(what, tmp_path):
    facts = {"model": b"a", "identity": "535.1", "version": "1.18", "options": {"trt_fp16_enable": "0"}}
    other = {"model": b"b", "identity": "550.2", "version": "1.19", "options": {"trt_fp16_enable": "1"}}
    assert engine_folder(tmp_path, **facts) != engine_folder(tmp_path, **(facts | {what: other[what]}))
    assert engine_folder(tmp_path, **facts) == engine_folder(tmp_path, **facts)


def test_gpu_and_driver_are_told_by_the_kernel(tmp_path):
    gpu = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0"
    gpu.mkdir(parents=True)
    (gpu / "information").write_text("Model: Orin\n")
    (gpu.parents[1] / "version").write_text("NVRM version: 540.3.0\n")
    assert gpu_identity(tmp_path) == "NVRM version: 540.3.0\nModel: Orin"
    assert gpu_identity(tmp_path / "proc/driver") == ""


def test_a_place_where_no_engine_can_be_kept_is_told(ort, tmp_path):
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    (tmp_path / "engines").write_text("a file in the way")
    model = load(bundle)
    [check] = [check for check in model.checks() if check.name == "engines"]
    assert check.level is Level.WARNING
    assert ort.asked[-1][0][1].get("trt_engine_cache_enable") is None


def test_half_an_engine_is_compiled_anew(ort, tmp_path):
    """The power was cut while it was written; the provider could not read it, and another one ran from then on."""
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    load(bundle)
    [folder] = ort.compiled
    (folder / "finished").unlink()
    (folder / "virtual.engine").write_bytes(b"eng")
    load(bundle)
    assert ort.compiled == [folder, folder]
    assert (folder / "virtual.engine").read_bytes() == b"engine"


def test_a_fallback_finishes_no_engine(ort, tmp_path):
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    ort.missing = {TENSORRT}
    assert load(bundle).runtime.running == CPU
    ort.missing = set()
    assert not list(tmp_path.rglob("finished"))
