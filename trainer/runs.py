"""The run folder: what a training leaves behind, and what an export starts from. JSON and plain arrays, no pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError
from edge.tiles import Geometry
from trainer.augment import Augmentation

SCHEMA = 2
_FACTS, _TENSORS = "run.json", "tensors.npz"


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    dataset: the folder it learned from, as an absolute path; fingerprint: SHA-256 over it. fitted and held_out: names
    of train pictures relative to `dataset`. layers: the backbone's layers. grid: rows and columns of the anomaly map.
    alignment: "fixed" where the model knows the places of the part, "free" where it does not. settings: the method's
    own. notes: what the method measured and chose while it learned. tensors: the method's arrays, and the backbone's
    weights under names that begin with "backbone.". augment: the regime and its copies, as
    `Augmentation.to_dict` writes them; none in a run from before there were any.
    """

    method: str
    backbone: str
    layers: tuple[str, ...]
    geometry: Geometry
    grid: tuple[int, int]
    alignment: Literal["fixed", "free"]
    settings: dict[str, Any]
    notes: dict[str, Any]
    seed: int
    dataset: Path
    fingerprint: str
    fitted: tuple[str, ...]
    held_out: tuple[str, ...]
    tools: dict[str, str]
    seconds: float
    tensors: dict[str, NDArray[Any]]
    augment: dict[str, Any] = field(default_factory=Augmentation().to_dict)

    def write(self, folder: Path) -> None:
        """Writes `run.json` and `tensors.npz`; the JSON last, so that a folder that has it is complete."""
        folder.mkdir(parents=True, exist_ok=True)
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "tensors"}
        facts |= {"schema": SCHEMA, "dataset": str(self.dataset), "geometry": asdict(self.geometry)}
        (folder / _FACTS).unlink(missing_ok=True)
        with (folder / _TENSORS).open("wb") as file:
            np.savez(file, allow_pickle=False, **self.tensors)
        temporary = folder / (_FACTS + ".tmp")
        temporary.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        temporary.replace(folder / _FACTS)

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Reads a run folder. Raises UsageError where it is none, incomplete or of another schema."""
        folder = Path(folder)
        try:
            facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
            with np.load(folder / _TENSORS, allow_pickle=False) as archive:
                tensors = {name: archive[name] for name in archive.files}
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{folder}: is no finished training run ({error}). Run `ringlight train` again."
            ) from error
        if facts.pop("schema", None) != SCHEMA:
            raise UsageError(f"{folder}: was made by another version. Run `ringlight train` again.")
        facts["geometry"] = Geometry.from_dict(facts["geometry"])
        facts["dataset"] = Path(facts["dataset"])
        for name in ("layers", "grid", "fitted", "held_out"):
            facts[name] = tuple(facts[name])
        return cls(tensors=tensors, **facts)
