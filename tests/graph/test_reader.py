"""Reading .tflite files: what is in them, and one clear line for what is wrong with them."""

import numpy as np
import pytest
from networks import Net
from tflite_builder import model, op, tensor

from ecgprune.errors import GraphError
from ecgprune.graph.reader import read


def small():
    net = Net()
    x = net.input((1, 1, 8, 2), (0.5, 3))
    w = np.arange(-6, 6, dtype=np.int8).reshape(2, 1, 3, 2)
    net.tensors.append(tensor(w.shape, "int8", [0.25, 0.5], [0, 0], w, name="t1"))
    net.tensors.append(tensor((2,), "int32", [0.125, 0.25], [0, 0], [7, -7], name="t2"))
    y = net.apply(
        "CONV_2D", [x, "t1", "t2"], (1, 1, 6, 2), (1.0, -1), output=False,
        padding="VALID", stride_w=1, stride_h=1, dilation_w_factor=1, dilation_h_factor=1,
        fused_activation_function="RELU",
    )  # fmt: skip
    shape = net.constant(np.array([1, 12], np.int32))
    net.apply("RESHAPE", [y, shape], (1, 12), (1.0, -1), new_shape=[1, 12])
    return net.blob()


def test_tensors_come_with_their_quantization_and_constants():
    graph = read(small())
    x, w, bias = graph.tensors[:3]
    assert (x.shape, x.dtype, x.is_constant) == ((1, 1, 8, 2), np.int8, False)
    assert (x.quantization.scale, x.quantization.zero_point) == (0.5, 3)
    assert w.quantization.per_channel
    assert (w.quantization.axis, w.quantization.scales.tolist()) == (0, [0.25, 0.5])
    np.testing.assert_array_equal(w.data.reshape(-1), np.arange(-6, 6))
    assert bias.data.tolist() == [7, -7]


def test_operators_come_with_options_as_plain_values():
    conv, reshape = read(small()).ops
    assert (conv.name, conv.inputs, conv.outputs) == ("CONV_2D", (0, 1, 2), (3,))
    assert conv.options["padding"] == "VALID"
    assert conv.options["fused_activation_function"] == "RELU"
    assert conv.options["dilation_w_factor"] == 1
    assert reshape.options["new_shape"] == (1, 12)


def test_an_input_left_out_is_minus_one():
    names = [
        tensor((1, 2), "int8", 0.5, 0, name="x"),
        tensor((1, 2), "int8", 0.5, 0, np.ones((1, 2)), name="w"),
        tensor((1, 1), "int8", 0.5, 0, name="y"),
    ]
    graph = read(model([op("FULLY_CONNECTED", ["x", "w", None], "y")], names, "x", "y"))
    assert graph.ops[0].inputs == (0, 1, -1)
    assert graph.op_inputs(graph.ops[0])[2] is None


def test_constants_and_options_cannot_be_changed():
    graph = read(small())
    with pytest.raises(ValueError, match="read-only"):
        graph.tensors[1].data[0] = 1
    with pytest.raises(TypeError):
        graph.ops[0].options["padding"] = "SAME"


def test_the_hash_is_the_files():
    blob = small()
    assert read(blob).sha256 == read(blob).sha256 != read(blob + b"\0").sha256


def refusal(blob):
    """The message that `read` raises, "" when it reads the file; anything but a GraphError fails the test."""
    try:
        read(blob)
    except GraphError as error:
        return str(error)
    return ""


def test_a_file_cut_anywhere_is_refused_in_one_line():
    blob = small()
    messages = [refusal(blob[:size]) for size in range(0, len(blob), 3)]
    assert not any("\n" in m for m in messages)
    assert messages.count("") < 0.1 * len(messages)  # where only bytes that nothing names were cut off


def test_a_flipped_byte_never_raises_anything_but_a_graph_error():
    blob = small()
    for at in range(0, len(blob), 5):
        damaged = bytearray(blob)
        damaged[at] ^= 0xFF
        assert "\n" not in refusal(bytes(damaged))


