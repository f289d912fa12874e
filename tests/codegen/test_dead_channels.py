"""Networks with channels that pruning has killed: without them the answer is still TFLM's, bit for bit."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hostmodel import HostModel
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact, random_vectors, tflm_layers
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.codegen.dead_channels import without_dead_channels
from ecgprune.graph.reader import read

WIDTH = 24


class Chain(Net):
    """conv, pool, conv, then a flattening or a mean, then two matrices: (1, 1, WIDTH, 2) to 3 outputs."""

    def __init__(
        self, rng, *, dead, unread, padding="VALID", zero_point=-128, bias=True, mean=False, activation="RELU"
    ):
        super().__init__()
        self.rng, self.dead, self.unread, self.bias, self.activation = rng, dead, unread, bias, activation
        quant = (0.11, zero_point)
        x = self.input((1, 1, WIDTH, 2), (0.05, 3))
        x = self.layer(x, "CONV_2D", (8, 1, 3, 2), quant, padding=padding, stride_h=1, stride_w=1)
        shape = self.spec(x).shape
        pooled = (1, 1, shape[2] // 2, 8)
        pool = {"filter_height": 1, "filter_width": 2, "stride_h": 1, "stride_w": 2, "padding": "VALID"}
        x = self.apply("MAX_POOL_2D", x, pooled, quant, output=False, **pool)
        x = self.layer(x, "CONV_2D", (6, 1, 3, 8), quant, padding=padding, stride_h=1, stride_w=1)
        shape = self.spec(x).shape
        if mean:
            x = self.apply("MEAN", [x, self.constant([1, 2])], (1, 6), quant, output=False, keep_dims=False)
        else:
            flat = (1, shape[2] * 6)
            x = self.apply("RESHAPE", [x, self.constant(flat)], flat, quant, output=False)
        x = self.layer(x, "FULLY_CONNECTED", (7, self.spec(x).shape[-1]), quant, keep_num_dims=False)
        self.layer(x, "FULLY_CONNECTED", (3, 7), quant, output=True, keep_num_dims=False)

    def layer(self, x, name, shape, quant, output=False, **options):
        """Weights whose rows are zero with probability `dead`, and whose inputs' columns with `unread`."""
        values = self.rng.integers(-127, 128, shape).astype(np.int8)
        values[self.rng.random(shape[0]) < self.dead] = 0
        period = 6 if shape[-1] % 6 == 0 and name == "FULLY_CONNECTED" else shape[-1]
        columns = np.tile(self.rng.random(period) < self.unread, shape[-1] // period)
        values[..., columns] = 0
        scales = self.rng.uniform(0.5, 2.0, shape[0]).astype(np.float32) * np.float32(0.1 / np.prod(shape[1:]))
        w, b = (f"t{len(self.tensors) + i}" for i in range(2))
        self.tensors.append(tensor(shape, "int8", scales, np.zeros(shape[0], int), values, axis=0, name=w))
        names = [x, w]
        if self.bias:
            many = np.float32(self.spec(x).scales[0]) * scales
            amounts = self.rng.integers(-4000, 4001, shape[0])
            self.tensors.append(tensor((shape[0],), "int32", many, np.zeros(shape[0], int), amounts, name=b))
            names.append(b)
        before = self.spec(x).shape
        if name == "CONV_2D":
            width = before[2] if options["padding"] == "SAME" else before[2] - shape[2] + 1
            after, extra = (1, 1, width, shape[0]), {"dilation_h_factor": 1, "dilation_w_factor": 1}
        else:
            after, extra = (1, shape[0]), {}
        return self.apply(
            name, names, after, quant, output=output, fused_activation_function=self.activation, **extra, **options
        )


chains = st.fixed_dictionaries(
    {
        "rng": st.integers(0, 2**32 - 1).map(np.random.default_rng),
        "dead": st.sampled_from([0.0, 0.3, 0.7, 1.0]),
        "unread": st.sampled_from([0.0, 0.3, 0.7]),
        "padding": st.sampled_from(["SAME", "VALID"]),
        "zero_point": st.sampled_from([-128, -128, 0, 17]),
        "bias": st.sampled_from([True, True, False]),
        "mean": st.booleans(),
        "activation": st.sampled_from(["RELU", "NONE"]),
    }
)


def answers(graph, blob, whole):
    """(what C generated from `graph` answers, what TFLM answers for the whole model), of three vectors."""
    vectors = random_vectors(whole, 3)
    expected = [layers[whole.outputs[0]] for layers in tflm_layers(blob, whole, vectors)]
    with tempfile.TemporaryDirectory() as folder:
        got = HostModel(generate(graph, "m", "always"), Path(folder)).invoke_many(vectors)
    return [outputs[0] for outputs in got], expected


@pytest.mark.parametrize("group", [1, 4])
@settings(max_examples=15, deadline=None)
@given(chains)
def test_without_dead_channels_the_answer_is_still_tflms(group, chain):
    blob = Chain(**chain).blob()
    whole = read(blob)
    got, expected = answers(without_dead_channels(whole, group), blob, whole)
    np.testing.assert_array_equal(got, expected)


def a_chain(dead=(), unread=(), **changes):
    """A chain whose first layer has no weights for the outputs `dead`, whose third operator has none for `unread`."""
    chain = Chain(**{"rng": np.random.default_rng(5), "dead": 0.0, "unread": 0.0, **changes})
    chain.spec(chain.ops[0].inputs[1]).data[list(dead)] = 0
    chain.spec(chain.ops[2].inputs[1]).data[..., list(unread)] = 0
    return chain.blob()


def channels(graph):
    return [graph.tensor(op.outputs[0]).shape[-1] for op in graph.ops if op.name in ("CONV_2D", "FULLY_CONNECTED")]


def test_a_model_without_dead_channels_stays_the_same_object():
    graph = read(a_chain())
    assert without_dead_channels(graph) is graph


def test_dead_and_unread_channels_go():
    graph = read(a_chain(dead=(1, 4), unread=(4, 6)))
    smaller = without_dead_channels(graph)
    assert (channels(graph), channels(smaller)) == ([8, 6, 7, 3], [5, 6, 7, 3])
    assert [smaller.tensor(t).shape for t in smaller.ops[0].inputs[1:]] == [(5, 1, 3, 2), (5,)]
    assert smaller.tensor(smaller.ops[2].inputs[1]).shape == (6, 1, 3, 5)


def test_a_layer_that_only_dead_channels_fed_is_left_with_one():
    assert channels(without_dead_channels(read(a_chain(unread=range(8))))) == [1, 1, 1, 3]


def test_padding_keeps_a_constant_channel_unless_it_is_the_zero_point():
    changes = {"dead": (1, 4), "zero_point": 17, "activation": "NONE"}
    assert channels(without_dead_channels(read(a_chain(padding="SAME", **changes))))[0] == 8
    assert channels(without_dead_channels(read(a_chain(padding="VALID", **changes))))[0] == 6


def test_without_biases_a_dead_channel_is_the_zero_point_and_goes():
    assert channels(without_dead_channels(read(a_chain(dead=(1, 4), bias=False))))[0] == 6


def test_by_fours_only_whole_groups_go():
    assert channels(without_dead_channels(read(a_chain(unread=(0, 1, 2, 3, 6))), 4))[0] == 4
    assert channels(without_dead_channels(read(a_chain(unread=(1, 2, 3, 6))), 4))[0] == 8


def test_the_plan_takes_the_smaller_graph_and_traces_what_is_still_whole():
    blob = a_chain(dead=(0, 1, 2), unread=(5, 7))
    graph = assert_bit_exact(blob)
    plan = generate(graph, "m").plan
    assert channels(plan.graph)[0] < channels(graph)[0]
    assert [layer.macs for layer in plan.layers] == [layer.macs for layer in generate(graph, "m", "never").plan.layers]
    assert channels(generate(graph, "m", "never").plan.graph) == channels(graph)
