import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edge.errors import BundleError, ProviderError
from edge.health import Level
from edge.runtime import Runtime

CPU = "CPUExecutionProvider"


def graph(n: str | int = "N", size=(8, 8), kind=TensorProto.UINT8, score="score") -> bytes:
    """score: mean of the tile; anomaly_map: its red channel."""
    nodes = [
        helper.make_node("Cast", ["tiles"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "axes"], [score], keepdims=0),
        helper.make_node("Gather", ["x", "red"], ["anomaly_map"], axis=3),
    ]
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
        helper.make_tensor("red", TensorProto.INT64, [], [0]),
    ]
    body = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("tiles", kind, [n, *size, 3])],
        [
            helper.make_tensor_value_info(score, TensorProto.FLOAT, [n]),
            helper.make_tensor_value_info("anomaly_map", TensorProto.FLOAT, [n, *size]),
        ],
        constants,
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture
def tiles():
    return np.random.default_rng(0).integers(0, 256, (7, 8, 8, 3), np.uint8)


@pytest.mark.parametrize("batch", [1, 3, 7, 8])
def test_the_batch_does_not_change_the_scores(batch, tiles):
    """Prevents a batch that was fixed at export, and a last batch that is lost."""
    scores = Runtime(graph(), [CPU], batch=batch).score(tiles)
    np.testing.assert_allclose(scores.score, tiles.mean((1, 2, 3)), rtol=1e-5)
    np.testing.assert_array_equal(scores.anomaly_map, tiles[..., 0].astype(np.float32))


def test_the_model_says_which_tiles_it_takes():
    runtime = Runtime(graph(size=(8, 16)), [CPU])
    assert (runtime.input_h, runtime.input_w) == (8, 16)


@pytest.mark.parametrize("shape", [(2, 8, 9, 3), (8, 8, 3), (0, 8, 8, 3)])
def test_other_tiles_are_refused(shape):
    with pytest.raises(ValueError, match="tile"):
        Runtime(graph(), [CPU]).score(np.zeros(shape, np.uint8))


def test_a_provider_that_runs_is_ok():
    assert [check.level for check in Runtime(graph(), [CPU]).checks()] == [Level.OK]


def test_a_silent_fallback_is_a_fault():
    """Prevents a "TensorRT" box that quietly runs something else."""
    runtime = Runtime(graph(), ["TensorrtExecutionProvider", CPU])
    (check,) = runtime.checks()
    assert (runtime.asked, runtime.running) == ("TensorrtExecutionProvider", CPU)
    assert check.level is Level.FAULT
    assert "CPUExecutionProvider runs" in check.text


def test_a_required_provider_that_does_not_run_stops_the_box():
    with pytest.raises(ProviderError, match="TensorrtExecutionProvider was asked for"):
        Runtime(graph(), ["TensorrtExecutionProvider", CPU], require=True)


def test_an_unknown_provider_names_those_that_exist():
    with pytest.raises(ProviderError, match=r"which has .*CPUExecutionProvider"):
        Runtime(graph(), ["CpuProvider"])


def test_a_missing_onnxruntime_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ProviderError, match=r"ringlight\[cpu\].*Jetson"):
        Runtime(graph(), [CPU])


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (graph(kind=TensorProto.FLOAT), "uint8"),
        (graph(n=2), "exactly 2"),
        (graph(size=("h", 8)), "one fixed size"),
        (graph(score="pred_score"), "`score`"),
        (b"no graph", "cannot be loaded"),
    ],
)
def test_a_graph_that_breaks_the_contract_is_refused(model, says):
    with pytest.raises(BundleError, match=says):
        Runtime(model, [CPU])


def test_warming_up_runs_one_tile_and_a_full_batch(monkeypatch):
    runtime = Runtime(graph(), [CPU], batch=4)
    seen = []
    run = runtime._run
    monkeypatch.setattr(runtime, "_run", lambda pixels: seen.append(len(pixels)) or run(pixels))
    runtime.warm_up()
    assert sorted(seen) == [1, 4]


def test_golden_tiles_tell_a_provider_that_computes_something_else(tiles):
    runtime = Runtime(graph(), [CPU])
    scores = tiles.mean((1, 2, 3), dtype=np.float32)
    assert runtime.check_golden(tiles, scores, spread=1).level is Level.OK
    assert runtime.check_golden(tiles, scores + 0.2, spread=1).level is Level.FAULT
    assert runtime.check_golden(tiles, scores * np.float32(np.nan), spread=1).level is Level.FAULT
