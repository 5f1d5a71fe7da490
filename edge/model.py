"""A bundle, loaded and ready to look at parts: picture → map. What desk and box call to score a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.bundle import Bundle
from edge.calibration import Threshold
from edge.config.models import ModelConfig, VerdictConfig
from edge.health import Check, Level
from edge.parts import Image, PartMap
from edge.runtime import BatchProfile, Runtime, Settings
from edge.runtime.engines import FOLDER
from edge.runtime.runtime import engines_for, graph_of
from edge.runtime.session import choose, onnxruntime
from edge.tiles import cut, stitch


@dataclass(frozen=True)
class Model:
    """One bundle on one execution provider."""

    bundle: Bundle
    runtime: Runtime

    @classmethod
    def load(cls, config: ModelConfig) -> Model:
        """Reads, verifies and warms up the configured bundle, whoever signed it: what a box runs comes through
        `edge.trust.loading`.

        Raises:
            BundleError: the bundle is damaged or not one of ours.
            ProviderError: no provider runs, or not the one that is required.
        """
        return cls.of(Bundle.read(config.bundle), config)

    @classmethod
    def of(cls, bundle: Bundle, config: ModelConfig) -> Model:
        """Warms up a bundle that was read already. Raises as `load` does."""
        runtime = Runtime(
            bundle.model,
            config.providers,
            threads=config.threads,
            batch=config.batch,
            require=config.require_provider,
            settings=_settings(config),
            size=_size(bundle),
            profile=bundle.manifest.batch or BatchProfile(),
            engines=_engine_root(bundle, config),
            observe=True,
        )
        runtime.warm_up()
        return cls(bundle, runtime)

    @property
    def id(self) -> str:
        return self.bundle.manifest.model_id

    def look(self, image: Image) -> PartMap:
        """Scores a part's picture, RGB uint8 [H, W, 3] of any size."""
        tiles = cut(image, self.bundle.manifest.geometry)
        return stitch(self.runtime.score(tiles.pixels), tiles, image.shape[:2])

    def threshold(self, config: VerdictConfig) -> Threshold:
        """The threshold in raw scores that the configuration asks for."""
        if config.threshold is not None:
            return Threshold(config.threshold, config.threshold, config.threshold, "empirical")
        return self.bundle.manifest.calibration.threshold(config.false_rejects_per_10000)

    def checks(self) -> list[Check]:
        """Whether the provider is the one asked for, and computes what the desk computed."""
        golden = self.runtime.check_golden(
            self.bundle.golden_tiles,
            self.bundle.golden_scores,
            spread=float(np.std(self.bundle.manifest.calibration.scores)),
        )
        found = [*self.runtime.checks(), golden]
        found.append(Check("model", Level.OK, f"{self.id}, {self.bundle.manifest.method}"))
        return found


def engines_of(bundle: Bundle, config: ModelConfig) -> Path | None:
    """Where the engines of a bundle lie, or will lie once they are compiled; None where nothing is compiled.

    Raises:
        ProviderError: no provider is there.
    """
    chosen = choose(config.providers, onnxruntime().get_available_providers())
    profile = bundle.manifest.batch or BatchProfile()
    graph = graph_of(bundle.model, _size(bundle), profile, config.batch)
    return engines_for(bundle.model, chosen, _settings(config), graph, _engine_root(bundle, config))


def _size(bundle: Bundle) -> tuple[int, int]:
    return bundle.manifest.geometry.input_h, bundle.manifest.geometry.input_w


def _engine_root(bundle: Bundle, config: ModelConfig) -> Path:
    return config.engines or bundle.path.parent / FOLDER


def _settings(config: ModelConfig) -> Settings:
    return Settings(
        threads=config.threads,
        device_id=config.device_id,
        fp16=config.fp16,
        workspace_mb=config.workspace_mb,
        gpu_memory_mb=config.gpu_memory_mb,
        cudnn_search=config.cudnn_search,
        more=config.options,
    )
