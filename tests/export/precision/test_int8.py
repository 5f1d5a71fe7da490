from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from edge.bundle.graph import check_graph
from edge.errors import UsageError
from export.precision.backbone import GraphBackbone
from export.precision.int8 import _FromPixels, quantize, weight_steps
from trainer.backbone import Backbone


def test_features_in_integers_are_those_of_the_network(network, quantized, tiles):
    exact, whole = (made(torch.from_numpy(tiles)) for made in (network, GraphBackbone(network, quantized)))
    for before, after in zip(exact, whole, strict=True):
        assert after.shape == before.shape
        assert np.corrcoef(before.flatten(), after.flatten())[0, 1] > 0.97


@pytest.mark.parametrize(("name", "layer"), [("tf_efficientnet_lite0", "bn1"), ("resnet18", "bn1")])
def test_the_normalisation_is_in_the_first_convolution(name, layer, tiles):
    network = Backbone(name, [layer], "random")
    x = torch.from_numpy(tiles)
    ((before,), (after,)) = network(x), _FromPixels(network)(x.permute(0, 3, 1, 2).float() - 128)
    inner = (..., slice(2, -2), slice(2, -2))  # padding means another grey
    torch.testing.assert_close(after[inner], before[inner], rtol=1e-3, atol=1e-4)


def test_camera_bytes_go_into_the_first_convolution_as_they_are(quantized):
    """Prevents a normalisation in integers, which took more than a third of the time of the whole graph."""
    proto = onnx.load_from_string(quantized)
    (turned,) = (node for node in proto.graph.node if "tiles" in node.input)
    (read,) = (node for node in proto.graph.node if turned.output[0] in node.input)
    users = {node.op_type for node in proto.graph.node if read.output[0] in node.input}
    assert (turned.op_type, read.op_type, users) == ("Transpose", "DequantizeLinear", {"Conv"})
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    assert (float(values[read.input[1]]), int(values[read.input[2]])) == (1.0, 128)


def test_no_two_neighbouring_products_can_saturate(quantized):
    """Prevents scores that differ on a processor without VNNI, which sums two products in 16 bits."""
    graph = onnx.load_from_string(quantized).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = [node for node in graph.node if values.get(node.input[0], np.zeros(1)).dtype == np.int8]
    assert len(weights) >= 10
    for node in weights:
        weight = values[node.input[0]].astype(int)
        assert values[node.input[1]].shape == weight.shape[:1]  # a scale for each channel
        if weight.shape[1] > 1:
            rows = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
            assert 255 * np.abs(rows[:, :-1] + rows[:, 1:]).max() < 2**15


def test_weights_use_the_bits_that_there_are():
    weight = np.array([[1.0, -1.0], [2.0, 2.0], [0.0, 0.0]], np.float32)[..., None, None]
    steps = weight_steps(weight)
    np.testing.assert_allclose(steps[:2], [1 / 127, 4 / 127], rtol=1e-6)
    assert steps[2] > 0
    np.testing.assert_allclose(weight_steps(weight.reshape(6, 1, 1, 1))[2], 2 / 127, rtol=1e-6)


def test_every_convolution_is_in_integers(quantized):
    graph = onnx.load_from_string(quantized).graph
    by = {name: node.op_type for node in graph.node for name in node.output}
    read = Counter(by[name] for node in graph.node if node.op_type == "Conv" for name in node.input[:2])
    assert set(read) == {"DequantizeLinear"}


def test_a_box_takes_its_operators(quantized):
    check_graph(Path("a.ringlight"), quantized)


def test_the_same_tiles_give_the_same_graph(network, quantized, tiles):
    assert quantize(network, tiles) == quantized


def test_a_network_that_begins_otherwise_is_refused(tiles):
    class Twice(nn.Module):
        def forward(self, x):
            return {"0": x + x}

    network = Backbone(layers=["blocks.0"], weights="random")
    network.net = torch.fx.symbolic_trace(Twice())
    with pytest.raises(UsageError, match="export fp32 or fp16"):
        quantize(network, tiles)
