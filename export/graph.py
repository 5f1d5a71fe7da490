"""One ONNX graph, from camera bytes to score."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from edge.errors import RinglightError

OPSET = 18
EXAMPLES = 2
"""Tiles of an example: an exporter takes a batch of one for a constant."""
_SMALL = 1024
"""Values of an array below which nothing is won by keeping them in half precision."""


def to_onnx(model: nn.Module, height: int, width: int) -> bytes:
    """Exports a model uint8 [N, H, W, 3] → (score [N], anomaly_map [N, h, w]) with N dynamic.

    The weights are inside: a second file beside the graph would escape the bundle's hashes.

    Raises:
        RinglightError: the exporter made something that is not one self-contained, valid graph with N dynamic.
    """
    tiles = torch.zeros(EXAMPLES, height, width, 3, dtype=torch.uint8)
    return traced(model, {"tiles": tiles}, ("score", "anomaly_map"))


def traced(model: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> bytes:
    """Exports any module, called with the inputs in their order.

    Args:
        inputs: by name, an example of each; their first axis, of `EXAMPLES`, is dynamic and the same for all.
        outputs: names of what the module returns, in order.

    Raises:
        RinglightError: as `to_onnx`.
    """
    tiles = torch.export.Dim("N", min=1)
    with quiet(), torch.inference_mode():
        program = torch.onnx.export(
            _Spread(model).eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=(tuple({0: tiles} for _ in inputs),),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
        )
    if program is None:
        raise RinglightError("torch.onnx gave no graph. Check that torch and onnxscript fit each other.")
    proto = program.model_proto
    _strip(proto)
    data = proto.SerializeToString()
    verify(data)
    return data


class _Spread(nn.Module):
    """The module under arguments of any number, which the exporter takes by their place."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> object:
        return self.model(*inputs)


def halve(graph: bytes) -> bytes:
    """The same graph with the weights of its convolutions kept in half precision; the arithmetic stays in single
    precision, and so do biases and statistics of good parts.

    Each becomes a half-precision array and a Cast, which the runtime folds into one array when it loads the graph: the
    file is smaller, the speed the same. Weights of
    `trainer.backbone` are such numbers already, so nothing moves. What exceeds half precision is left as it is.

    Args:
        graph: of `to_onnx`.
    """
    proto = onnx.load_from_string(graph)
    weights = {node.input[1] for node in proto.graph.node if node.op_type == "Conv"}
    kept, casts = [], []
    for tensor in proto.graph.initializer:
        half = _in_half(tensor) if tensor.name in weights else None
        if half is not None:
            casts.append(onnx.helper.make_node("Cast", [half.name], [tensor.name], to=onnx.TensorProto.FLOAT))
        kept.append(onnx.TensorProto.FromString((half or tensor).SerializeToString()))
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in (*casts, *proto.graph.node)]
    del proto.graph.initializer[:], proto.graph.node[:]
    proto.graph.initializer.extend(kept)
    proto.graph.node.extend(nodes)
    data = proto.SerializeToString()
    verify(data)
    return data


def _in_half(tensor: onnx.TensorProto) -> onnx.TensorProto | None:
    """The weight in half precision under another name; None for what is small or would overflow."""
    if math.prod(tensor.dims) < _SMALL:
        return None
    with np.errstate(over="ignore"):
        half = numpy_helper.to_array(tensor).astype(np.float16)
    return numpy_helper.from_array(half, tensor.name + ".half") if np.isfinite(half).all() else None


def _strip(proto: onnx.ModelProto) -> None:
    """Takes out what the exporter notes for its own developers: traces with the paths of the machine it ran on, which
    are nobody's business on the line and make two exports of one model differ."""
    proto.ClearField("metadata_props")
    graph = proto.graph
    for noted in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        noted.ClearField("doc_string")
        noted.ClearField("metadata_props")


def verify(data: bytes) -> None:
    """Raises RinglightError where a graph has weights elsewhere, is not valid, or fixes the number of tiles."""
    proto = onnx.load_from_string(data)
    outside = [t.name for t in proto.graph.initializer if t.data_location == onnx.TensorProto.EXTERNAL]
    if outside:
        raise RinglightError(f"the graph keeps {len(outside)} weights in another file: update onnxscript.")
    onnx.checker.check_model(proto, full_check=True)
    first = proto.graph.input[0].type.tensor_type.shape.dim[0]
    if first.HasField("dim_value"):
        raise RinglightError(f"the graph takes exactly {first.dim_value} tiles at a time: update torch.")


@contextlib.contextmanager
def quiet():
    """The exporter talks to standard output and to several loggers about its own progress."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