def test_a_file_whose_tensors_are_all_of_its_bytes_is_refused_at_once():
    # 5000 tensors, each with the same shape of 5000 dimensions: 25 million integers in 40 KB.
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    count = 5_000
    b = flatbuffers.Builder(1024)
    shape = b.CreateNumpyVector(np.ones(count, np.int32))
    schema.TensorStart(b)
    schema.TensorAddShape(b, shape)
    one = schema.TensorEnd(b)
    schema.SubGraphStartTensorsVector(b, count)
    for _ in range(count):
        b.PrependUOffsetTRelative(one)
    tensors = b.EndVector()
    schema.BufferStart(b)
    empty = schema.BufferEnd(b)
    schema.ModelStartBuffersVector(b, 1)
    b.PrependUOffsetTRelative(empty)
    buffers = b.EndVector()
    schema.SubGraphStart(b)
    schema.SubGraphAddTensors(b, tensors)
    graph = schema.SubGraphEnd(b)
    schema.ModelStartSubgraphsVector(b, 1)
    b.PrependUOffsetTRelative(graph)
    graphs = b.EndVector()
    schema.ModelStart(b)
    schema.ModelAddVersion(b, 3)
    schema.ModelAddSubgraphs(b, graphs)
    schema.ModelAddBuffers(b, buffers)
    b.Finish(schema.ModelEnd(b), b"TFL3")
    assert refusal(bytes(b.Output())).endswith("operators share more bytes than models do: the file is damaged")


def test_a_name_that_breaks_lines_does_not_break_those_of_messages_and_comments():
    graph = read(rebuilt(lambda m: setattr(m.subgraphs[0].tensors[0], "name", "a\n#error \x1b*/")))
    assert graph.tensors[0].name == "a?#error ?*/"


def test_errors_name_the_file(tmp_path):
    (tmp_path / "a.tflite").write_bytes(small()[:400])
    with pytest.raises(GraphError, match=r"a\.tflite: truncated or damaged \.tflite of \d+ bytes; export it again"):
        read(tmp_path / "a.tflite")
    (tmp_path / "b.tflite").write_bytes(b"hello, world")
    with pytest.raises(GraphError, match=r"b\.tflite: not a \.tflite file: expected the identifier TFL3 at byte 4"):
        read(tmp_path / "b.tflite")
    with pytest.raises(GraphError, match=r"c\.tflite cannot be read: No such file or directory"):
        read(tmp_path / "c.tflite")


def ints(*values):
    return np.array(values, np.int32)


def rebuilt(change):
    """The small model with its schema objects changed."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    built = schema.ModelT.InitFromPackedBuf(small(), 0)
    change(built)
    builder = flatbuffers.Builder(1024)
    builder.Finish(built.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: setattr(m, "version", 4), "model: .tflite schema version is 4, expected 3"),
        (lambda m: m.subgraphs.append(m.subgraphs[0]), "model: found 2 subgraphs, expected one: export"),
        (lambda m: setattr(m.subgraphs[0].tensors[0], "type", 5), r"tensor 0 \('t0'\) has type STRING, expected"),
        (lambda m: setattr(m.subgraphs[0].tensors[0], "isVariable", True), r"tensor 0 \('t0'\) is a variable"),
        (lambda m: setattr(m.subgraphs[0].tensors[1], "buffer", 99), r"tensor 1 \('t1'\) names buffer 99 of"),
        (lambda m: setattr(m.subgraphs[0].tensors[1], "shape", ints(2, 7)), "stores 12 bytes, expected 14: damaged"),
        (lambda m: setattr(m.subgraphs[0].operators[0], "inputs", ints(0, 77)), "operator 0's inputs name tensor 77"),
    ],
)
def test_unusable_contents_are_named(change, message):
    with pytest.raises(GraphError, match=message):
        read(rebuilt(change))


def test_a_bias_without_a_zero_point_has_no_scale_as_tflm_has_it():
    def change(m):
        m.subgraphs[0].tensors[2].quantization.zeroPoint = None

    assert read(rebuilt(change)).tensors[2].quantization is None


def test_an_option_that_the_file_lacks_is_named():
    def change(m):
        m.subgraphs[0].operators[0].builtinOptions = None
        m.subgraphs[0].operators[0].builtinOptionsType = 0

    with pytest.raises(GraphError, match=r"operator 0 \(CONV_2D\) has no option padding: the file is damaged"):
        read(rebuilt(change)).ops[0].options["padding"]


def test_a_custom_operator_keeps_its_name():
    def change(m):
        m.operatorCodes[0].builtinCode = m.operatorCodes[0].deprecatedBuiltinCode = 32
        m.operatorCodes[0].customCode = b"MyFilter"

    assert read(rebuilt(change)).ops[0].name == "CUSTOM MyFilter"


def test_a_state_larger_than_any_ram_is_refused_before_it_is_made():
    net = Net()
    x = net.input((1, 4), (0.1, 0))
    net.tensors.append(tensor((1, 2**30), scale=0.1, name="state", variable=True))
    net.apply("RELU", x, (1, 4), (0.1, 0))
    with pytest.raises(GraphError, match=r"\('state'\) is a state of 1073741824 bytes, expected 67108864 at most"):
        read(net.blob())
