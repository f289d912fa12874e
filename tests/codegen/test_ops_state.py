"""Operators with a state: generated C equals TFLM over sequences of invocations, and begins anew where it should."""

import subprocess
from dataclasses import replace

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from fragments.state import add_lstm, add_svdf, constant
from hostmodel import MAIN, HostModel, compile_c, kernel_object, make_lists
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import Net, zero_points
from oracle import assert_bit_exact
from tflite_builder import op, tensor

from ecgprune import tflm
from ecgprune.codegen import generate
from ecgprune.errors import EcgpruneError, GraphError
from ecgprune.graph.reader import read
from ecgprune.verify import interpreter
from ecgprune.verify.oracles import Interpreter, TflmHost
from ecgprune.verify.predict import probabilities

EXAMPLES = settings(deadline=None, max_examples=2, database=None, suppress_health_check=list(HealthCheck))
STEPS = 12
# Of input, feature weights, state, time weights, output: sums over time of int16 wrap now and then.
SCALES = {"int16": (0.02, 0.01, 0.0002, 0.0001, 0.4), "int8": (0.02, 0.01, 0.03, 0.01, 0.4)}
sizes = st.tuples(*(st.integers(1, most) for most in (3, 21, 19, 3, 14)))


@EXAMPLES
@given(st.data(), st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("dtype", ["int16", "int8"])
def test_svdf_equals_tflm_step_by_step(dtype, data, seed):
    """The interpreter is left out where the state is int8: it takes it for int16, and leaves its memory."""
    rng = np.random.default_rng(seed)
    net = Net()
    for some in data.draw(st.lists(sizes, min_size=3, max_size=3)):
        zeros = data.draw(zero_points), data.draw(zero_points) if dtype == "int8" else 0, data.draw(zero_points)
        x = net.input(some[:2], (SCALES[dtype][0], zeros[0]))
        add_svdf(net, rng, x, some, dtype, SCALES[dtype], zeros)
    assert_bit_exact(net.blob(), STEPS, interpreter=dtype == "int16")


def test_svdf_saturates_and_wraps_as_tflm_does():
    """Largest weights and inputs: the state saturates, and sums over time leave int32."""
    net = Net()
    x = net.input((1, 9), (1.0, -128))
    add_svdf(net, np.random.default_rng(1), x, (1, 9, 6, 2, 9), "int16", (1.0, 1.0, 0.001, 0.001, 1.0), (-128, 0, 127))
    rng = np.random.default_rng(2)
    vectors = [[rng.choice(np.array([-128, 127], np.int8), (1, 9))] for _ in range(STEPS)]
    assert_bit_exact(net.blob(), vectors)


@EXAMPLES
@given(st.data(), st.integers(0, 2**32 - 1))
def test_lstm_equals_tflm_over_steps_and_invocations(data, seed):
    """Weights from small to such that gates saturate, cell states of any range, clipped or not, time in any place."""
    rng = np.random.default_rng(seed)
    net = Net()
    for _ in range(3):
        some = data.draw(st.tuples(*(st.integers(1, most) for most in (3, 4, 21, 35))))
        zeros = data.draw(zero_points), data.draw(zero_points)
        scales = 0.02, data.draw(st.sampled_from([0.003, 0.05, 0.3])), 1 / 128, 2.0 ** data.draw(st.integers(-15, -9))
        time_major = data.draw(st.booleans())
        batches, steps, inputs, _ = some
        x = net.input((steps, batches, inputs) if time_major else some[:3], (scales[0], zeros[0]))
        clip = data.draw(st.sampled_from([0.0, 0.3, 2.0, 40.0]))
        add_lstm(net, rng, x, some, scales, zeros, time_major, cell_clip=clip)
    assert_bit_exact(net.blob(), STEPS, interpreter=False)


def test_state_begins_anew_with_init_and_each_instance_has_its_own(tmp_path):
    """The program runs a sequence on two instances in turns, then initializes one again."""
    blob = small()
    generated = generate(read(blob), "m")
    HostModel(generated, tmp_path)
    kernels = [kernel_object(k) for k in make_lists(generated.files["sources.mk"])["ECGP_KERNELS"]]
    main = str(MAIN.with_name("state.c"))
    compile_c([f"-I{tmp_path}", main, str(tmp_path / "m.c"), *kernels, "-o", str(tmp_path / "state")])
    assert subprocess.run([tmp_path / "state"]).returncode == 0


def small():
    """SVDF, whose int8 state begins with a zero point that is not 0, and LSTM behind it."""
    net, rng = Net(), np.random.default_rng(3)
    y = add_svdf(net, rng, net.input((1, 6), (0.02, -3)), (1, 6, 8, 2, 5), "int8", SCALES["int8"], (-3, 9, 5))
    x = net.apply("RESHAPE", [y, net.constant(np.array([1, 2, 4], np.int32))], (1, 2, 4), (SCALES["int8"][4], 5))
    add_lstm(net, rng, x, (1, 2, 4, 5), (SCALES["int8"][4], 0.01, 1 / 128, 2.0**-11), (5, 0))
    return net.blob()


def test_the_header_says_that_the_model_has_state_and_how_much():
    generated = generate(read(small()), "m")
    header = " ".join(generated.files["m.h"].replace("*", " ").split())
    assert "one m_invoke() is one time step" in header
    assert "m_init() resets the state" in header
    size = generated.plan.arena.state_bytes
    assert f"#define M_STATE_BYTES {size}u" in header
    assert size == 80 + 16 + 16
    assert "memset(&m->arena[M_AT_T5_STATE], 0x09, 80u);" in generated.files["m.c"]


def test_a_model_without_state_does_not_mention_it():
    net = Net()
    net.apply("RELU", net.input((1, 4), (0.1, 0)), (1, 4), (0.1, 0))
    files = generate(read(net.blob()), "m").files
    assert not any("state" in text.lower() for text in files.values())


def spoilt(change):
    """A model's bytes after a change of its first subgraph's first state tensor."""
    model = schema.ModelT.InitFromPackedBuf(small(), 0)
    change(model.subgraphs[0])
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def no_variable(subgraph):
    for stored in subgraph.tensors:
        stored.isVariable = False


def as_output(subgraph):
    subgraph.outputs = np.array([next(i for i, t in enumerate(subgraph.tensors) if t.isVariable)], np.int32)


@pytest.mark.parametrize(
    ("change", "message"),
    [(no_variable, "is the state of operator 0 .SVDF., expected a variable tensor"),
     (as_output, "is a variable, expected no input or output")],
)  # fmt: skip
def test_state_that_is_no_state_is_refused(change, message):
    with pytest.raises(GraphError, match=message):
        read(spoilt(change))


def streaming(**changes):
    """A running mean: FULLY_CONNECTED, in which the interpreter deviates, then half of it and of the variable."""
    net, rng = Net(), np.random.default_rng(5)
    state = {"initial": tensor((1, 8), "int8", 0.5, 3, rng.integers(-99, 99, (1, 8)), name="first"), "shape": (1, 8)}
    state |= changes
    before = net.apply("READ_VARIABLE", net.variable("mean", state["initial"]), state["shape"], (0.5, 3))
    weights = constant(net, rng.integers(-99, 99, (8, 16)), "int8", 0.01)
    bias = constant(net, rng.integers(-99, 99, 8), "int32", np.float32(0.01) * np.float32(0.1))
    x = net.apply("FULLY_CONNECTED", [net.input((1, 16), (0.1, -7)), weights, bias], (1, 8), (0.5, 3))
    y = net.apply("ADD", [x, before], (1, 8), (0.5, 3), fused_activation_function="NONE")
    net.assign(net.variable("mean"), y)
    return net


def test_variables_keep_what_was_assigned_and_the_interpreters_deviations_are_followed_through_them():
    blob = streaming().blob()
    graph = assert_bit_exact(blob, 200, interpreter=False)
    assert [t.initial.shape for t in graph.states] == [(1, 8)]
    inputs = [np.random.default_rng(1).integers(-128, 128, (300, 16)).astype(np.int8)]
    found = interpreter.compare(blob, graph, inputs)
    assert found.first is not None
    assert found.unexplained is None
    theirs = {op.outputs[0]: op for op in graph.ops if op.name == "READ_VARIABLE"}
    layers = Interpreter(blob, graph).layers(inputs)
    layers[next(iter(theirs))][250, 3] ^= 1
    expected = TflmHost(blob, graph, all_layers=True).layers(inputs)
    found = interpreter.Comparison()
    interpreter.judge(blob, graph, expected, layers, 0, found)
    assert (found.unexplained.operator, found.unexplained.vector) == ("READ_VARIABLE", 250)


def refused(net):
    with pytest.raises(GraphError) as error:
        read(net.blob())
    return str(error.value)


def test_variables_that_no_state_tensor_can_stand_for_are_refused_in_one_line():
    net = streaming()
    net.ops = [op for op in net.ops if op.name != "ASSIGN_VARIABLE"]
    net.initial = {}
    assert "reads the variable 'mean', which none assigns" in refused(net)
    assert "and the variable holds 8 x int8" in refused(streaming(shape=(1, 4)))
    computed = tensor((1, 8), "int8", 0.5, 3, name="computed")
    assert "runs ASSIGN_VARIABLE in its subgraph, expected only ASSIGN_VARIABLE of constants" in refused(
        streaming(initial=computed)
    )
    net = streaming()
    net.ops[-1] = replace(net.ops[-1], outputs=(net.tensor((1,)),))
    assert "(ASSIGN_VARIABLE) has 2 inputs and 1 outputs, expected 2 inputs and 0 outputs, as TFLM" in refused(net)
    for change, found in (({"shape": (2,)}, "shape [2] and int32"), ({"dtype": "int8"}, "shape [] and int8")):
        net = streaming()
        net.tensors[0] = replace(net.tensors[0], **change)
        assert f"(READ_VARIABLE) has a handle of {found}, expected one resource, as TFLM" in refused(net)


@pytest.mark.parametrize("name", ["IF", "WHILE", "CALL_ONCE"])
def test_subgraphs_that_are_run_elsewhere_are_refused_in_one_line(name):
    """In the model, with a variable beside it; and in the subgraph that initializes the variable."""
    options = {"CALL_ONCE": {"init_subgraph_index": 1}, "IF": {"then_subgraph_index": 1, "else_subgraph_index": 1},
               "WHILE": {"cond_subgraph_index": 1, "body_subgraph_index": 1}}[name]  # fmt: skip
    net = streaming()
    if name == "CALL_ONCE":
        net.ops.append(op(name, [], [], **options))
        said = "(CALL_ONCE) initializes variables after operator 2 has used one, expected it before"
    else:
        net.apply(name, [net.input((1,), None, "int32"), net.input((1, 8), (0.5, 3))], (1, 8), (0.5, 3), **options)
        said = f"1 operator is not supported: {name} (operator 7, output 't10'); use --runtime tflm, which"
    with pytest.raises(EcgpruneError) as caught:
        generate(read(net.blob()), "m")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(GraphError, match=rf"runs {name} in its subgraph, expected only ASSIGN_VARIABLE of constants"):
        read(streaming().blob(initializing=[op(name, [], [], **options)]))


def test_the_tflm_runtime_gets_memory_for_the_variables_and_the_same_words_on_state():
    blob = streaming().blob()
    files = tflm.generate(blob, read(blob), "m")
    assert "tflite::MicroResourceVariables::Create(allocator, 1)" in files["m.cc"]
    assert all(f"resolver.Add{name}(" in files["m.cc"] for name in ("CallOnce", "VarHandle", "ReadVariable"))
    assert "one m_invoke() is one time step" in files["m.h"]


def test_predictions_of_independent_vectors_begin_with_the_state_as_after_a_reset(tmp_path):
    (tmp_path / "model.tflite").write_bytes(small())
    vector = np.arange(6, dtype=np.int8)[None]
    first, again = probabilities(tmp_path / "model.tflite", {"x": np.concatenate([vector, vector])})
    np.testing.assert_array_equal(first, again)
