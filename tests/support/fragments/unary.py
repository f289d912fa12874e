"""Operators on one tensor, element by element or along a row."""

from networks import PROBABILITY

QUANT = (0.05, -3)


def _fragment(operator, *quants, **options):
    def add(net, rng):
        x = net.input((2, 17), QUANT)
        for quant in quants:
            net.apply(operator, x, (2, 17), quant, **options)

    return add


def quantize(net, rng):
    x = net.input((1, 9), QUANT)
    net.apply("QUANTIZE", x, (1, 9), (0.07, 20))
    net.apply("QUANTIZE", net.input((1, 9), None, "float32"), (1, 9), QUANT)


def dequantize(net, rng):
    net.apply("DEQUANTIZE", net.input((1, 9), QUANT), (1, 9), None, "float32")


def rsqrt(net, rng):
    net.apply("RSQRT", net.input((2, 17), (0.02, -128)), (2, 17), (0.03, -128))


FRAGMENTS = {
    "ABS": _fragment("ABS", (0.06, -100)),
    "DEQUANTIZE": dequantize,
    "ELU": _fragment("ELU", (0.04, -90)),
    "HARD_SWISH": _fragment("HARD_SWISH", (0.06, -100)),
    "LEAKY_RELU": _fragment("LEAKY_RELU", (0.06, -100), alpha=0.3),
    "LOGISTIC": _fragment("LOGISTIC", PROBABILITY),
    "QUANTIZE": quantize,
    "RELU": _fragment("RELU", QUANT, (0.06, -100)),
    "RELU6": _fragment("RELU6", QUANT),
    "RSQRT": rsqrt,
    "SOFTMAX": _fragment("SOFTMAX", PROBABILITY, beta=1.0),
    "TANH": _fragment("TANH", (1 / 128, 0)),
}
