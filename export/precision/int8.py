"""A backbone in integers: static quantization with QDQ nodes, made by ONNX Runtime's own tool.

Camera bytes are the quantized input as they are: scale 1, zero point 128. A normalisation in front of the first
convolution would be computed in integers by operators that take two fifths of the time of a whole quantized
EfficientNet-Lite0 at 224 px, so it is folded into that convolution; only its padding then means the grey value 128
where it meant the mean colour of ImageNet.

Weights have 8 bits, scaled so that no two neighbours can add up to more: x86 processors without VNNI sum two products
in 16 bits, saturate there, and would score otherwise than the desk (ONNX Runtime, "Quantize ONNX models", on U8S8). Its
own remedy, 7 bits for all, leaves half again as much noise.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor, nn
from torch.fx import GraphModule

from edge.errors import UsageError
from edge.parts import Image
from export.graph import EXAMPLES, quiet, traced, verify
from export.precision.backbone import feature_names
from trainer.backbone import Backbone

_ZERO = 128
_PIXELS = "pixels"
_OPERATORS = ["Add", "Clip", "Conv", "GlobalAveragePool", "MaxPool", "Mul", "Relu"]


def quantize(network: Backbone, tiles: Image) -> bytes:
    """The graph of a backbone, `tiles` uint8 [N, H, W, 3] → one float32 [N, C, h, w] a layer, computed in integers.

    Args:
        tiles: uint8 [N, H, W, 3], good parts. The range that each activation takes on them is the range that it can
            have from then on.

    Raises:
        UsageError: the network does not begin with one convolution.
    """
    h, w = tiles.shape[1:3]
    example = torch.zeros(EXAMPLES, 3, h, w)
    exact = onnx.load_from_string(traced(_FromPixels(network), {_PIXELS: example}, feature_names(network)))
    with tempfile.TemporaryDirectory() as folder, quiet():
        out = Path(folder) / "int8.onnx"
        quantize_static(
            exact,
            out,
            _Pictures(tiles),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_OPERATORS,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"TensorQuantOverrides": {_PIXELS: [_step(1, _ZERO, np.uint8)], **_weights(exact)}},
        )
        proto = onnx.load(out)
    _take_tiles(proto, h, w)
    data = proto.SerializeToString()
    verify(data)
    return data


class _FromPixels(nn.Module):
    """The network from grey values less 128, float32 [N, 3, H, W], with the normalisation in its first convolution."""

    def __init__(self, network: Backbone) -> None:
        super().__init__()
        self.net = copy.deepcopy(network.net)
        scale, shift = network.scale.flatten().double(), network.shift.flatten().double()
        conv = _first_convolution(self.net, network.name)
        weight = conv.weight.double()
        bias = (weight * (shift + _ZERO * scale).view(1, 3, 1, 1)).sum((1, 2, 3))
        bias = bias if conv.bias is None else bias + conv.bias.double()
        conv.weight = nn.Parameter((weight * scale.view(1, 3, 1, 1)).float(), requires_grad=False)
        conv.bias = nn.Parameter(bias.float(), requires_grad=False)
        self.eval()  # a copied graph forgets it

    def forward(self, pixels: Tensor) -> list[Tensor]:
        return list(self.net(pixels).values())


def _first_convolution(net: GraphModule, name: str) -> nn.Conv2d:
    start = next(node for node in net.graph.nodes if node.op == "placeholder")
    readers = [net.get_submodule(str(node.target)) for node in start.users if node.op == "call_module"]
    if len(start.users) == 1 and readers and isinstance(readers[0], nn.Conv2d) and readers[0].groups == 1:
        return readers[0]
    raise UsageError(f"{name} does not begin with one convolution and cannot be quantized: export fp32 or fp16.")


class _Pictures(CalibrationDataReader):
    """The calibration tiles, one at a time."""

    def __init__(self, tiles: Image) -> None:
        self._left: Iterator[Image] = iter(tiles)

    def get_next(self) -> dict[str, NDArray[np.float32]]:
        """The next one by the name of the input; nothing after the last."""
        tile = next(self._left, None)
        return {} if tile is None else {_PIXELS: tile.transpose(2, 0, 1)[None].astype(np.float32) - _ZERO}


def _weights(proto: onnx.ModelProto) -> dict[str, list[dict[str, Any]]]:
    """The scale of each output channel of each convolution."""
    values = {tensor.name: tensor for tensor in proto.graph.initializer}
    names = {node.input[1] for node in proto.graph.node if node.op_type == "Conv" and node.input[1] in values}
    found = {}
    for name in sorted(names):
        steps = weight_steps(numpy_helper.to_array(values[name]))
        found[name] = [{"axis": 0, **_step(step, 0, np.int8)} for step in steps]
    return found


def weight_steps(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one unit of an int8 weight stands for, [O], for the weight [O, I, h, w] of a convolution: as little as lets
    each weight, and each sum of two neighbours in the order in which they are multiplied, stay within 127."""
    rows = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    largest = np.abs(rows).max(1)
    # One input channel is a depthwise convolution, whose products are summed in 32 bits everywhere.
    if weight.shape[1] > 1:
        largest = np.maximum(largest, np.abs(rows[:, :-1] + rows[:, 1:]).max(1))
    return np.maximum(largest / 127, np.finfo(np.float32).tiny * 2**8).astype(np.float32)


def _step(scale: float, zero: int, kind: type[np.integer[Any]]) -> dict[str, Any]:
    return {"scale": np.array(scale, np.float32), "zero_point": np.array(zero, kind)}


def _take_tiles(proto: onnx.ModelProto, height: int, width: int) -> None:
    """Camera bytes take the place of the quantized pixels, whose values they are."""
    graph = proto.graph
    (quantized,) = (node for node in graph.node if _PIXELS in node.input)
    n = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    bytes_in = helper.make_node("Transpose", ["tiles"], list(quantized.output), perm=[0, 3, 1, 2])
    graph.node.remove(quantized)
    graph.node.insert(0, bytes_in)
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("tiles", onnx.TensorProto.UINT8, [n, height, width, 3]))
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    kept = [onnx.TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
    del graph.initializer[:]
    graph.initializer.extend(kept)
