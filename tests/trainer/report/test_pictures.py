import base64

import cv2
import numpy as np
import pytest

from trainer.report.pictures import LARGEST, best_finds, data_uri, examples, worst_escapes, worst_false_rejects


def decoded(uri):
    data = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture[..., ::-1], len(data)


def names(measured, numbers):
    return [measured.scored.samples[i].path.stem for i in numbers]


def test_no_picture_is_too_large_for_the_page():
    """Prevents a report of a noisy surface that nobody can mail."""
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
    _, size = decoded(data_uri(noise))
    assert size <= LARGEST


def test_a_picture_keeps_its_colours_and_shape():
    red = np.zeros((30, 20, 3), np.uint8)
    red[..., 0] = 200
    picture, _ = decoded(data_uri(red))
    assert picture.shape == red.shape
    assert picture.reshape(-1, 3).mean(0) == pytest.approx([200, 0, 0], abs=8)


def test_mistakes_are_named_the_worst_first(measured):
    threshold = measured.result.threshold
    assert names(measured, worst_escapes(measured.scored, threshold)) == ["0", "1"]
    assert names(measured, worst_false_rejects(measured.scored, threshold)) == ["bright"]
    assert names(measured, worst_escapes(measured.scored, threshold, most=1)) == ["0"]


def test_the_best_find_is_the_smallest_defect(measured):
    found = names(measured, best_finds(measured.scored, measured.result.threshold))
    assert found[0] == "small"
    assert len(found) == 4


def test_what_was_rejected_for_another_place_is_no_find(measured):
    """Prevents praise for a hit by accident: a bright corner far from the scratch."""
    scored = measured.scored
    small = names(measured, range(len(scored.samples))).index("small")
    elsewhere = np.zeros_like(scored.maps[small])
    elsewhere[-1, -1] = 1
    maps = tuple(elsewhere if i == small else m for i, m in enumerate(scored.maps))
    moved = type(scored)(scored.samples, scored.scores, maps, scored.masks, scored.defect_px, scored.tiles, scored.ns)
    assert "small" not in names(measured, best_finds(moved, measured.result.threshold))


def test_an_example_shows_the_part_and_where_the_model_looks(measured):
    numbers = best_finds(measured.scored, measured.result.threshold)[:1]
    [shown] = examples(measured.scored, numbers, measured.result.threshold)
    assert (shown.name, shown.rejected, shown.defect_px) == ("scratch/small.png", True, 36)
    assert not np.array_equal(decoded(shown.photo)[0], decoded(shown.heat)[0])
