import threading

import pytest
from small_bundle import write_small_bundle

from edge.clock import NS_PER_MS
from edge.config import ModelConfig
from edge.health import Level
from edge.model import Model
from edge.virtual.membrane import Membrane
from edge.virtual.web_rig import configure_web
from edge.web.advice import look_at_speed, look_at_web

WEB = Membrane([], mm_per_px=0.1, width_mm=40.0)


def levels(**sections) -> dict[str, Level]:
    return {check.name: check.level for check in look_at_web(configure_web(WEB, 64, tile_px=64, **sections), 64)}


def test_a_line_whose_lengths_fit_is_good():
    assert set(levels().values()) == {Level.OK}


@pytest.mark.parametrize(
    ("sections", "name", "level"),
    [
        ({"camera": {"fps": 5}}, "web frames", Level.FAULT),
        ({"ejector": {"distance_mm": 115.0}}, "marker", Level.WARNING),
        ({"belt": {"encoder_pin": None}}, "web encoder", Level.WARNING),
        ({"belt": {"mm_per_tick": 2.0}}, "web encoder", Level.WARNING),
    ],
)
def test_what_does_not_fit_is_named(sections, name, level):
    """Strips that were known after the marker: every mark was missed, and nobody knew before the first roll."""
    assert levels(**sections)[name] is level


class SlowClock:
    """A clock by which each look at it takes so long."""

    def __init__(self, step_ms: float) -> None:
        self._now, self._step = 0, round(step_ms * NS_PER_MS)

    def now_ns(self) -> int:
        self._now += self._step
        return self._now

    def wall_ns(self) -> int:
        return self._now

    def wait(self, event: threading.Event, timeout_ns: int) -> bool:
        return event.is_set()


@pytest.mark.parametrize(("strip_ms", "level"), [(10.0, Level.OK), (100.0, Level.FAULT)])
def test_a_model_that_cannot_keep_up_is_a_fault_before_the_first_roll(tmp_path, strip_ms, level):
    model = Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight")))
    config = configure_web(WEB, 64, tile_px=32, web={"overlap_px": 8})
    check = look_at_speed(config, model, SlowClock(strip_ms))
    assert check.level is level
    assert "24 mm/s" in check.text or "240 mm/s" in check.text


def test_a_line_of_parts_is_not_asked():
    assert levels(web={"enabled": False}) == {}
