"""A size that is asked for is a size that is kept, by the file itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_dataset import SIDE

from edge.errors import UsageError
from export.exporting import export_bundle
from trainer.methods import METHODS
from trainer.padim import Settings
from trainer.train import train


def trained(dataset: Path, out: Path, budget_mb: float, **settings):
    return train(
        dataset,
        out,
        weights="random",
        size=SIDE,
        settings=Settings(**{"alignment": "fixed", "shrinkage": 0.3, "rank": 64, "budget_mb": budget_mb, **settings}),
    )


@pytest.fixture(scope="module")
def whole_mb(dataset, tmp_path_factory) -> float:
    """What the model takes where it may take anything."""
    return trained(dataset, tmp_path_factory.mktemp("whole"), 1000.0).notes["budget"]["whole_mb"]


def test_the_bundle_keeps_to_its_budget(dataset, tmp_path, whole_mb):
    run = trained(dataset, tmp_path / "run", whole_mb - 0.2)
    budget = run.notes["budget"]
    bundle = export_bundle(tmp_path / "run", tmp_path / "a.ringlight")
    assert bundle.size / 1e6 <= budget["taken"]["mb"] <= whole_mb - 0.2
    assert (run.grid, run.settings["rank"]) == (tuple(budget["taken"]["grid"]), budget["taken"]["rank"])


def test_the_best_of_those_that_fit_is_taken(dataset, tmp_path, whole_mb):
    budget = trained(dataset, tmp_path, whole_mb - 0.2).notes["budget"]
    fitting = [offer for offer in budget["offers"] if offer["mb"] <= whole_mb - 0.2]
    assert 1 < len(fitting) < len(budget["offers"])
    assert budget["taken"]["auroc"] == max(offer["auroc"] for offer in fitting)
    assert budget["without"] == budget["offers"][0]


def test_a_budget_that_is_no_limit_costs_nothing(dataset, tmp_path):
    run = trained(dataset, tmp_path, 1000.0)
    assert "taken" not in run.notes["budget"]
    assert run.settings["rank"] == 64
    assert "costs nothing" in METHODS["padim"].summary(run.notes)[-1]


@pytest.mark.parametrize("alignment", ["fixed", "free"])
def test_a_budget_below_the_backbone_is_refused_with_what_it_takes(dataset, tmp_path, alignment):
    with pytest.raises(UsageError, match=r"--budget-mb 1: the smallest model of tf_efficientnet_lite0 .* MB"):
        trained(dataset, tmp_path, 1.0, alignment=alignment)


def test_the_summary_tells_what_it_bought_and_what_it_cost(dataset, tmp_path, whole_mb):
    run = trained(dataset, tmp_path, whole_mb - 0.2)
    bought, cost = METHODS["padim"].summary(run.notes)
    assert bought.startswith(f"budget {whole_mb - 0.2:g} MB: ")
    assert cost.startswith("without a budget: ")
    assert "64 directions" in cost
