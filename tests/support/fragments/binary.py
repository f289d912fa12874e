"""Operators on two tensors, int8 and int16: of one shape, with a constant, and with a channel to broadcast."""

from networks import BINARY

INT16 = ("ADD", "MUL", "SUB")


def _fragment(operator):
    def add(net, rng):
        a, b, c = net.input((2, 9), (0.05, -3)), net.input((2, 9), (0.07, 11)), net.input((1, 9), (0.02, 0))
        constant = net.constant(rng.integers(-128, 128, (2, 9)), (0.1, 4))
        for other in (b, c, constant):
            net.apply(operator, [a, other], (2, 9), (0.09, 7))
        if operator not in INT16:
            return
        wide = [net.input(shape, (0.0004, 0), "int16") for shape in ((2, 6), (1, 6))]
        wide += [net.constant(rng.integers(-(2**15), 2**15, (2, 6)), (0.0003, 0), "int16")]
        for other in wide[1:]:
            net.apply(operator, [wide[0], other], (2, 6), (0.0006, 0), "int16")

    return add


def prelu(net, rng):
    x, alpha = net.input((2, 9), (0.05, -3)), net.input((1, 9), (0.01, 11))
    for other in (alpha, net.constant(rng.integers(-128, 128, (1, 9)), (0.02, 4)), net.constant([77], (0.01, 4))):
        net.apply("PRELU", [x, other], (2, 9), (0.04, 7))


FRAGMENTS = {operator: _fragment(operator) for operator in BINARY} | {"PRELU": prelu}
