"""Leave one out over the scored test pictures of one model: its numbers as JSON and as lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.evaluate import Scored
from trainer.metrics import balanced_accuracy, bootstrap, resample_mean, wilson
from trainer.protocols.leave_one_out import images, maps

_CHOICES = {"balanced": images.best_balance, "f1": images.best_f1}


def leave_one_out(scored: Scored, limit: float) -> dict[str, Any]:
    """The procedure on pictures that are scored already.

    Args:
        scored: the test pictures; those without a mask have a say in image scores alone.
        limit: share of defect-free pixels that the rules "good" and "limit" let score above their thresholds.

    Returns:
        What `docs/protocol.md` says of "leave_one_out". "maps" is None with fewer than two masks that show a defect,
        "images" with fewer than two pictures of a kind.
    """
    bad = np.array([sample.bad for sample in scored.samples])
    asked = [i for i, mask in enumerate(scored.masks) if mask is not None and mask.any()]
    answer: dict[str, Any] = {
        "pixel_false_positives": limit,
        "bad": int(bad.sum()),
        "bad_with_mask": len(asked),
        "maps": None,
        "images": None,
        "pictures": [],
    }
    if len(asked) >= 2:
        answer["maps"], answer["pictures"] = _of_maps(scored, asked, limit)
    if min(bad.sum(), (~bad).sum()) >= 2:
        found = {name: images.leave_one_out(scored.scores, bad, choose) for name, choose in _CHOICES.items()}
        answer["images"] = {name: _verdicts(verdicts, bad) for name, verdicts in found.items()}
    return answer


def lines(answer: Mapping[str, Any]) -> list[str]:
    """The table for people."""
    said = []
    if answer["maps"] is None:
        said.append("maps: fewer than two bad pictures have a mask, so none can be left out.")
    else:
        said += _map_lines(answer)
    if answer["images"] is None:
        said.append("images: fewer than two good or two bad pictures, so none can be left out.")
    else:
        said += _image_lines(answer["images"])
    return said


def _of_maps(scored: Scored, asked: Sequence[int], limit: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    pictures = maps.split_up([scored.maps[i] for i in asked], [_mask(scored, i) for i in asked])
    good = np.concatenate([scored.maps[i].ravel() for i, sample in enumerate(scored.samples) if not sample.bad])
    chosen = {
        "good": maps.thresholds_of_good(pictures, good, limit),
        "limit": maps.thresholds_at_limit(pictures, good, limit),
        "best": maps.best_thresholds(pictures, good),
    }
    outer = {rule: maps.judge(pictures, good, thresholds) for rule, thresholds in chosen.items()}
    kinds = np.array([scored.samples[i].kind for i in asked])
    rows = [
        {
            "picture": f"{scored.samples[i].kind}/{scored.samples[i].path.name}",
            **{rule: _row(found, at) for rule, found in outer.items()},
        }
        for at, i in enumerate(asked)
    ]
    return {rule: _rule(found, kinds) for rule, found in outer.items()}, rows


def _mask(scored: Scored, i: int) -> NDArray[np.bool_]:
    mask = scored.masks[i]
    if mask is None:
        raise ValueError(f"picture {i} has no mask")
    return mask


def _rule(found: maps.Outer, kinds: NDArray[np.str_]) -> dict[str, Any]:
    # Picture by picture, so that the interval knows that inner and outer rest on the same pictures. Rounded, because
    # an optimism of minus nothing puzzles people.
    optimism = np.round(found.seen_pro - found.pro, 12) + 0.0
    own = found.rate[~np.isnan(found.rate)]
    finite = found.threshold[np.isfinite(found.threshold)]
    return {
        "threshold": [float(finite.min()), float(finite.max())] if finite.size else None,
        "inner_pro": float(found.inner_pro.mean()),
        "outer_pro": float(found.pro.mean()),
        "outer_pro_interval": _interval(found.pro),
        "optimism": float(optimism.mean()),
        "optimism_interval": _interval(optimism),
        "inner_false_positives": float(found.inner_rate.mean()),
        "outer_false_positives": float(own.mean()) if own.size else None,
        "good_false_positives": float(found.good_rate.mean()),
        "per_class": {str(kind): _kind(found, kinds == kind) for kind in sorted(set(kinds.tolist()))},
    }


def _kind(found: maps.Outer, of_kind: NDArray[np.bool_]) -> dict[str, Any]:
    """Inner: the pictures of this kind at the thresholds that they had a say in."""
    pro, n = found.pro[of_kind], int(of_kind.sum())
    return {
        "n": n,
        "inner_pro": float(found.seen_pro[of_kind].mean()),
        "outer_pro": float(pro.mean()),
        "outer_pro_interval": _interval(pro) if n > 1 else None,
    }


def _row(found: maps.Outer, i: int) -> dict[str, float | None]:
    return {
        "threshold": _finite(found.threshold[i]),
        "inner_pro": float(found.inner_pro[i]),
        "outer_pro": float(found.pro[i]),
        "outer_false_positives": _finite(found.rate[i]),
    }


def _verdicts(verdicts: images.Verdicts, bad: NDArray[np.bool_]) -> dict[str, Any]:
    rejected = verdicts.rejected.astype(np.float64)

    def balance(marks: NDArray[np.float64], of: NDArray[np.bool_]) -> float:
        return balanced_accuracy(marks, of, 0.5)

    inner, outer = float(verdicts.inner.mean()), balance(rejected, bad)
    false, escaped = int(verdicts.rejected[~bad].sum()), int((~verdicts.rejected[bad]).sum())
    return {
        "threshold": [float(verdicts.threshold.min()), float(verdicts.threshold.max())],
        "inner_balanced_accuracy": inner,
        "outer_balanced_accuracy": outer,
        "outer_balanced_accuracy_interval": [*bootstrap(rejected, bad, balance)],
        "optimism": inner - outer,
        "false_reject_rate": false / int((~bad).sum()),
        "false_reject_interval": [*wilson(false, int((~bad).sum()))],
        "escape_rate": escaped / int(bad.sum()),
        "escape_interval": [*wilson(escaped, int(bad.sum()))],
    }


def _interval(values: NDArray[np.float64]) -> list[float]:
    return [*resample_mean([values[i : i + 1] for i in range(len(values))])]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _map_lines(answer: Mapping[str, Any]) -> list[str]:
    said = [f"{answer['bad_with_mask']} bad pictures left out in turn; PRO of the map at the threshold of the others"]
    share = f"{answer['pixel_false_positives']:g}"
    titles = {"good": f"good, {share}", "limit": f"limit, {share}", "best": "best PRO - FPR"}
    for rule, title in titles.items():
        row = answer["maps"][rule]
        low, high = row["outer_pro_interval"]
        far, wide = row["optimism_interval"]
        said.append(
            f"{title:<16} PRO inner {row['inner_pro']:.4f}  outer {row['outer_pro']:.4f}  "
            f"95 % {low:.4f} to {high:.4f}  optimism {row['optimism']:+.4f}  95 % {far:+.4f} to {wide:+.4f}"
        )
        own = "none" if row["outer_false_positives"] is None else f"{row['outer_false_positives']:.4f}"
        said.append(
            f"{'':<16} FPR inner {row['inner_false_positives']:.4f}  outer {own}  "
            f"good pictures {row['good_false_positives']:.4f}"
        )
        said += [_kind_line(kind, found) for kind, found in row["per_class"].items()]
    return said


def _kind_line(kind: str, found: Mapping[str, Any]) -> str:
    interval = ""
    if found["outer_pro_interval"]:
        interval = "  95 % {:.4f} to {:.4f}".format(*found["outer_pro_interval"])
    return f"  {kind:<14} {found['n']:>4}  inner {found['inner_pro']:.4f}  outer {found['outer_pro']:.4f}{interval}"


def _image_lines(found: Mapping[str, Any]) -> list[str]:
    said = ["every test picture left out in turn; verdict at the image threshold of the others"]
    titles = {"balanced": "best balance", "f1": "best F1"}
    for rule, title in titles.items():
        row = found[rule]
        low, high = row["outer_balanced_accuracy_interval"]
        said.append(
            f"{title:<16} balanced accuracy inner {row['inner_balanced_accuracy']:.4f}  "
            f"outer {row['outer_balanced_accuracy']:.4f}  95 % {low:.4f} to {high:.4f}  "
            f"false rejects {row['false_reject_rate']:.2%}  escapes {row['escape_rate']:.2%}"
        )
    return said
