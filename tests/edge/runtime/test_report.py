import json
from collections import Counter

import numpy as np
import onnxruntime
import pytest
from small_bundle import SIDE, brightness_graph

from edge.providers import CPU, CUDA
from edge.runtime import Nodes, Runtime
from edge.runtime.report import profiled


def test_the_real_onnxruntime_tells_who_runs_which_nodes():
    runtime = Runtime(brightness_graph(), [CPU])
    runtime.warm_up()
    assert runtime.report().nodes.by_provider == {
        CPU: Counter({"ReduceMean": 2, "Cast": 1, "Transpose": 1, "Div": 1, "AveragePool": 1})
    }


def test_an_older_onnxruntime_is_profiled(monkeypatch):
    monkeypatch.delattr(onnxruntime.InferenceSession.__mro__[1], "get_provider_graph_assignment_info")
    runtime = Runtime(brightness_graph(), [CPU], observe=True)
    runtime.warm_up()
    nodes = runtime.report().nodes
    assert nodes.of(CPU) == nodes.total == 6
    assert nodes.share == {CPU: 1.0}
    assert runtime.score(np.zeros((1, SIDE, SIDE, 3), np.uint8)).score[0] == 0


def test_a_profile_counts_each_node_once_and_all_of_its_time(tmp_path):
    def event(name, provider, operator, dur, cat="Node"):
        return {"cat": cat, "name": name, "dur": dur, "args": {"provider": provider, "op_name": operator}}

    file = tmp_path / "profile.json"
    events = [event("conv", CUDA, "Conv", 60), event("conv", CUDA, "Conv", 30), event("cast", CPU, "Cast", 10)]
    file.write_text(json.dumps([*events, event("load", "", "", 9999, cat="Session")]))
    nodes = profiled(file)
    assert nodes.text(CUDA) == "CUDA runs 1 of 2 nodes and 90% of the time; CPU runs Cast"
    assert nodes.part(CUDA) == pytest.approx(0.9)
    assert nodes.most() == CUDA


def test_of_nodes_that_are_not_known_nothing_is_said():
    assert (Nodes({}, {}).text(CPU), Nodes({}, {}).most()) == ("", "")
