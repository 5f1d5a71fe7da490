"""A virtual line whose box has slots: the keeper is asked every half second, on the virtual clock."""

from __future__ import annotations

from pathlib import Path

from flashing import model_id
from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.clock import NS_PER_S
from edge.config import Config
from edge.inspector.scoring import Scoring
from edge.parts import PartMap
from edge.slots import Slots
from edge.slots.install import install
from edge.slots.keeper import Keeper
from edge.slots.loading import Loaded, load_slot
from edge.verdict import Judge
from edge.virtual.disk import VirtualDisk
from edge.virtual.rig import Rig


class ChangingLine:
    """Begins with the model `old`, which is good. Good parts of the line are 0.235 bright.

    `looks` notes each part that a model looked at: (part id, model id). `breaks` and `takes_ms` say by model what it
    does with a part.
    """

    def __init__(self, folder: Path, **slots: object) -> None:
        self._folder = folder
        (folder / "box").mkdir()
        self.disk = VirtualDisk(folder / "box")
        self.slots = Slots(folder / "box" / "slots", self.disk)
        self.model = "old"
        self.looks: list[tuple[int, str]] = []
        self.swaps: list[str] = []
        self.loads: list[str] = []
        self.breaks: set[str] = set()
        self.takes_ms: dict[str, float] = {}
        self.rig = Rig(
            self._no_model,
            takes_ms=lambda sight: self.takes_ms.get(self.model, 20.0),
            slots={"folder": self.slots.folder, **slots},
            trust={"allow_unsigned": True, "folder": folder / "trust", "serial_file": folder / "serial.json"},
            verdict={"false_rejects_per_10000": 50},
        )
        self.flash("old", good=0.235)
        self.slots.start()
        self.slots.mark_good()
        self.restart()
        self.rig.clock.at(NS_PER_S // 2, self._poll)

    def restart(self) -> Loaded:
        """The box starts anew (the parts on the belt stay with the inspector: only the model is of interest here)."""
        self.keeper = Keeper(self.slots, self.rig.config, self.rig.clock, self._swap, self._load)
        self.rig.on_record = self.keeper.seen
        loaded = self.keeper.open()
        self._swap(loaded)
        return loaded

    def flash(self, name: str, *, good: float = 0.235, golden_off: float = 0.0) -> None:
        """`golden_off`: the self-test of the command missed that the golden scores differ by so much."""
        file = write_small_bundle(
            self._folder / f"{name}.ringlight", good=good, spread=0.02, golden_off=golden_off, model_id=name
        )
        install(self.slots, file, accept=model_id, prove=Bundle.read)

    def models(self) -> list[str]:
        """The models that looked, one after the other."""
        seen = [name for _, name in self.looks]
        return [name for at, name in enumerate(seen) if at == 0 or seen[at - 1] != name]

    def _poll(self) -> None:
        self.keeper.poll()
        self.rig.clock.at(self.rig.clock.now_ns() + NS_PER_S // 2, self._poll)

    def _load(self, path: Path, config: Config) -> Loaded:
        loaded = load_slot(path, config)
        self.loads.append(loaded.model.id)
        return loaded

    def _swap(self, loaded: Loaded) -> None:
        model = loaded.model

        def look(sight) -> PartMap:
            self.model = model.id
            self.looks.append((sight.part.id, model.id))
            if model.id in self.breaks:
                raise RuntimeError("the graph broke")
            return model.look(sight.image)

        self.swaps.append(model.id)
        threshold = model.threshold(self.rig.config.verdict).value
        self.rig.box.swap(Scoring(look, Judge(threshold), model.id))

    @staticmethod
    def _no_model(sight) -> PartMap:
        raise AssertionError("the line runs without a model")
