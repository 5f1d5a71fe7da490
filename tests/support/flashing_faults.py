"""Faults that strike a `flashing.Bay`: of the disk, the state, the links, the bundle, the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from flashing import Bay, model_id
from small_bundle import write_small_bundle

from edge.clock import NS_PER_MS, VirtualClock
from edge.config.models import ModelConfig
from edge.model import Model
from edge.parts import Image, Scores
from edge.slots.self_test import self_test

Act = Callable[[Bay], object]


def ordered(**orders: object) -> Act:
    """The disk misbehaves from now on."""

    def order(bay: Bay) -> None:
        for name, value in orders.items():
            assert hasattr(bay.disk, name)
            setattr(bay.disk, name, value)

    return order


def states(text: bytes | None) -> Act:
    """`state.json` is lost (None) or holds something else."""

    def damage(bay: Bay) -> None:
        file = bay.slots.folder / "state.json"
        file.unlink() if text is None else file.write_bytes(text)

    return damage


def rots(slot: str, keep: float = 0.5) -> Act:
    """A slot's file loses its end, or (`keep` 0) is gone."""

    def rot(bay: Bay) -> None:
        file = bay.slots.bundle(slot)  # type: ignore[arg-type]  # a or b
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * keep)]) if keep else file.unlink()

    return rot


def link(name: str, target: str | None) -> Act:
    """A link is lost, or leads elsewhere."""

    def change(bay: Bay) -> None:
        (bay.slots.folder / name).unlink()
        if target is not None:
            (bay.slots.folder / name).symlink_to(target)

    return change


def bundle(change: Callable[[bytes], bytes]) -> Act:
    """The bundle that is to be flashed is not what it was."""
    return lambda bay: bay.new.write_bytes(change(bay.new.read_bytes()))


def flashing(*, accept: Exception | None = None, prove: BaseException | None = None) -> Act:
    """Flashing with a key or a self-test that says no."""

    def refuse(error: BaseException | None) -> Callable[[Path], str]:
        def ask(path: Path) -> str:
            if error is not None:
                raise error
            return model_id(path)

        return ask

    return lambda bay: bay.flash(accept=refuse(accept), prove=refuse(prove))


def proving(**settings: object) -> Act:
    """Flashing with the real self-test, on a box that is configured so; `ms` is what a batch takes."""
    batch_ms = float(settings.pop("ms", 0.0))  # type: ignore[arg-type]

    def act(bay: Bay) -> object:
        clock = VirtualClock()
        config = ModelConfig.model_validate(settings)
        return bay.flash(prove=lambda path: self_test(path, config, 500.0, clock, slow(clock, batch_ms)))

    return act


def slow(clock: VirtualClock, ms: float) -> Callable[[ModelConfig], Model]:
    def load(config: ModelConfig) -> Model:
        model = Model.load(config)
        score = model.runtime.score

        def late(pixels: Image) -> Scores:
            clock.advance(round(ms * NS_PER_MS))
            return score(pixels)

        model.runtime.score = late  # type: ignore[method-assign]  # a slower box
        return model

    return load


def wrong_golden(data: bytes) -> bytes:
    """A bundle whose golden scores another box computed."""
    with TemporaryDirectory() as folder:
        file = write_small_bundle(Path(folder) / "m.ringlight", good=0.3, golden_off=1.0)
        return file.read_bytes()
