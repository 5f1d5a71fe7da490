import pytest
import torch
from timm.models import create_feature_extractor
from torch import nn

from trainer.backbone import Backbone
from trainer.folding import fold, round_weights


def untouched(name: str, layer: str):
    """The network as timm makes it, with normalisations that do something."""
    import timm

    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 2.0),
                (module.bias, -1.0, 1.0),
                (module.running_mean, -1.0, 1.0),
                (module.running_var, 0.01, 3.0),
            ):
                assert tensor is not None
                nn.init.uniform_(tensor, low, high)
    return create_feature_extractor(network, {layer: "0"}).eval()


@pytest.mark.parametrize(("name", "layer"), [("tf_efficientnet_lite0", "blocks.3"), ("resnet18", "layer2")])
def test_a_folded_network_computes_the_same(name, layer):
    net = untouched(name, layer)
    x = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = net(x)["0"]
        fold(net)
        after = net(x)["0"]
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4 * float(before.std()))
    assert all(bool((m.weight == 1).all()) for m in net.modules() if isinstance(m, nn.BatchNorm2d))


def test_a_convolution_with_a_bias_is_folded_too():
    norm = nn.BatchNorm2d(4)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    nn.init.uniform_(norm.running_mean, -1, 1)
    nn.init.uniform_(norm.running_var, 0.5, 2)
    net = torch.fx.symbolic_trace(nn.Sequential(nn.Conv2d(3, 4, 1), norm).eval())
    x = torch.randn(1, 3, 5, 5)
    before = net(x)
    fold(net)
    torch.testing.assert_close(net(x), before)


def test_what_others_read_as_well_is_not_folded():
    """Prevents a branch that gets weights which were meant for the other."""

    class Branch(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1)

        def forward(self, x):
            y = self.conv(x)
            return self.norm(y) + y

    branch = Branch().eval()
    nn.init.constant_(branch.conv.weight, 0.5)
    nn.init.constant_(branch.norm.weight, 3.0)
    net = torch.fx.symbolic_trace(branch)
    before = net(torch.ones(1, 1, 1, 1))
    fold(net)
    torch.testing.assert_close(net(torch.ones(1, 1, 1, 1)), before)


def test_weights_of_a_backbone_fit_half_precision():
    weights = [module.weight for module in Backbone(weights="random").net.modules() if isinstance(module, nn.Conv2d)]
    assert len(weights) > 30
    assert all(torch.equal(weight, weight.half().float()) for weight in weights)


def test_weights_beyond_half_precision_stay():
    net = torch.fx.symbolic_trace(nn.Sequential(nn.Conv2d(1, 1, 1)))
    (conv,) = (module for module in net.modules() if isinstance(module, nn.Conv2d))
    nn.init.constant_(conv.weight, 1e6)
    round_weights(net)
    assert conv.weight.item() == 1e6
