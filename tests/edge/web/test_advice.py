import pytest

from edge.health import Level
from edge.virtual.membrane import Membrane
from edge.virtual.web_rig import configure_web
from edge.web.advice import look_at_web

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


def test_a_line_of_parts_is_not_asked():
    assert levels(web={"enabled": False}) == {}
