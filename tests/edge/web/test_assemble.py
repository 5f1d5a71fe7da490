"""How strips are cut for the model, and what the imaging watch is shown of them."""

import numpy as np
import pytest
from small_bundle import SIDE, write_small_bundle

from edge.config.models import ModelConfig
from edge.errors import SlotError
from edge.model import Model
from edge.virtual.membrane import Membrane
from edge.virtual.web_rig import configure_web
from edge.web.assemble import check_tiles, web_scoring


@pytest.fixture
def scoring(tmp_path):
    shown = []
    model = Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight")))
    config = configure_web(Membrane([], mm_per_px=0.5, width_mm=64.0), 48, tile_px=SIDE, web={"overlap_px": 8})
    return web_scoring(config, model, 0.5, shown.append), shown


def strip(rows=SIDE):
    return np.tile(np.linspace(40, 90, 128).astype(np.uint8)[None, :, None], (rows, 1, 3))


def test_the_watch_sees_tiles_as_a_recording_keeps_them_from_all_over_the_width(scoring):
    """The reference is made from recorded tiles: whole strips would measure otherwise in every respect."""
    (web, shown) = scoring
    for _ in range(20):
        web.look(strip())
    assert {tile.shape for tile in shown} == {(SIDE, SIDE, 3)}
    assert len({int(tile.mean()) for tile in shown}) >= 4


def test_the_short_end_of_a_roll_is_scored_and_not_measured(scoring):
    (web, shown) = scoring
    cells = web.look(strip(rows=16))
    assert cells.scores.size > 0
    assert shown == []


def test_a_tile_s_score_is_told_as_the_model_gave_it(scoring):
    (web, _) = scoring
    assert web.look(strip()).scores == pytest.approx(
        [49.4 / 255, 58.9 / 255, 68.3 / 255, 77.8 / 255, 80.9 / 255], abs=0.02
    )


@pytest.mark.parametrize(("tile_px", "taken"), [(0, False), (64, True)])
def test_a_running_line_takes_no_model_for_which_it_would_have_to_cut_other_strips(tmp_path, tile_px, taken):
    """Its cells would lie elsewhere than those of the line: defects were told where there were none."""
    model = Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight")))
    config = configure_web(Membrane([], mm_per_px=0.5, width_mm=64.0), 48, tile_px=tile_px, web={"overlap_px": 8})
    check_tiles(config, SIDE, model)
    if taken:
        check_tiles(config, 2 * SIDE, model)
    else:
        with pytest.raises(SlotError, match="this line cuts 64"):
            check_tiles(config, 2 * SIDE, model)
