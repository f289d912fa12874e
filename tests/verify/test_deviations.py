"""Where the TFLite interpreter deviates from TFLM it is known to the bit how, and no other difference passes."""

import functools
import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from fragments.state import add_lstm
from lookup_cases import CASES
from networks import PROBABILITY, PROBABILITY_INT16, Net

from ecgprune import codegen, verify
from ecgprune.cli import verify as verify_command
from ecgprune.errors import VerificationError
from ecgprune.graph.reader import read
from ecgprune.verify import interpreter
from ecgprune.verify.deviations import DEVIATIONS, deviation
from ecgprune.verify.oracles import Interpreter, TflmHost
from ecgprune.verify.vectors import arrange

ALL = np.arange(-128, 128, dtype=np.int8)[None]
ROUND = [1.0, 0.5, 0.25, 1 / 16, 1 / 3, 0.1, 0.7, 0.2]  # where ties are frequent
COLUMN = ALL[:, ::8].reshape(-1, 1)
LOOKUPS = ["ABS", "HARD_SWISH", "LEAKY_RELU", "RSQRT", "TANH"]
ZERO_POINTS = [-128, -127, -77, -1, 0, 1, 60, 127]


def logistics():
    """LOGISTIC of scales from 2^-27 to 8, which code is generated for."""
    for number, scale in enumerate([*np.geomspace(2.0**-27, 7.99, 300), *ROUND, 2.0]):
        yield "LOGISTIC", (scale, ZERO_POINTS[number % 8]), PROBABILITY


