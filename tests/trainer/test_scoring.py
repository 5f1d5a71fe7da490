import numpy as np
from small_bundle import brightness_graph
from small_dataset import write

from edge.runtime import Runtime
from edge.tiles import Geometry
from trainer.scoring import score_pictures


def test_a_part_gets_the_score_of_its_worst_tile_and_a_map_of_its_own_size(tmp_path):
    picture = np.zeros((32, 96), np.uint8)
    picture[:, 64:] = 255
    write(tmp_path / "part.png", picture)
    runtime = Runtime(brightness_graph(), ["CPUExecutionProvider"])
    ((part, tiles, took_ns),) = score_pictures(runtime, [tmp_path / "part.png"], Geometry(32, 32, "grid", 32))
    assert (part.score, tiles) == (1, 3)
    assert part.anomaly_map.shape == (32, 96)
    assert part.anomaly_map[:, :60].max() < part.anomaly_map[:, 70:].min()
    assert took_ns > 0
