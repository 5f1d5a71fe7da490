"""What really runs, node by node."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENDING = "ExecutionProvider"


@dataclass(frozen=True, slots=True)
class Nodes:
    """How often each operator runs on each provider.

    `share` is each provider's share of the time, 0 to 1, where the graph was profiled; empty where ONNX Runtime told
    the assignment itself. A profile counts a part that was compiled as one node.
    """

    by_provider: Mapping[str, Counter[str]]
    share: Mapping[str, float]

    @property
    def total(self) -> int:
        return sum(counts.total() for counts in self.by_provider.values())

    def of(self, provider: str) -> int:
        """Nodes that a provider runs."""
        return self.by_provider[provider].total() if provider in self.by_provider else 0

    def most(self) -> str:
        """The provider that runs most of the graph; empty where nothing is known."""
        return max(self.by_provider, key=self._weight, default="")

    def part(self, provider: str) -> float:
        """A provider's part of the work, 0 to 1: of the time where that is known, else of the nodes."""
        return self._weight(provider) if self.share else self.of(provider) / max(1, self.total)

    def text(self, first: str) -> str:
        """A sentence for people: how much `first` runs, and which operators are left to which other provider."""
        if not self.total:
            return ""
        said = [f"{_short(first)} runs {self.of(first)} of {self.total} nodes"]
        if self.share:
            said[0] += f" and {self.share.get(first, 0.0):.0%} of the time"
        others = [(name, counts) for name, counts in self.by_provider.items() if name != first and counts]
        said += [f"{_short(name)} runs {', '.join(sorted(counts))}" for name, counts in others]
        return "; ".join(said)

    def _weight(self, provider: str) -> float:
        return self.share.get(provider, 0.0) if self.share else float(self.of(provider))


@dataclass(frozen=True, slots=True)
class Report:
    """Where a model runs. `why` says why the provider that was asked for does not run, as far as ONNX Runtime told;
    `engines` is where compiled engines are kept."""

    asked: str
    running: str
    nodes: Nodes
    why: str = ""
    engines: Path | None = None


def assigned(session: Any) -> Nodes:
    """Who runs what, as ONNX Runtime (1.24 and later) assigned it when the session was opened."""
    found: dict[str, Counter[str]] = {}
    for part in session.get_provider_graph_assignment_info():
        found.setdefault(part.ep_name, Counter()).update(node.op_type for node in part.get_nodes())
    return Nodes(found, {})


def profiled(file: Path) -> Nodes:
    """Who ran what and for how long, from the profile of an older ONNX Runtime (trace events, times in µs)."""
    found: dict[str, Counter[str]] = {}
    times: Counter[str] = Counter()
    names: set[str] = set()
    for event in json.loads(file.read_text(encoding="utf-8")):
        arguments = event.get("args", {})
        provider = arguments.get("provider", "")
        if event.get("cat") != "Node" or not provider:
            continue
        times[provider] += event.get("dur", 0)
        if event["name"] not in names:  # a node comes once for each run
            names.add(event["name"])
            found.setdefault(provider, Counter())[arguments.get("op_name", "")] += 1
    whole = max(1, times.total())
    return Nodes(found, {name: time / whole for name, time in times.items()})


def _short(provider: str) -> str:
    return {"Tensorrt": "TensorRT"}.get(name := provider.removesuffix(_ENDING), name)
