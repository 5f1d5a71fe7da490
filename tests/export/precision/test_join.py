import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from small_dataset import SIDE

from edge.runtime import Runtime
from export.precision.backbone import GraphBackbone, features_graph
from export.precision.fp16 import lower
from export.precision.join import with_features_of
from trainer.methods import find_method
from trainer.runs import Run
from trainer.train import build, network_of


@pytest.fixture(scope="module")
def run(run_folder) -> Run:
    return Run.read(run_folder)


@pytest.fixture(scope="module")
def single(run) -> bytes:
    return features_graph(network_of(run), SIDE, SIDE)


def joined(run: Run, graph: bytes) -> bytes:
    network = GraphBackbone(network_of(run), graph)
    return with_features_of(network, find_method(run.method).build(network, run).eval(), SIDE, SIDE)


def test_a_graph_in_two_parts_scores_as_the_model(run, single, tiles):
    ours = Runtime(joined(run, single), ["CPUExecutionProvider"]).score(tiles)
    with torch.inference_mode():
        score, anomaly_map = build(run)(torch.from_numpy(tiles))
    np.testing.assert_allclose(ours.score, score.numpy(), rtol=1e-4)
    np.testing.assert_allclose(ours.anomaly_map, anomaly_map.numpy(), rtol=1e-3, atol=1e-4)


def test_the_model_keeps_its_backbone(run, single, tiles):
    network = GraphBackbone(network_of(run), single)
    model = find_method(run.method).build(network, run).eval()
    with_features_of(network, model, SIDE, SIDE)
    assert model.backbone is network


def test_half_precision_is_that_of_the_backbone_alone(run, single, tiles):
    """Prevents a distance in half precision, where squares of features overflow."""
    graph = joined(run, lower(single))
    types = {tensor.name: tensor.data_type for tensor in onnx.load_from_string(graph).graph.initializer}
    convolutions = [node for node in onnx.load_from_string(graph).graph.node if node.name.startswith("backbone.")]
    inside = {types[name] for node in convolutions if node.op_type == "Conv" for name in node.input if name in types}
    assert inside == {onnx.TensorProto.FLOAT16}
    halves = Runtime(graph, ["CPUExecutionProvider"]).score(tiles).score
    whole = Runtime(joined(run, single), ["CPUExecutionProvider"]).score(tiles).score
    np.testing.assert_allclose(halves, whole, rtol=0.02)
    assert not np.array_equal(halves, whole)


def test_the_mean_of_good_patches_stays_in_single_precision(run, single):
    tensors = onnx.load_from_string(joined(run, lower(single))).graph.initializer
    mean = run.tensors["mean"].flatten()
    found = [t for t in map(numpy_helper.to_array, tensors) if t.size == mean.size]
    assert any(np.array_equal(tensor.flatten(), mean) for tensor in found if tensor.dtype == np.float32)
