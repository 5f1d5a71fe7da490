"""What an ONNX graph may bring along, checked on its bytes before ONNX Runtime sees it.

The box has no `onnx` package. The few fields that matter here are read straight from the protobuf wire format
(protobuf.dev, "Encoding"; field numbers of onnx.proto, which ONNX promises never to change).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.bundle.archive import MODEL
from edge.errors import BundleError

_MEND = "Export it again with `ringlight export`."

STANDARD = ("", "ai.onnx")
MICROSOFT = "com.microsoft"
# Of ONNX Runtime's own operators only those that quantizing and fusing make: one of the others (EPContext) opens files.
FUSED = frozenset(
    {
        "DequantizeLinear",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "NhwcConv",
        "NhwcFusedConv",
        "NhwcMaxPool",
        "QGemm",
        "QLinearAdd",
        "QLinearAveragePool",
        "QLinearConcat",
        "QLinearGlobalAveragePool",
        "QLinearLeakyRelu",
        "QLinearMul",
        "QLinearReduceMean",
        "QLinearSigmoid",
        "QLinearSoftmax",
        "QLinearWhere",
        "QuantizeLinear",
        "QuickGelu",
    }
)

# Fields of onnx.proto: which hold messages, by the kind of message that holds them.
_INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_NODE_OP_TYPE, _NODE_DOMAIN = 4, 7
_TENSOR_NAME, _TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 8, 13, 14
_READ = {"node": (_NODE_OP_TYPE, _NODE_DOMAIN), "tensor": (_TENSOR_NAME, _TENSOR_EXTERNAL_DATA)}
_FLATBUFFER = b"ORTM"
_DEEPEST = 32
_LARGEST_KEY = 2**32 - 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_graph(path: Path, model: bytes) -> None:
    """Refuses a graph that keeps weights in another file, or asks for operators that no export of ours uses.

    Raises:
        BundleError: that, or the bytes are no ONNX graph. The message names file, member and mend.
    """
    try:
        # ONNX Runtime takes bytes with this mark for its own format, and would read another graph than was checked.
        if model[4:8] == _FLATBUFFER:
            raise _ForeignError("is in ONNX Runtime's own format, not in ONNX")
        _walk(memoryview(model), "model", 0)
    except _ForeignError as error:
        raise BundleError(f"{path}: {MODEL} {error}. {_MEND}") from error


class _ForeignError(Exception):
    """What the graph has that it must not have; completes the sentence "model.onnx …"."""


def _walk(data: memoryview, kind: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise _ForeignError(f"nests its graphs more than {_DEEPEST} deep")
    values: dict[int, bytes | int] = {}
    inside = _INSIDE[kind]
    for field, value in _fields(data):
        if isinstance(value, int):
            values[field] = value
        elif field in inside:
            _walk(value, inside[field], depth + 1)
        elif field in _READ.get(kind, ()):
            values[field] = bytes(value[:100])
    if kind == "node":
        _check_operator(_text(values.get(_NODE_DOMAIN, b"")), _text(values.get(_NODE_OP_TYPE, b"")))
    if kind == "tensor" and (values.get(_TENSOR_DATA_LOCATION, 0) or _TENSOR_EXTERNAL_DATA in values):
        raise _ForeignError(f"keeps the weights {_text(values.get(_TENSOR_NAME, b''))!r} in another file")


def _check_operator(domain: str, operator: str) -> None:
    if domain in STANDARD or (domain == MICROSOFT and operator in FUSED):
        return
    raise _ForeignError(f"uses the operator {operator!r} of the domain {domain!r}, which no export of ours uses")


def _text(value: bytes | int) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        # Protobuf drops the bits above the 32nd, and would read another field than was looked at here.
        if key > _LARGEST_KEY:
            raise _ForeignError(f"is no ONNX graph (byte {at} ends a field number that no field has)")
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield field, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise _ForeignError(f"is no ONNX graph (byte {at} has the unknown wire type {wire})")
        if at + size > len(data):
            raise _ForeignError("is no ONNX graph, or cut off")
        # To protobuf a text or message of fixed size is an unknown field: it must not count as a node's last word.
        if wire == _BYTES:
            yield field, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise _ForeignError("is no ONNX graph, or cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _ForeignError("is no ONNX graph (a number has no end)")
