"""A real bundle with a real graph that needs no training: a tile's score is its mean brightness, 0 to 1."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from edge.bundle import GOLDEN_SCORES, GOLDEN_TILES, MANIFEST, MODEL, REPORT, SIGNATURE, Manifest, sha256
from edge.calibration import Calibration
from edge.runtime import Runtime
from edge.tiles import Geometry
from edge.trust.keys import PrivateKey

SIDE = 32


def brightness_graph(side: int = SIDE) -> bytes:
    """tiles uint8 [N, side, side, 3] → score [N], anomaly_map [N, side/8, side/8]: brightness, averaged."""
    nodes = [
        helper.make_node("Cast", ["tiles"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Div", ["planes", "full"], ["unit"]),
        helper.make_node("AveragePool", ["unit"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("ReduceMean", ["pooled", "channel"], ["anomaly_map"], keepdims=0),
        helper.make_node("ReduceMean", ["anomaly_map", "plane"], ["score"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("tiles", TensorProto.UINT8, ["N", side, side, 3])],
        [
            helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N"]),
            helper.make_tensor_value_info("anomaly_map", TensorProto.FLOAT, ["N", side // 8, side // 8]),
        ],
        [
            helper.make_tensor("full", TensorProto.FLOAT, [], [255.0]),
            helper.make_tensor("channel", TensorProto.INT64, [1], [1]),
            helper.make_tensor("plane", TensorProto.INT64, [2], [1, 2]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_small_bundle(
    path: Path,
    *,
    good: float = 0.25,
    spread: float = 0.01,
    serial: int = 1,
    key: PrivateKey | None = None,
    golden_off: float = 0.0,
    model_id: str = "brightness-1",
    report: bytes = b"",
) -> Path:
    """Writes a bundle whose calibration says that good parts are `good` ± `spread` bright; signed if there is a key.
    `golden_off` is added to the golden scores; `report` makes it as large as you like."""
    model = brightness_graph()
    tiles = np.stack([np.full((SIDE, SIDE, 3), grey, np.uint8) for grey in (40, 90, 200)])
    scores = Runtime(model, ["CPUExecutionProvider"]).score(tiles).score + np.float32(golden_off)
    files = {MODEL: model, GOLDEN_TILES: _npy(tiles), GOLDEN_SCORES: _npy(scores)}
    if report:
        files[REPORT] = report
    held_out = good + spread * np.random.default_rng(0).standard_normal(200)
    manifest = Manifest.model_validate(
        {
            "schema": 1,
            "model_id": model_id,
            "method": "brightness",
            "backbone": "none",
            "geometry": Geometry(SIDE, SIDE).to_dict(),
            "alignment": "free",
            "calibration": Calibration.fit(held_out),
            "thresholds": [],
            "metrics": {},
            "dataset": {"name": "greys", "fingerprint": sha256(b""), "fitted": 1, "held_out": 200},
            "tools": {},
            "serial": serial,
            "created": "2026-01-01T00:00:00Z",
            "files": {name: sha256(data) for name, data in files.items()},
        }
    )
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr(MANIFEST, manifest.canonical())
        if key:
            bundle.writestr(SIGNATURE, key.sign(manifest.canonical()).to_bytes())
        for name, data in files.items():
            bundle.writestr(name, data)
    return path


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
