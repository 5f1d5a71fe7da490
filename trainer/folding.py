"""A frozen network in the form in which it is shipped: batch normalisation folded, weights that half precision holds.

Features are computed with exactly the weights that the bundle will hold in half the bytes, so a smaller file changes no
score.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.fx import GraphModule


def fold(net: GraphModule) -> None:
    """Folds each batch normalisation into the convolution before it, in place. The normalisations stay in the graph,
    with scale 1: what is exported drops them."""
    for conv, norm in _pairs(net):
        _fold(conv, norm)


def round_weights(net: nn.Module) -> None:
    """Rounds the weights of convolutions to half precision, in place. What exceeds half precision stays as it is."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            half = module.weight.half()
            if half.isfinite().all():
                _set(module.weight, half.float())


def _pairs(net: GraphModule) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Convolutions whose only reader is a batch normalisation."""
    for node in net.graph.nodes:
        norm = _module(net, node)
        before = node.args[0] if node.args else None
        if isinstance(norm, nn.BatchNorm2d) and isinstance(before, torch.fx.Node) and len(before.users) == 1:
            conv = _module(net, before)
            if isinstance(conv, nn.Conv2d):
                yield conv, norm


def _module(net: GraphModule, node: torch.fx.Node) -> nn.Module | None:
    return net.get_submodule(str(node.target)) if node.op == "call_module" else None


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        return
    # In double precision: some channels hardly vary, and their factor is large.
    factor = norm.weight.double() / (variance.double() + norm.eps).sqrt()
    offset = mean.double() if conv.bias is None else mean.double() - conv.bias.double()
    _set(conv.weight, (conv.weight.double() * factor.view(-1, 1, 1, 1)).float())
    _set(norm.bias, (norm.bias.double() - offset * factor).float())
    _set(norm.weight, torch.ones_like(norm.weight))
    _set(mean, torch.zeros_like(mean))
    _set(variance, torch.full_like(variance, 1 - norm.eps))
    if conv.bias is not None:
        _set(conv.bias, torch.zeros_like(conv.bias))


def _set(tensor: Tensor, value: Tensor) -> None:
    with torch.no_grad():
        tensor.copy_(value)
