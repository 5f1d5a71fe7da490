"""How good an anomaly model is. Raw scores in, never squashed; larger is worse everywhere. No torch."""

from trainer.metrics.intervals import bootstrap, delong, resample_mean, wilson
from trainer.metrics.pixels import aupro, pixel_auroc, pro, pro_curve, region_areas
from trainer.metrics.ranking import (
    auroc,
    average_precision,
    balanced_accuracy,
    cost_curve,
    f1_max,
    roc_curve,
)

__all__ = [
    "aupro",
    "auroc",
    "average_precision",
    "balanced_accuracy",
    "bootstrap",
    "cost_curve",
    "delong",
    "f1_max",
    "pixel_auroc",
    "pro",
    "pro_curve",
    "region_areas",
    "resample_mean",
    "roc_curve",
    "wilson",
]
