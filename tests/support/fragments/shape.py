"""Operators that pass bytes on: another shape, or several tensors in one."""

QUANT, QUANT_INT16 = (0.05, -3), (0.0005, 0)


def concatenation(net, rng):
    x, y = net.input((1, 2, 4, 3), QUANT), net.input((1, 2, 4, 2), QUANT)
    constant = net.constant(rng.integers(-128, 128, (1, 2, 4, 1)), QUANT)
    net.apply("CONCATENATION", [x, constant, y], (1, 2, 4, 6), QUANT, axis=3)
    x = net.input((1, 2, 3, 2), QUANT_INT16, "int16")
    constant = net.constant(rng.integers(-(2**15), 2**15, (1, 2, 3, 1)), QUANT_INT16, "int16")
    net.apply("CONCATENATION", [constant, x], (1, 2, 3, 3), QUANT_INT16, "int16", axis=3)


def expand_dims(net, rng):
    net.apply("EXPAND_DIMS", [net.input((1, 6), QUANT), net.constant([1])], (1, 1, 6), QUANT)
    wide = net.input((1, 6), QUANT_INT16, "int16")
    net.apply("EXPAND_DIMS", [wide, net.constant([1])], (1, 1, 6), QUANT_INT16, "int16")


def reshape(net, rng):
    net.apply("RESHAPE", [net.input((1, 6), QUANT), net.constant([1, 2, -1])], (1, 2, 3), QUANT)
    wide = net.input((1, 6), QUANT_INT16, "int16")
    net.apply("RESHAPE", [wide, net.constant([1, 2, -1])], (1, 2, 3), QUANT_INT16, "int16")


def squeeze(net, rng):
    net.apply("SQUEEZE", net.input((1, 1, 6), QUANT), (1, 6), QUANT, squeeze_dims=[1])
    wide = net.input((1, 1, 6), QUANT_INT16, "int16")
    net.apply("SQUEEZE", wide, (1, 6), QUANT_INT16, "int16", squeeze_dims=[1])


FRAGMENTS = {"CONCATENATION": concatenation, "EXPAND_DIMS": expand_dims, "RESHAPE": reshape, "SQUEEZE": squeeze}
