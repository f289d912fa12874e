"""Operators on one tensor, element by element or along a row."""

from networks import PROBABILITY, PROBABILITY_INT16

QUANT, QUANT_INT16 = (0.05, -3), (0.0005, 0)


def _fragment(operator, *quants, int16=(), **options):
    def add(net, rng):
        x = net.input((2, 17), QUANT)
        for quant in quants:
            net.apply(operator, x, (2, 17), quant, **options)
        for quant in int16:
            wide = net.input((2, 5), QUANT_INT16, "int16")
            net.apply(operator, wide, (2, 5), quant, "int16", **options)

    return add


def quantize(net, rng):
    x = net.input((1, 9), QUANT)
    net.apply("QUANTIZE", x, (1, 9), (0.07, 20))
    wide, real = net.input((1, 5), QUANT_INT16, "int16"), net.input((1, 9), None, "float32")
    for values in (x, real):
        net.apply("QUANTIZE", values, (1, 9), QUANT_INT16, "int16")
    net.apply("QUANTIZE", real, (1, 9), QUANT)
    net.apply("QUANTIZE", x, (1, 9), (0.05, 125), "uint8")
    net.apply("QUANTIZE", net.input((1, 9), (0.02, 3), "uint8"), (1, 9), (0.03, -70))
    net.apply("QUANTIZE", wide, (1, 5), QUANT)
    for values in (x, wide):
        net.apply("QUANTIZE", values, net.spec(values).shape, (0.00001, 99), "int32")
    widest = net.apply("QUANTIZE", wide, (1, 5), (0.000001, 0), "int32", output=False)
    net.apply("QUANTIZE", widest, (1, 5), (0.01, -7))
    net.apply("QUANTIZE", widest, (1, 5), (0.0003, 0), "int16")
    net.apply("QUANTIZE", wide, (1, 5), (0.0007, 0), "int16")


def dequantize(net, rng):
    net.apply("DEQUANTIZE", net.input((1, 9), QUANT), (1, 9), None, "float32")
    net.apply("DEQUANTIZE", net.input((1, 5), QUANT_INT16, "int16"), (1, 5), None, "float32")


def softmax(net, rng):
    _fragment("SOFTMAX", PROBABILITY, int16=[PROBABILITY_INT16], beta=1.0)(net, rng)
    net.apply("SOFTMAX", net.input((3, 5), (0.2, 7)), (3, 5), (1 / 65535, -32768), "int16", beta=1.0)


def arg_max(operator):
    def add(net, rng):
        net.apply(operator, [net.input((2, 9, 3), QUANT), net.constant([1])], (2, 3), None, "int32", output_type=2)

    return add


def rsqrt(net, rng):
    net.apply("RSQRT", net.input((2, 17), (0.02, -128)), (2, 17), (0.03, -128))


FRAGMENTS = {
    "ABS": _fragment("ABS", (0.06, -100)),
    "ARG_MAX": arg_max("ARG_MAX"),
    "ARG_MIN": arg_max("ARG_MIN"),
    "DEQUANTIZE": dequantize,
    "ELU": _fragment("ELU", (0.04, -90)),
    "HARD_SWISH": _fragment("HARD_SWISH", (0.06, -100)),
    "L2_NORMALIZATION": _fragment("L2_NORMALIZATION", (1 / 128, 0)),
    "LEAKY_RELU": _fragment("LEAKY_RELU", (0.06, -100), int16=[(0.0004, 0)], alpha=0.3),
    "LOG_SOFTMAX": _fragment("LOG_SOFTMAX", (1 / 16, 127)),
    "LOGISTIC": _fragment("LOGISTIC", PROBABILITY, int16=[PROBABILITY_INT16]),
    "QUANTIZE": quantize,
    "RELU": _fragment("RELU", QUANT, (0.06, -100), int16=[QUANT_INT16, (0.0007, 0)]),
    "RELU6": _fragment("RELU6", QUANT, int16=[QUANT_INT16]),
    "RSQRT": rsqrt,
    "SOFTMAX": softmax,
    "TANH": _fragment("TANH", (1 / 128, 0), int16=[PROBABILITY_INT16]),
}
