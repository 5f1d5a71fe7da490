"""The whole way: rotated parts on the line, recorded and scored."""

import numpy as np
import pytest
from small_bundle import write_small_bundle

from edge.config.models import ModelConfig
from edge.config.regions import LocateConfig, RegionsConfig
from edge.errors import ConfigError
from edge.model import Model
from edge.parts import Reason, State
from edge.picture import load_image
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.regions.looking import Preparation
from edge.virtual.belt import LaidPart
from edge.virtual.optics import Optics
from edge.virtual.rig import Rig

from .conftest import a_part, lay

OPTICS = Optics(width_px=240, height_px=120, mm_per_px=0.5, noise=0.0, exposure_ms=0.01)
LOCATE = {"how": "contour", "level": 90, "width_px": 60, "height_px": 40}
MASKS = {"masks": {"hole": [[10, 10], [20, 10], [20, 20], [10, 20]]}}


def line(look) -> Rig:
    part = {"x_px": 60, "y_px": 0, "w_px": 120, "h_px": 120}
    return Rig(look, optics=OPTICS, part_mm=60.0, locate=LOCATE, regions=MASKS, part=part)


def turned(number: int, turn: float) -> LaidPart:
    picture = lay(a_part((40, 60)), 59.5 + number % 3, 59.5, turn, (120, 120))
    return LaidPart(number, 100.0 + 160 * number, 60.0, picture, bad=False)


def test_what_is_recorded_scores_on_the_desk_as_it_scores_on_the_box(tmp_path):
    model = Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight")))
    box = line(lambda sight: model.look(sight.image))
    for number, turn in enumerate((0, -30, 17, 40), start=1):
        box.lay(turned(number, turn))
    box.run_until_empty()
    with PictureSet(tmp_path / "parts").opened() as pictures:
        desk = line(lambda sight: recorder.look(sight))
        recorder = Recorder(desk.config, pictures, desk.clock)
        for number, turn in enumerate((0, -30, 17, 40), start=1):
            desk.lay(turned(number, turn))
        desk.run_until_empty()
    files = sorted((tmp_path / "parts/train/good").iterdir())
    assert len(files) == len(box.records) == 4
    for record, file in zip(box.records, files, strict=True):
        assert record.account.verdict is not None
        assert record.account.verdict.score == pytest.approx(model.look(load_image(file)).score, abs=1e-4)


def test_the_record_shows_what_the_model_saw():
    rig = line(lambda sight: seen.append(sight.image) or part_map(sight))
    seen: list[np.ndarray] = []
    rig.lay(turned(1, 30))
    rig.run_until_empty()
    assert seen[0].shape == (40, 60, 3)
    assert (seen[0][12:18, 12:18] == 128).all()
    assert rig.records[0].image is not None
    assert np.array_equal(rig.records[0].image, seen[0])


def test_a_part_that_cannot_be_located_is_uninspected_and_thrown_out():
    rig = line(part_map)
    dark = LaidPart(1, 100.0, 60.0, np.full((120, 120, 3), 40, np.uint8), bad=False)
    rig.lay(dark)
    rig.run_until_empty()
    account = rig.records[0].account
    assert (account.state, account.reason) == (State.UNINSPECTED, Reason.NOT_LOCATED)
    assert dark.ejected
    assert rig.records[0].image is not None, "people must see what could not be found"


def test_a_template_that_is_not_there_is_named():
    locate = LocateConfig.model_validate({"how": "template", "template": "nowhere.png"})
    with pytest.raises(ConfigError, match=r"nowhere\.png"):
        Preparation(locate, RegionsConfig())


def part_map(sight):
    from edge.virtual.rig import read_grey

    return read_grey(sight)


def test_a_part_in_the_dark_is_too_dark_and_not_lost():
    """The lamp had failed, and people looked for parts that lay outside of their rectangle."""
    rig = line(part_map)
    rig.lay(LaidPart(1, 100.0, 60.0, np.full((120, 120, 3), 6, np.uint8), bad=False))
    rig.run_until_empty()
    account = rig.records[0].account
    assert (account.state, account.reason) == (State.UNINSPECTED, Reason.TOO_DARK)
