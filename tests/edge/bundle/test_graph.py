"""Graphs that no export makes: they would open files, or run code that nobody looked at."""

import onnx
import pytest
from hostile_bundles import packed, rehashed
from onnx import TensorProto, helper
from small_bundle import brightness_graph

from edge.bundle import MODEL
from edge.bundle.graph import FUSED, check_graph
from edge.errors import BundleError


@pytest.fixture
def proto() -> onnx.ModelProto:
    return onnx.load_from_string(brightness_graph())


@pytest.fixture
def check(tmp_path):
    """Checks a graph, or wants it refused with these words."""

    def check(proto: onnx.ModelProto | bytes, says: str = "") -> None:
        data = proto if isinstance(proto, bytes) else proto.SerializeToString()
        if not says:
            check_graph(tmp_path / "m.ringlight", data)
            return
        with pytest.raises(BundleError, match=says) as caught:
            check_graph(tmp_path / "m.ringlight", data)
        assert f"m.ringlight: {MODEL} " in str(caught.value)
        assert "Export it again" in str(caught.value)

    return check


def outside(name="w") -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="../../etc/passwd")
    return tensor


def branch(*nodes, initializers=()) -> onnx.GraphProto:
    return helper.make_graph(nodes, "branch", [], [], initializers)


def test_our_own_graphs_pass(check, proto):
    check(proto)


def test_weights_in_another_file_are_refused(check, proto):
    """ONNX weights written to a second file beside the model: the signature covered only the first."""
    proto.graph.initializer.append(outside("backbone.weight"))
    check(proto, "weights 'backbone.weight' in another file")


@pytest.mark.parametrize("field", ["data_location", "external_data"])
def test_half_a_reference_to_another_file_is_enough(check, proto, field):
    tensor = outside()
    tensor.ClearField(field)
    proto.graph.initializer.append(tensor)
    check(proto, "in another file")


@pytest.mark.parametrize(
    "where",
    ["constant", "sparse", "branch", "branch in a branch", "function", "sparse constant", "branches", "training"],
)
def test_weights_in_another_file_are_found_wherever_they_are(check, proto, where):
    constant = helper.make_node("Constant", [], ["c"], value=outside())
    sparse = onnx.SparseTensorProto(values=outside())
    if where == "constant":
        proto.graph.node.append(constant)
    elif where == "sparse":
        proto.graph.sparse_initializer.append(sparse)
    elif where == "sparse constant":
        proto.graph.node.append(helper.make_node("Constant", [], ["c"], sparse_value=sparse))
    elif where == "branch":
        proto.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=branch(initializers=[outside()])))
    elif where == "branches":
        proto.graph.node.append(helper.make_node("Any", ["x"], ["y"], bodies=[branch(), branch(constant)]))
    elif where == "training":
        proto.training_info.add(algorithm=branch(constant))
    elif where == "branch in a branch":
        inner = helper.make_node("If", ["x"], ["y"], then_branch=branch(constant))
        proto.graph.node.append(helper.make_node("Loop", ["x"], ["y"], body=branch(inner)))
    else:
        proto.functions.append(helper.make_function("", "F", [], ["c"], [constant], [helper.make_opsetid("", 18)]))
    check(proto, "in another file")


@pytest.mark.parametrize(
    ("domain", "operator"),
    [("evil.example", "Relu"), ("ai.onnx.contrib", "PyOp"), ("com.microsoft", "EPContext"), ("ai.onnx.ml", "Scaler")],
)
@pytest.mark.parametrize("nested", [False, True])
def test_operators_that_no_export_uses_are_refused(check, proto, domain, operator, nested):
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    nodes = [helper.make_node("If", ["x"], ["y"], else_branch=branch(node))] if nested else [node]
    proto.graph.node.extend(nodes)
    check(proto, f"operator '{operator}' of the domain '{domain}'")


@pytest.mark.parametrize("operator", sorted(FUSED))
def test_what_quantizing_and_fusing_make_passes(check, proto, operator):
    proto.graph.node.append(helper.make_node(operator, ["x"], ["y"], domain="com.microsoft"))
    check(proto)


def test_a_domain_that_is_said_twice_counts_as_its_last_word(check, proto):
    """Prevents another reading than protobuf's, which takes the last of a field that comes twice."""
    node = helper.make_node("Relu", ["x"], ["y"], domain="").SerializeToString()
    evil = node + onnx.NodeProto(domain="evil.example").SerializeToString()
    assert onnx.NodeProto.FromString(evil).domain == "evil.example"
    graph = b"\x0a" + bytes([len(evil)]) + evil
    check(b"\x3a" + bytes([len(graph)]) + graph, "evil.example")


def fields(*given):
    """Fields of a message, each as the key's bytes (short enough for one length byte) and its content."""
    return b"".join(key + bytes([len(content)]) + content for key, content in given)


def of_one_node(node: bytes) -> bytes:
    return fields((b"\x3a", fields((b"\x0a", node))))


def test_a_field_number_of_which_protobuf_drops_the_upper_bits_is_refused(check):
    """Prevents a domain that ONNX Runtime reads, under a key that looks like another field's."""
    node = fields((b"\x22", b"EPContext"), (b"\xba\x80\x80\x80\x10", b"evil.example"))
    check(of_one_node(node), "field number that no field has")


def test_an_operator_of_fixed_size_is_not_the_last_word(check):
    """Prevents a harmless name after the real one, in a wire type that protobuf passes over."""
    node = fields((b"\x22", b"EPContext"), (b"\x3a", b"com.microsoft")) + b"\x21NhwcConv"
    assert onnx.NodeProto.FromString(node).op_type == "EPContext"
    check(of_one_node(node), "operator 'EPContext'")


def test_a_second_graph_that_protobuf_would_merge_is_looked_at(check, proto):
    more = onnx.ModelProto(graph=onnx.GraphProto(initializer=[outside()]))
    check(proto.SerializeToString() + more.SerializeToString(), "in another file")


def test_onnx_runtimes_own_format_is_refused(check, proto):
    """It is recognised by four bytes, and would be loaded in place of the graph that was checked."""
    disguised = b"\x12\x10xxORTM" + b"x" * 10 + proto.SerializeToString()
    assert onnx.load_from_string(disguised).graph == proto.graph
    check(disguised, "own format")


def test_graphs_in_graphs_end_somewhere(check, proto):
    """Prevents a stack that a small file fills."""
    node = helper.make_node("Relu", ["x"], ["y"])
    for _ in range(15):
        node = helper.make_node("If", ["x"], ["y"], then_branch=branch(node))
    proto.graph.node.append(node)
    check(proto, "nests its graphs")


@pytest.mark.parametrize("data", [b"graph", b"\x3a\xff", b"\x3a", b"\x08" + b"\xff" * 20, b"\x3b", b"\x39\x00"])
def test_what_is_no_graph_is_refused(check, data):
    check(data, "no ONNX graph")


def test_a_graph_that_was_cut_off_is_refused(check, proto):
    data = proto.SerializeToString()
    for cut in (1, len(data) // 2, len(data) - 1):
        check(data[:cut], "no ONNX graph")


def test_a_bundle_is_not_read_with_such_a_graph_though_it_is_signed(refuse, files, key, proto):
    proto.graph.initializer.append(outside())
    refuse(packed(rehashed(files, {MODEL: proto.SerializeToString()}, key)), f"{MODEL} keeps the weights")
