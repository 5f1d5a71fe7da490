"""A backbone in half precision, for providers that compute in it. ONNX Runtime's CPU provider computes most of it in
single precision and rounds in between, so its scores can be compared there; it is slower for it."""

from __future__ import annotations

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16

from export.graph import quiet, verify


def lower(graph: bytes) -> bytes:
    """The graph of a backbone, `tiles` uint8 [N, H, W, 3] → one float32 [N, C, h, w] a layer, with everything in
    between in half precision. Takes such a graph in single precision."""
    with quiet():
        proto = convert_float_to_float16(onnx.load_from_string(graph), keep_io_types=True)
    data = proto.SerializeToString()
    verify(data)
    return data
