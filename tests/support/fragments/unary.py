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


FRAGMENTS = {
    "DEQUANTIZE": dequantize,
    "LOGISTIC": _fragment("LOGISTIC", PROBABILITY),
    "QUANTIZE": quantize,
    "RELU": _fragment("RELU", QUANT, (0.06, -100)),
    "RELU6": _fragment("RELU6", QUANT),
    "SOFTMAX": _fragment("SOFTMAX", PROBABILITY, beta=1.0),
}
