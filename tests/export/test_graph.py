import math
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from small_dataset import SIDE
from torch import nn

from edge.errors import RinglightError
from edge.runtime import Runtime
from export import graph as exporting
from trainer.padim import Settings
from trainer.train import build, train


def test_the_graph_keeps_the_boxs_contract(graph):
    runtime = Runtime(graph, ["CPUExecutionProvider"])
    assert (runtime.input_h, runtime.input_w) == (SIDE, SIDE)


def test_weights_are_inside(graph):
    """Prevents a second file beside the graph that no hash covers."""
    proto = onnx.load_from_string(graph)
    assert sum(len(tensor.raw_data) for tensor in proto.graph.initializer) > 9_000_000
    assert all(tensor.data_location == onnx.TensorProto.DEFAULT for tensor in proto.graph.initializer)


def test_weights_outside_are_refused(graph):
    proto = onnx.load_from_string(graph)
    tensor = max(proto.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="model.onnx.data")
    with pytest.raises(RinglightError, match="another file"):
        exporting.verify(proto.SerializeToString())


def test_a_fixed_batch_is_refused(graph):
    """Prevents the default export that fixed the batch at 2."""
    proto = onnx.load_from_string(graph)
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    with pytest.raises(RinglightError, match="exactly 2 tiles"):
        exporting.verify(proto.SerializeToString())


def test_weights_in_half_precision_are_half_as_large_and_score_the_same(graph):
    tiles = np.random.default_rng(0).integers(0, 256, (4, SIDE, SIDE, 3), np.uint8)
    half = exporting.halve(graph)
    before, after = (Runtime(data, ["CPUExecutionProvider"]).score(tiles) for data in (graph, half))
    floats = sum(math.prod(t.dims) for t in onnx.load_from_string(graph).graph.initializer if len(t.dims) == 4)
    assert len(graph) - len(half) == pytest.approx(2 * floats, rel=0.05)
    np.testing.assert_allclose(after.score, before.score, rtol=1e-5)


def test_a_weight_that_half_precision_cannot_hold_is_left_alone(graph):
    """Prevents infinities that come out of a smaller file."""
    proto = onnx.load_from_string(graph)
    tensor = next(t for t in proto.graph.initializer if len(t.dims) == 4 and math.prod(t.dims) >= 1024)
    values = numpy_helper.to_array(tensor).copy()
    values.flat[0] = 1e5
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    names = {t.name: t for t in onnx.load_from_string(exporting.halve(proto.SerializeToString())).graph.initializer}
    np.testing.assert_array_equal(numpy_helper.to_array(names[tensor.name]), values)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_any_number_of_tiles_gives_the_scores_of_torch(n, graph, model):
    tiles = torch.randint(0, 256, (n, SIDE, SIDE, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(n))
    with torch.inference_mode():
        score, anomaly_map = model(tiles)
    ours = Runtime(graph, ["CPUExecutionProvider"]).score(tiles.numpy())
    torch.testing.assert_close(torch.from_numpy(ours.score), score, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(torch.from_numpy(ours.anomaly_map), anomaly_map, rtol=1e-4, atol=1e-4)


def test_a_model_without_places_is_exported_as_well(dataset, tmp_path):
    settings = Settings("free", shrinkage=0.3, smoothing=0)
    run = train(
        dataset, tmp_path, backbone="resnet18", layers=["layer2"], weights="random", size=SIDE, settings=settings
    )
    model = build(run)
    tiles = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8)
    ours = Runtime(exporting.to_onnx(model, SIDE, SIDE), ["CPUExecutionProvider"]).score(tiles.numpy())
    with torch.inference_mode():
        torch.testing.assert_close(torch.from_numpy(ours.score), model(tiles)[0], rtol=1e-4, atol=1e-4)


def test_no_path_of_the_desk_is_inside(graph):
    """Prevents the exporter's stack traces from travelling to the line."""
    assert str(Path(exporting.__file__).parent).encode() not in graph
    assert b"stack_trace" not in graph


def test_the_exporter_is_quiet(model, capfd):
    class Small(nn.Module):
        def forward(self, tiles):
            x = tiles.float().mean(3)
            return x.mean((1, 2)), x

    exporting.to_onnx(Small(), 16, 16)
    assert capfd.readouterr() == ("", "")
