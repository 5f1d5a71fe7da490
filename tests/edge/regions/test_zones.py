import numpy as np
import pytest

from edge.errors import UsageError
from edge.parts import Decision, PartMap
from edge.regions.zones import PAINT, Zones
from edge.verdict import Judge

LEFT = [(0, 0), (9, 0), (9, 19), (0, 19)]
RIM = [(30, 0), (39, 0), (39, 19), (30, 19)]


def a_map(x: int, value: float, score: float = 0.1) -> PartMap:
    pixels = np.zeros((20, 40), np.float32)
    pixels[10, x] = value
    return PartMap(pixels, score)


def judge() -> Judge:
    return Judge(5.0, zones=Zones({}, {"rim": RIM}, {"rim": 2.0}))


def test_a_zones_own_threshold_rejects_and_the_verdict_names_the_zone():
    verdict = judge().judge(a_map(35, 3.0), (20, 40))
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == ("zone rim: 3 above threshold 2",)


def test_outside_of_a_zone_its_threshold_does_not_hold():
    assert judge().judge(a_map(20, 3.0), (20, 40)).decision is Decision.PASS


def test_the_threshold_of_the_whole_part_holds_besides():
    verdict = judge().judge(a_map(35, 3.0, score=6.0), (20, 40))
    assert len(verdict.reasons) == 2


def test_a_zone_with_a_value_that_is_no_number_does_not_pass():
    assert judge().judge(a_map(35, np.nan), (20, 40)).decision is Decision.REJECT


def test_a_small_zone_is_not_lost_on_a_small_map():
    zones = Zones({}, {"dot": [(33, 3), (34, 3), (34, 4)]}, {"dot": 1.0})
    tiny = PartMap(np.full((2, 4), 2.0, np.float32), 0.0)
    assert zones.exceeded(tiny, (20, 40)) == ["zone dot: 2 above threshold 1"]


def test_masked_pixels_are_grey_and_their_map_is_silent():
    zones = Zones({"label": LEFT}, {}, {})
    image = np.zeros((20, 40, 3), np.uint8)
    painted = zones.paint(image)
    assert (painted[:, :10] == PAINT).all()
    assert not painted[:, 10:].any()
    assert not image.any()
    hot = a_map(5, 9.0)
    zones.hush(hot, (20, 40))
    assert not hot.anomaly_map.any()


def test_a_zone_that_lies_outside_of_the_picture_is_a_mistake_and_no_pass():
    with pytest.raises(UsageError, match="rim lies outside"):
        judge().judge(a_map(3, 0.0), (20, 25))
