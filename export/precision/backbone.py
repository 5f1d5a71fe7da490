"""The backbone alone as a graph, tiles to features, and a network that computes its features with such a graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge.runtime.session import onnxruntime
from export.graph import EXAMPLES, traced
from trainer.backbone import Backbone


def feature_names(network: Backbone) -> list[str]:
    """The outputs of a backbone's graph: one a layer."""
    return [f"features_{i}" for i in range(len(network.layers))]


def features_graph(network: Backbone, height: int, width: int) -> bytes:
    """`tiles` uint8 [N, H, W, 3] → one float32 [N, C, h, w] a layer, named by `feature_names`."""
    tiles = torch.zeros(EXAMPLES, height, width, 3, dtype=torch.uint8)
    return traced(network, {"tiles": tiles}, feature_names(network))


class GraphBackbone(Backbone):
    """A backbone whose features are computed by a graph, in the runtime and with the numbers of the box.

    Args:
        network: the backbone that the graph was made from. graph: as `features_graph` describes it.
    """

    def __init__(self, network: Backbone, graph: bytes) -> None:
        nn.Module.__init__(self)  # a backbone's own would load weights
        self.name, self.layers, self.net = network.name, network.layers, network.net
        self.graph = graph
        options = onnxruntime().SessionOptions()
        options.log_severity_level = 4
        self._session = onnxruntime().InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.eval()

    def forward(self, tiles: Tensor) -> list[Tensor]:
        """tiles: uint8 [N, H, W, 3] RGB → one float32 [N, C, h, w] a layer."""
        return [torch.from_numpy(value) for value in self._session.run(None, {"tiles": tiles.numpy()})]
