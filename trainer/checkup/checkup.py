"""The whole examination, one data set at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import UsageError
from edge.health import Level
from trainer.checkup.borderline import borderline_finding
from trainer.checkup.counts import count_findings
from trainer.checkup.defects import defect_findings
from trainer.checkup.findings import SCHEMA, Finding
from trainer.checkup.light import light_findings
from trainer.checkup.looks import Look, look_at
from trainer.checkup.repeats import repeat_findings
from trainer.checkup.twins import Likeness, Pair, find_pairs, without_lookalikes
from trainer.dataset import open_dataset


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found on a data set; `looks` are its pictures as they were seen, `pairs` those of them that are more
    than alike, by their numbers in `looks`."""

    dataset: str
    findings: tuple[Finding, ...]
    looks: tuple[Look, ...]
    pairs: tuple[Pair, ...]

    @property
    def level(self) -> Level:
        """That of the worst finding."""
        return max((finding.level for finding in self.findings), default=Level.OK)

    def leaked(self, least: Likeness) -> frozenset[Path]:
        """Test pictures that train/good holds too, or whose part it shows, by pairs of at least this likeness."""
        looks = self.looks
        across = [p for p in self.pairs if p.likeness >= least and looks[p.a].train != looks[p.b].train]
        # Of test pictures with the same pixels only the first was compared.
        pixels = {looks[p.b if looks[p.a].train else p.a].digest for p in across}
        return frozenset(look.path for look in looks if not look.train and look.digest in pixels)

    def met(self, learned: Collection[str], asked: Collection[str]) -> frozenset[str]:
        """The names of those that are `asked` and show a part that pictures which are `learned` from show too."""
        pairs = [(self.looks[pair.a], self.looks[pair.b]) for pair in self.pairs]
        either = [(a.name, b.name) for a, b in pairs] + [(b.name, a.name) for a, b in pairs]
        seen = {name for name, other in either if name in asked and other in learned}
        # Of pictures with the same pixels only the first was compared.
        pixels = {look.digest for look in self.looks if look.name in seen}
        return frozenset(look.name for look in self.looks if look.name in asked and look.digest in pixels)

    def to_dict(self) -> dict[str, Any]:
        """The keys of `--json`."""
        return {
            "schema": SCHEMA,
            "dataset": self.dataset,
            "level": self.level.name,
            "pictures": len(self.looks),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def examine(root: Path, *, bundle: Path | None = None, size: int = 256, at: float = 0.97) -> Checkup:
    """Looks at every picture and mask of a data set in the layout of MVTec AD. Needs no torch.

    Args:
        root: the folder that holds `train` and `test`.
        bundle: a model that scores train/good for the borderline pictures; None: a hand-made distance does.
        size: side of the model's square input in pixels, for the size of defects as the model sees them.
        at: the image AUROC whose interval is computed, 0.5 to below 1.

    Raises:
        DatasetError: the data set is broken; all faulty files are named.
        BundleError: the bundle is.
        UsageError: `size` or `at` is out of range.
    """
    if not 16 <= size <= 4096:
        raise UsageError(f"size is {size}: 16 to 4096 pixels are possible.")
    if not 0.5 <= at < 1:
        raise UsageError(f"the AUROC is {at:g}: write 0.5 to below 1.")
    data = open_dataset(Path(root))
    looks = look_at(data)
    likely = find_pairs(looks)
    pairs = without_lookalikes(likely, len(looks))
    findings: Sequence[Finding] = [
        *repeat_findings(looks, pairs, lookalikes=len(likely) - len(pairs)),
        *count_findings(looks, at),
        *defect_findings(data, size),
        *light_findings(looks),
        borderline_finding(data, looks, pairs, bundle),
    ]
    return Checkup(data.root.resolve().name, tuple(findings), looks, pairs)
