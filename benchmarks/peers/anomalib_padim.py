"""anomalib's PaDiM on a data set in the layout of MVTec AD. Runs in an environment of its own; called by `compare.py`.

    python anomalib_padim.py DATASET --out answer.json [--size 256] [--seed 0]

Its torch model is used as it is (random choice of 100 features, one Gaussian a place, smoothing, maximum), with the
same weights of EfficientNet-Lite0 as ours and their own normalisation, layers of strides 8 and 16.
"""

from __future__ import annotations

import time

import torch
from anomalib.models.image.padim.torch_model import PadimModel
from anomalib_shared import LAYERS, answer, arguments, load_weights, pictures, scores, train_pictures

from trainer.backbone import LITE0

FEATURES = 100


def main() -> None:
    args = arguments(__doc__).parse_args()
    torch.manual_seed(args.seed)
    began = time.perf_counter()
    model = PadimModel(LITE0, LAYERS, pre_trained=False, n_features=FEATURES)
    load_weights(model.feature_extractor.feature_extractor)
    model.train()
    model.feature_extractor.eval()
    for batch in pictures(train_pictures(args.dataset), args.size):
        model(batch)
    model.fit()
    seconds = time.perf_counter() - began
    model.eval()
    answer(args.out, model, seconds, scores=scores(args.dataset, args.size, lambda batch: model(batch).pred_score))


if __name__ == "__main__":
    main()
