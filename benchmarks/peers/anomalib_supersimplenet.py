"""anomalib's SuperSimpleNet on a data set in the layout of MVTec AD. Runs in an environment of its own; called by
`compare.py`.

    python anomalib_supersimplenet.py DATASET --out answer.json [--epochs 300] [--size 256] [--seed 0]

Rolih et al., "SuperSimpleNet", ICPR 2024, in the form of its journal paper, which is anomalib's default. Its torch
model, its loss and its unsupervised hyperparameters are used as they are: gradients stopped before the classification
head, Perlin threshold 0.2, noise 0.015, AdamW with 1e-4 for the adaptor and 2e-4 with weight decay 1e-5 for the heads,
both times 0.4 after 80 and 90 % of the epochs, no clipping of gradients, batches of 32.

What differs:
- the backbone, EfficientNet-Lite0 with the same weights as ours and their own normalisation, at strides 8 and 16;
- the network's outputs are computed once and remembered, since it is frozen and nothing is augmented before it;
- scores are its logits, without the sigmoid behind them, which would only make ties;
- the epochs, where `--epochs` says so. Of 300, each takes minutes for 430 pictures on two cores.
All is computed in float32: bfloat16 would be faster, and round its noise of 0.015 on features of 1 and more away.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

import torch
from anomalib.models.components import TimmFeatureExtractor
from anomalib.models.image.supersimplenet import torch_model
from anomalib.models.image.supersimplenet.loss import SSNLoss
from anomalib.models.image.supersimplenet.torch_model import SupersimplenetModel
from anomalib_shared import LAYERS, answer, arguments, load_weights, pictures, scores, train_pictures
from torch import Tensor, nn
from torch.optim.lr_scheduler import MultiStepLR

from trainer.backbone import LITE0

EPOCHS = 300
BATCH = 32


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    began = time.perf_counter()
    # The model has no argument for "without weights from the network": its extractor is told so.
    with patch.object(torch_model, "TimmFeatureExtractor", partial(TimmFeatureExtractor, pre_trained=False)):
        model = SupersimplenetModel(backbone=LITE0, layers=LAYERS)
    load_weights(model.feature_extractor.feature_extractor.feature_extractor)
    fit(model, train_pictures(args.dataset), args.size, args.epochs)
    seconds = time.perf_counter() - began
    model.eval()
    found = scores(args.dataset, args.size, lambda batch: logits(model, batch))
    answer(args.out, model, seconds, scores=found, epochs=args.epochs, of=EPOCHS)


class Remembered(nn.Module):
    """Stands where the network was: gives the outputs of pictures by their numbers."""

    def __init__(self, network: nn.Module, batches: Iterable[Tensor]) -> None:
        super().__init__()
        outputs = [network(batch) for batch in batches]
        self._layers = {name: torch.cat([output[name] for output in outputs]) for name in outputs[0]}

    def forward(self, numbers: Tensor) -> dict[str, Tensor]:
        return {name: values[numbers] for name, values in self._layers.items()}


def fit(model: SupersimplenetModel, paths: Sequence[Path], size: int, epochs: int) -> None:
    """Its own training step and schedule; only the network is replaced meanwhile."""
    extractor = model.feature_extractor
    network = extractor.feature_extractor.eval()
    with torch.no_grad():
        extractor.feature_extractor = Remembered(network, pictures(paths, size))
    heads = {"params": model.segdec.parameters(), "lr": 2e-4, "weight_decay": 1e-5}
    optimizer = torch.optim.AdamW([{"params": model.adaptor.parameters(), "lr": 1e-4}, heads])
    schedule = MultiStepLR(optimizer, milestones=[int(epochs * 0.8), int(epochs * 0.9)], gamma=0.4)
    # On a CPU convolutions are fastest with the channels last.
    model.train().to(memory_format=torch.channels_last)
    for epoch in range(epochs):
        losses = [step(model, optimizer, numbers) for numbers in torch.randperm(len(paths)).split(BATCH)]
        schedule.step()
        print(f"epoch {epoch + 1}/{epochs}: loss {sum(losses) / len(losses):.4f}", file=sys.stderr, flush=True)
    extractor.feature_extractor = network


def step(model: SupersimplenetModel, optimizer: torch.optim.Optimizer, numbers: Tensor) -> float:
    loss = SSNLoss()(*model(numbers, labels=torch.zeros(len(numbers))))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def logits(model: SupersimplenetModel, batch: Tensor) -> Tensor:
    """Image scores before the sigmoid, as its own forward pass makes them."""
    with torch.no_grad():
        features = model.feature_extractor(batch)
        return model.segdec(seg_features=model.adaptor(features), cls_features=features)[1]


if __name__ == "__main__":
    main()