def relus():
    """RELU between all pairs of round scales, and of others."""
    spread = np.geomspace(2.0**-10, 4.0, 15)
    pairs = [(a, b) for scales in (ROUND, spread) for a in scales for b in scales]
    for number, (before, after) in enumerate(pairs):
        yield "RELU", (before, ZERO_POINTS[number % 8]), (after, ZERO_POINTS[number // 8 % 8])


def largest_gap(blob, graph, inputs):
    """How far the interpreter lies from TFLM, at most, where each operator's formula gives the interpreter's bytes."""
    theirs = Interpreter(blob, graph).layers(inputs)
    tflm = TflmHost(blob, graph, all_layers=True).layers(inputs)
    for op in graph.ops:
        (y,) = op.outputs
        np.testing.assert_array_equal(deviation(graph, op).formula(graph, op, theirs), theirs[y], err_msg=str(op))
    return max(np.abs(tflm[y].astype(int) - theirs[y]).max() for op in graph.ops for y in op.outputs)


def lookups(operator):
    """The cases that code is tested with."""
    return lambda: [(operator, *case) for case in CASES[operator]]


@pytest.mark.parametrize(
    ("cases", "largest"),
    [(logistics, 255), (relus, 1), *((lookups(name), 1) for name in LOOKUPS)],
)
def test_formula_equals_the_interpreter_for_all_bytes_where_tflm_does_not(cases, largest):
    net = Net()
    for operator, before, after, *options in cases():
        net.apply(operator, net.input((1, 256), before), (1, 256), after, **dict(*options))
    graph = read(net.blob())
    assert 0 < largest_gap(net.blob(), graph, [ALL] * len(graph.inputs)) <= largest


def test_formula_of_lstm_equals_the_interpreter_step_by_step_where_tflm_does_not():
    """Cell states of all scales that the interpreter takes, gates that saturate, clipped or not, time in any place."""
    net, rng = Net(), np.random.default_rng(4)
    for number, power in enumerate(range(-15, -8)):
        time_major, zero = bool(number % 2), ZERO_POINTS[number]
        x = net.input((3, 2, 9) if time_major else (2, 3, 9), (0.02, zero))
        scales = (0.02, (0.01, 0.05, 0.3)[number % 3], 1 / 128, 2.0**power)
        add_lstm(net, rng, x, (2, 3, 9, 11), scales, (zero, number), time_major, cell_clip=0.7 * (number % 3))
    graph = read(net.blob())
    inputs = [rng.integers(-128, 128, (12, 54)).astype(np.int8) for _ in graph.inputs]
    assert largest_gap(net.blob(), graph, inputs) > 0
    assert interpreter.compare(net.blob(), graph, inputs).unexplained is None


def test_formula_of_batch_matmul_equals_the_interpreter_in_every_order_in_memory():
    net, rng = Net(), np.random.default_rng(4)
    for number, (adj_x, adj_y) in enumerate(itertools.product([False, True], repeat=2)):
        left, right = (2, 1, 7, 5) if adj_x else (2, 1, 5, 7), (3, 4, 7) if adj_y else (3, 7, 4)
        x = net.input(left, (0.1, ZERO_POINTS[number]))
        y = net.input(right, (0.3, 3)) if number % 2 else net.constant(rng.integers(-128, 128, right), (0.3, -3))
        net.apply("BATCH_MATMUL", [x, y], (2, 3, 5, 4), (tie(0.1, 0.3), number), adj_x=adj_x, adj_y=adj_y)
    graph = read(net.blob())
    inputs = [rng.integers(-128, 128, (99, graph.tensor(i).size)).astype(np.int8) for i in graph.inputs]
    assert largest_gap(net.blob(), graph, inputs) == 1


def muls(first):
    """MUL of `first` and all pairs of round scales, of inputs and constants in turns, broadcast on either side."""
    net = Net()
    for number, scales in enumerate(itertools.product([first], ROUND, ROUND)):
        a, b, y = zip(scales, (ZERO_POINTS[(number // n) % 8] for n in (1, 3, 5)), strict=True)
        row = net.input((1, 256), a)
        column = net.constant(COLUMN, b) if number % 4 == 0 else net.input(COLUMN.shape, b)
        factors = [row, column] if number % 2 else [column, row]
        activation = ("NONE", "RELU")[number % 3 == 0]
        net.apply("MUL", factors, (len(COLUMN), 256), y, fused_activation_function=activation)
    return net.blob()


@pytest.mark.parametrize("first", ROUND)
def test_formula_of_mul_equals_the_interpreter_where_tflm_does_not(first):
    graph = read(muls(first))
    inputs = [(ALL if graph.tensor(i).size == 256 else COLUMN).reshape(1, -1) for i in graph.inputs]
    assert largest_gap(muls(first), graph, inputs) == (first not in (1 / 3, 0.1, 0.2))  # with those no product is a tie


def int16(operator):
    """`operator` over int16 in several scales, and inputs for it."""
    net, rng, inputs = Net(), np.random.default_rng(6), []

    def values(*shape):
        inputs.append((rng.integers(-(2**15), 2**15, shape) >> rng.integers(0, 9, shape)).astype(np.int16))
        return net.input(shape, (scale, 0), "int16")

    for scale in (0.5, 1 / 3, 2.0**-12, 0.001, 1e-4):
        if operator == "RELU":
            for after in (0.5, 1 / 3, 0.2, 0.003):
                net.apply(operator, values(1, 4096), (1, 4096), (max(after, scale / 9), 0), "int16")
        elif operator == "SOFTMAX":
            net.apply(operator, values(512, 3), (512, 3), PROBABILITY_INT16, "int16", beta=0.7)
        elif operator == "MUL":
            for factor in (15000, 14001, 13007, 12345):  # of which every second product is a tie
                factors = [values(1, 4096), net.constant([[factor]], (scale, 0), "int16")]
                net.apply(operator, factors, (1, 4096), (scale * scale * 2 * factor, 0), "int16")
        else:
            w = net.constant(rng.integers(-127, 128, (16, 40)), (0.02, 0))
            net.apply(operator, [values(40, 40), w], (40, 16), (scale * 0.02 * 640, 0), "int16")
    return net.blob(), [x.reshape(1, -1) for x in inputs]


@pytest.mark.parametrize("operator", sorted(name for name in DEVIATIONS if "int16" in DEVIATIONS[name].dtypes))
def test_formula_over_int16_equals_the_interpreter_where_tflm_does_not(operator):
    blob, inputs = int16(operator)
    assert largest_gap(blob, read(blob), inputs) == 1


def prelus(first):
    """PRELU of `first` and all pairs of round scales, with an alpha in each row."""
    net = Net()
    alpha = net.input((256, 1), (first, 3))
    for number, scales in enumerate(itertools.product(ROUND, ROUND)):
        x, y = zip(scales, (ZERO_POINTS[(number // n) % 8] for n in (1, 3)), strict=True)
        net.apply("PRELU", [net.input((256, 16), x), alpha], (256, 16), y)
    return net.blob()


def test_formula_of_prelu_equals_the_interpreter_where_tflm_does_not():
    graph = read(prelus(0.7))
    row = np.broadcast_to(ALL.reshape(-1, 16).T, (16, 16)).T.reshape(1, -1)
    inputs = [ALL] + [np.tile(row, 16)] * (len(graph.inputs) - 1)
    assert largest_gap(prelus(0.7), graph, inputs) == 1


@functools.cache
def network():
    """MUL, FULLY_CONNECTED, a RELU that rescales, FULLY_CONNECTED, LOGISTIC; others beside: each deviates somewhere."""
    rng = np.random.default_rng(5)
    net = Net()
    x = net.input((1, 32), (0.0625, 0))
    x = net.apply("MUL", [x, net.constant(rng.integers(-9, 10, 32), (0.25, 0))], (1, 32), (0.2, 0), output=False)
    below = float(np.nextafter(np.float32(5 / 64), 0))  # sums just below ties, which TFLM rounds up
    x = net.apply("FULLY_CONNECTED", [x, *dense(net, rng, below, 0.2)], (1, 32), (0.5, -30), output=False)
    x = net.apply("RELU", x, (1, 32), (1 / 3, -128), output=False)
    x = net.apply("FULLY_CONNECTED", [x, *dense(net, rng, 0.0937, 1 / 3)], (1, 32), (2.0, 5), output=False)
    net.apply("LOGISTIC", x, (1, 32), PROBABILITY)
    y = net.input((1, 32), (0.5, 0))
    net.apply("ABS", y, (1, 32), (1 / 3, -128))
    net.apply("LEAKY_RELU", y, (1, 32), (1 / 3, 0), alpha=0.3)
    net.apply("HARD_SWISH", net.input((1, 32), (1.893, 0)), (1, 32), (1.693, 0))
    net.apply("RSQRT", net.input((1, 32), (0.09765625, -128)), (1, 32), (0.0125, -128))
    net.apply("TANH", net.input((1, 32), (2.0**-8, 0)), (1, 32), (1 / 128, 0))
    add_lstm(net, rng, net.input((1, 4, 8), (0.05, 3)), (1, 4, 8, 9))
    net.apply("SOFTMAX", net.input((16, 2), (1e-4, 0), "int16"), (16, 2), PROBABILITY_INT16, "int16", beta=1.0)
    matrices = [net.input((1, 4, 8), (0.1, 1)), net.input((8, 8), (0.3, -2))]
    net.apply("BATCH_MATMUL", matrices, (1, 4, 8), (tie(0.1, 0.3), 5))
    net.apply("PRELU", [y, net.constant([100], (0.01, 0))], (1, 32), (1 / 3, 0))
    net.apply("SUM", [y, net.constant([1])], (1,), (8.0, 0), keep_dims=False)  # must come last: it is not compared
    return net.blob()


def tie(left, right):
    """The output scale for which half of all products are ties, if their scale is rounded to float32."""
    return float(2 * np.float32(left) * np.float32(right))


def dense(net, rng, scale, input_scale):
    bias = net.constant(rng.integers(-400, 400, 32))
    net.tensors[-1] = replace(net.tensors[-1], scales=(scale * input_scale,), zero_points=(0,))
    return net.constant(rng.integers(-9, 10, (32, 32)), (scale, 0)), bias


def vectors(blob=None):
    return verify.random_inputs(read(blob or network()), 200, seed=1)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """verify.json of the network, without boards."""
    return run(tmp_path_factory.mktemp("deviations"))


def run(folder, blob=None):
    blob = blob or network()
    (folder / "model.tflite").write_bytes(blob)
    (folder / "firmware").mkdir()
    for name, text in codegen.generate(read(blob), "net").files.items():
        (folder / "firmware" / name).write_text(text)
    code = [verify.Generated(folder / "firmware", "Cortex-M4")]
    verify.run(folder / "model.tflite", code, vectors(blob), folder / "verify.json")
    return json.loads((folder / "verify.json").read_text())


def test_model_that_ends_in_logistic_passes_and_its_c_equals_tflm(found):
    verify.check(found)
    host, other = ({row["runtime"]: row for row in found["runtimes"]}[name] for name in ("host-c", "interpreter"))
    assert (host["bit_exact"], host["skipped"], host["vectors"], host["mismatching_bytes"]) == (True, None, 200, 0)
    assert (other["bit_exact"], other["passed"]) == (False, True)
    assert other["mismatching_bytes"] > 0


def test_every_deviating_layer_names_its_operator(found):
    rounding = found["interpreter_rounding"]
    assert rounding["explained"]
    assert list(rounding["operators"]) == sorted(DEVIATIONS)
    layers = [
        (layer["op"], layer["operator"], layer["largest"]) for layer in rounding["layers"] if layer["operator"] != "SUM"
    ]
    operators = ["MUL", "FULLY_CONNECTED", "RELU", "FULLY_CONNECTED", "LOGISTIC"]
    operators += ["ABS", "LEAKY_RELU", "HARD_SWISH", "RSQRT", "TANH", "UNIDIRECTIONAL_SEQUENCE_LSTM", "SOFTMAX"]
    operators += ["BATCH_MATMUL", "PRELU"]
    assert layers == [(i, name, 1) for i, name in enumerate(operators)]
    assert all(layer["differing"] > 0 for layer in rounding["layers"])


def test_command_line_names_the_operators(found, capsys):
    verify_command.human(found)
    said = " ".join(capsys.readouterr().out.split())
    operators = ", ".join(sorted(DEVIATIONS))
    assert re.search(rf"\d+ bytes differ, all explained by known roundings of {operators}", said)


@functools.cache
def answered():
    """The graph of `network`, and what TFLM and the interpreter answer in every layer."""
    graph = read(network())
    inputs = arrange(graph, vectors())
    oracles = TflmHost(network(), graph, all_layers=True), Interpreter(network(), graph)
    return graph, *(oracle.layers(inputs) for oracle in oracles)


def compared(spoilt=None):
    """What the interpreter's layers show; spoilt: the operator of which one byte is changed beforehand."""
    graph, expected, theirs = answered()
    if spoilt is not None:
        output = graph.ops[spoilt].outputs[0]
        theirs = {**theirs, output: theirs[output].copy()}
        theirs[output][7, 3] ^= 1
    comparison = interpreter.Comparison()
    interpreter.judge(network(), graph, expected, theirs, 0, comparison)
    return comparison


def test_known_formulas_explain_every_difference():
    assert compared().unexplained is None


@pytest.mark.parametrize("operator", sorted(DEVIATIONS))
def test_without_its_formula_an_operator_must_give_what_tflm_gives(monkeypatch, operator):
    monkeypatch.delitem(DEVIATIONS, operator)
    assert compared().unexplained.operator == operator


@pytest.mark.parametrize("operator", sorted(DEVIATIONS))
def test_formula_that_is_off_by_one_explains_nothing(monkeypatch, operator):
    known = DEVIATIONS[operator]
    wrong = replace(known, formula=lambda *judged: known.formula(*judged) ^ 1)
    monkeypatch.setitem(DEVIATIONS, operator, wrong)
    assert compared().unexplained.operator == operator


@pytest.mark.parametrize("op", range(10))
def test_one_byte_of_another_origin_is_not_explained(op):
    first = compared(spoilt=op).unexplained
    assert (first.op, first.vector, first.index) == (op, 7, 3)


def test_unexplained_difference_fails_verification(found, tmp_path, monkeypatch):
    monkeypatch.delitem(DEVIATIONS, "LOGISTIC")
    with pytest.raises(VerificationError, match=r"^interpreter differs from .*: operator 4 LOGISTIC 't\d+', vector"):
        verify.check(run(tmp_path))


def test_scale_at_which_tflm_gives_nonsense_is_not_excused():
    net = Net()
    net.apply("LOGISTIC", net.input((1, 256), (8.01, 0)), (1, 256), PROBABILITY)
    found = interpreter.compare(net.blob(), read(net.blob()), [ALL])
    assert (found.unexplained.expected, found.unexplained.got) == (-128, 0)


@pytest.mark.parametrize("held", [0, 2**24])
def test_a_vector_keeps_its_number_however_many_are_judged_at_once(monkeypatch, held):
    monkeypatch.setattr(interpreter, "_HELD", held)
    monkeypatch.delitem(DEVIATIONS, "LOGISTIC")
    net, inputs = Net(), np.zeros((150, 256), np.int8)
    net.apply("LOGISTIC", net.input((1, 256), (2.0**-10, 0)), (1, 256), PROBABILITY)  # 8 and -8 are ties
    inputs[[70, 140]] = ALL
    found = interpreter.compare(net.blob(), read(net.blob()), [inputs])
    assert (found.unexplained.vector, found.vectors_differing) == (70, 2)


def test_model_with_an_operator_that_the_interpreter_lacks_is_compared_with_tflm_alone(tmp_path):
    net = Net()
    net.apply("ELU", net.input((1, 32), (0.05, 0)), (1, 32), (0.05, -100))
    found = run(tmp_path, net.blob())
    verify.check(found)
    host, other = ({row["runtime"]: row for row in found["runtimes"]}[name] for name in ("host-c", "interpreter"))
    assert (host["bit_exact"], host["vectors"]) == (True, 200)
    assert other["skipped"].startswith("the TFLite interpreter cannot load the model: Didn't find op for builtin")
    assert found["interpreter_rounding"]["vectors"] == 0
