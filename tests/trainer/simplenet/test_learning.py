import numpy as np
import pytest
import torch

from trainer.simplenet import Settings
from trainer.simplenet.learning import teach, truncated_l1
from trainer.simplenet.model import judge

QUICK = Settings(meta_epochs=3, epochs=2, patches=256, discriminator_rate=5e-3)


def features(n: int = 24, places: int = 16, width: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.3, (n, places, width)).astype(np.float16)


def test_what_lies_far_off_is_called_bad():
    head, _, _ = teach(features(), QUICK, 0, lambda _: 0.5)
    far = torch.full((1, 1, 8), 3.0)
    with torch.no_grad():
        assert judge(head, far).max() < judge(head, torch.zeros(1, 1, 8)).min()


def test_the_seed_decides():
    one, two, other = (teach(features(), QUICK, seed, lambda _: 0.5)[0].state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_the_loss_is_truncated_at_the_margin():
    """Liu et al. 2023, eq. 7: what is told apart by more than the margin pulls no further."""
    assert truncated_l1(torch.tensor([0.5, 9.0]), torch.tensor([-0.5, -9.0]), 0.5) == 0
    assert truncated_l1(torch.tensor([0.0]), torch.tensor([0.0]), 0.5) == pytest.approx(1.0)
    assert truncated_l1(torch.tensor([-1.0]), torch.tensor([-9.0]), 0.5) == pytest.approx(1.5)


@pytest.mark.parametrize(("epoch", "number"), [("last", 2), ("synthetic", 1)])
def test_the_epoch_is_the_last_or_the_one_that_sees_synthetic_defects_best(epoch, number):
    """Prevents the official code's leak, which takes the best epoch of the test set, and a head of another epoch than
    the one that is told."""
    heads, answers = [], iter([0.6, 0.9, 0.8])

    def monitor(head):
        assert not head.training
        heads.append({name: value.clone() for name, value in head.state_dict().items()})
        return next(answers)

    head, tracker, chosen = teach(features(), Settings(meta_epochs=3, epochs=1, epoch=epoch), 0, monitor)
    assert chosen == number
    assert [row.synthetic_auroc for row in tracker.meta_epochs] == [0.6, 0.9, 0.8]
    assert all(torch.equal(value, heads[number][name]) for name, value in head.state_dict().items())


def test_the_gradients_are_clipped_by_their_global_norm(monkeypatch):
    seen = []
    clip = torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr("torch.nn.utils.clip_grad_norm_", lambda p, limit: seen.append(limit) or clip(p, limit))
    teach(features(8), Settings(meta_epochs=1, epochs=1, clip=0.7), 0, lambda _: 0.5)
    teach(features(8), Settings(meta_epochs=1, epochs=1, clip=0), 0, lambda _: 0.5)
    assert seen == [0.7, 0.7]


def test_noise_that_drowns_in_the_features_is_reported_as_saturation():
    """The paper's 0.015 on features that deviate by far more: the discriminator learns nothing, and nobody notices."""
    drowned = Settings(meta_epochs=3, epochs=2, noise=0.001)
    _, tracker, chosen = teach(features() * np.float16(10), drowned, 0, lambda _: 0.9)
    assert any("saturated" in text for text in tracker.warnings(chosen))
    _, tracker, chosen = teach(features(), QUICK, 0, lambda _: 0.9)
    assert tracker.warnings(chosen) == []
