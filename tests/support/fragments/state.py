"""Operators that keep a state from one invocation to the next."""

import numpy as np
from tflite_builder import tensor


def constant(net, values, dtype, scale):
    name = f"t{len(net.tensors)}"
    net.tensors.append(tensor(values.shape, dtype, scale, 0, values, name=name))
    return name


def add_svdf(net, rng, x, sizes, dtype, scales=(0.02, 0.01, 0.03, 0.01, 0.4), zero_points=(-3, 0, 5)):
    """SVDF of input `x`.

    sizes: (batches, inputs, units, rank, memory); scales: of input, feature weights, state, time weights, output;
    zero_points: of input, state, output.
    """
    batches, inputs, units, rank, memory = sizes
    most = np.iinfo(dtype).max
    bias_scale = np.float32(scales[2]) * np.float32(scales[3])
    operands = [
        x,
        constant(net, rng.integers(-127, 128, (units * rank, inputs)), "int8", scales[1]),
        constant(net, rng.integers(-most, most + 1, (units * rank, memory)), dtype, scales[3]),
        constant(net, rng.integers(-3000, 3000, units), "int32", bias_scale),
        net.state((batches, units * rank * memory), (scales[2], zero_points[1]), dtype),
    ]
    return net.apply("SVDF", operands, (batches, units), (scales[4], zero_points[2]), rank=rank,
                     fused_activation_function="RELU")  # fmt: skip


def svdf(net, rng):
    x = net.input((1, 10), (0.02, -3))
    add_svdf(net, rng, x, (1, 10, 3, 2, 7), "int8")
    scales = (0.02, 0.01, 0.0002, 0.0001, 0.4)
    add_svdf(net, rng, x, (1, 10, 5, 1, 4), "int16", scales, (-3, 0, 5))


def add_lstm(
    net, rng, x, sizes, scales=(0.02, 0.01, 1 / 128, 2.0**-11), zero_points=(-3, 0), time_major=False, **options
):
    """UNIDIRECTIONAL_SEQUENCE_LSTM of input `x`.

    sizes: (batches, steps, inputs, units); scales: of input, weights (each gate's is another near it), hidden and cell
    state; zero_points: of input and hidden state.
    """
    batches, steps, inputs, units = sizes
    factors = rng.uniform(0.5, 1.5, 8)
    hidden = scales[2], zero_points[1]
    weights = [
        constant(net, rng.integers(-127, 128, (units, inputs if place < 4 else units)), "int8", scales[1] * factor)
        for place, factor in enumerate(factors)
    ]
    biases = [
        constant(net, rng.integers(-9000, 9000, units), "int32", np.float32(scales[0]) * np.float32(scales[1] * factor))
        for factor in factors[:4]
    ]
    states = [net.state((batches, units), hidden), net.state((batches, units), (scales[3], 0), "int16")]
    operands = [x, *weights, *[None] * 3, *biases, *[None] * 2, *states, *[None] * 4]
    shape = (steps, batches, units) if time_major else (batches, steps, units)
    intermediates = [*(net.tensor((0,), None, "float32") for _ in range(4)), net.tensor((0,), hidden)]
    return net.apply("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, shape, hidden, fused_activation_function="TANH",
                     time_major=time_major, intermediates=intermediates, **options)  # fmt: skip


def lstm(net, rng):
    x = net.input((2, 3, 5), (0.02, -3))
    add_lstm(net, rng, x, (2, 3, 5, 6), zero_points=(-3, 4), cell_clip=3.0)


def variable(net, rng):
    """A delay line of int8, a sum that a constant is added to, one of float32, and one that becomes a constant."""
    number = len(net.tensors)
    initial = tensor((1, 6), "int8", 0.1, 3, rng.integers(-99, 99, (1, 6)), name=f"delayed{number}")
    old = net.variable(f"delay{number}", initial)
    x = net.input((1, 6), (0.1, 3))
    y = net.apply("READ_VARIABLE", old, (1, 6), (0.1, 3))
    net.apply("ADD", [x, y], (1, 6), (0.2, 0), fused_activation_function="NONE")
    net.assign(old, x)
    net.apply("READ_VARIABLE", net.variable(f"delay{number}"), (1, 6), (0.1, 3))
    count = net.variable(f"count{number}")
    z = net.apply("READ_VARIABLE", count, (3,), (0.5, 7))
    one = net.constant(np.full(3, 20), (0.25, 0))
    net.assign(count, net.apply("ADD", [z, one], (3,), (0.5, 7), fused_activation_function="NONE"))
    plain = net.variable(f"plain{number}")
    net.apply("READ_VARIABLE", plain, (2,), None, "float32")
    net.assign(plain, net.input((2,), None, "float32"))
    fixed = net.variable(f"fixed{number}")
    net.apply("READ_VARIABLE", fixed, (5,), (0.5, -9))
    net.assign(fixed, net.constant(rng.integers(-99, 99, 5), (0.5, -9)))


FRAGMENTS = {"ASSIGN_VARIABLE": variable, "READ_VARIABLE": variable, "SVDF": svdf, "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm}
