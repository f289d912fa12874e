"""Operators that pass bytes on: another shape, or several tensors in one."""

QUANT = (0.05, -3)


def concatenation(net, rng):
    x, y = net.input((1, 2, 4, 3), QUANT), net.input((1, 2, 4, 2), QUANT)
    constant = net.constant(rng.integers(-128, 128, (1, 2, 4, 1)), QUANT)
    net.apply("CONCATENATION", [x, constant, y], (1, 2, 4, 6), QUANT, axis=3)


def expand_dims(net, rng):
    net.apply("EXPAND_DIMS", [net.input((1, 6), QUANT), net.constant([1])], (1, 1, 6), QUANT)


def reshape(net, rng):
    net.apply("RESHAPE", [net.input((1, 6), QUANT), net.constant([1, 2, -1])], (1, 2, 3), QUANT)


def squeeze(net, rng):
    net.apply("SQUEEZE", net.input((1, 1, 6), QUANT), (1, 6), QUANT, squeeze_dims=[1])


FRAGMENTS = {"CONCATENATION": concatenation, "EXPAND_DIMS": expand_dims, "RESHAPE": reshape, "SQUEEZE": squeeze}
