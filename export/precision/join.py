"""Two graphs become one: features of the backbone, then what a method makes of them."""

from __future__ import annotations

import onnx
import torch
from onnx import compose
from torch import Tensor, nn

from export.graph import EXAMPLES, traced, verify
from export.precision.backbone import GraphBackbone, feature_names

_PREFIX = "backbone."


def with_features_of(network: GraphBackbone, model: nn.Module, height: int, width: int) -> bytes:
    """One graph `tiles` uint8 [N, H, W, 3] → `score` [N], `anomaly_map` [N, h, w].

    Args:
        network: the backbone in the precision that is wanted. model: of a method, built upon that network, with the
            backbone as its attribute `backbone`; its own part is exported as it is, in single precision.
    """
    with torch.inference_mode():
        features = network(torch.zeros(EXAMPLES, height, width, 3, dtype=torch.uint8))
    names = feature_names(network)
    judge = onnx.load_from_string(_judge(model, dict(zip(names, features, strict=True))))
    backbone = compose.add_prefix(onnx.load_from_string(network.graph), _PREFIX, rename_inputs=False)
    backbone.ir_version = judge.ir_version  # or they cannot be joined
    wires = [(_PREFIX + name, name) for name in names]
    data = compose.merge_models(backbone, judge, io_map=wires).SerializeToString()
    verify(data)
    return data


def _judge(model: nn.Module, features: dict[str, Tensor]) -> bytes:
    """The model behind its backbone: features in, scores and maps out."""
    backbone, model.backbone = model.backbone, nn.Identity()
    try:
        return traced(_Behind(model), features, ("score", "anomaly_map"))
    finally:
        model.backbone = backbone


class _Behind(nn.Module):
    """Calls a model whose backbone hands on what it is given."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *features: Tensor) -> tuple[Tensor, Tensor]:
        return self.model(features)
