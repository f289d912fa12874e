"""Pooling, MEAN and padding."""

QUANT, QUANT_INT16 = (0.05, -3), (0.0005, 0)
WINDOW = {"padding": "SAME", "stride_h": 1, "stride_w": 2, "filter_height": 2, "filter_width": 3}


def _pooling(operator):
    def add(net, rng):
        x = net.input((1, 2, 9, 3), QUANT)
        net.apply(operator, x, (1, 2, 5, 3), QUANT, **WINDOW)
        wide = net.input((1, 2, 5, 2), QUANT_INT16, "int16")
        net.apply(operator, wide, (1, 2, 3, 2), QUANT_INT16, "int16", **WINDOW)

    return add


def mean(net, rng):
    x = net.input((1, 2, 9, 5), QUANT)
    net.apply("MEAN", [x, net.constant([1, 2])], (1, 5), (0.02, -100), keep_dims=False)
    net.apply("MEAN", [x, net.constant([2, 3])], (1, 2, 1, 1), (0.03, 9), keep_dims=True)
    net.apply("MEAN", [x, net.constant([1, 3])], (1, 9), (0.03, 9), keep_dims=False)
    wide = net.input((1, 1, 4, 3), QUANT_INT16, "int16")
    net.apply("MEAN", [wide, net.constant([1, 2])], (1, 3), (0.0003, 0), "int16", keep_dims=False)


def reduce_max(net, rng):
    x = net.input((2, 2, 3, 5), QUANT)
    for axes, shape in (([1, -2], (2, 5)), ([0, 2], (2, 5)), ([3], (2, 2, 3)), ([-1, 1, 1], (2, 3))):
        net.apply("REDUCE_MAX", [x, net.constant(axes)], shape, QUANT, keep_dims=False)


def total(net, rng):
    x = net.input((2, 2, 3, 5), QUANT)
    for axes, shape in (([1, 2], (2, 1, 1, 5)), ([0, 2], (1, 2, 1, 5)), ([0, 1, 2, 3], (1, 1, 1, 1))):
        net.apply("SUM", [x, net.constant(axes)], shape, (0.2, 20), keep_dims=True)


def pad(net, rng):
    x = net.input((1, 2, 3, 3), QUANT)
    net.apply("PAD", [x, net.constant([[0, 0], [0, 1], [2, 1], [0, 0]])], (1, 3, 6, 3), QUANT)
    wide = net.input((1, 2, 2, 2), QUANT_INT16, "int16")
    net.apply("PAD", [wide, net.constant([[0, 0], [0, 1], [1, 1], [0, 0]])], (1, 3, 4, 2), QUANT_INT16, "int16")


def padv2(net, rng):
    x = net.input((1, 2, 3, 3), QUANT)
    fill = net.constant([77], QUANT)
    net.apply("PADV2", [x, net.constant([[0, 0], [0, 0], [0, 0], [0, 1]]), fill], (1, 2, 3, 4), QUANT)
    wide, fill = net.input((1, 2, 2, 2), QUANT_INT16, "int16"), net.constant([-258], QUANT_INT16, "int16")
    net.apply("PADV2", [wide, net.constant([[0, 0], [0, 1], [1, 1], [0, 0]]), fill], (1, 3, 4, 2), QUANT_INT16, "int16")


FRAGMENTS = {
    "AVERAGE_POOL_2D": _pooling("AVERAGE_POOL_2D"),
    "MAX_POOL_2D": _pooling("MAX_POOL_2D"),
    "MEAN": mean,
    "PAD": pad,
    "PADV2": padv2,
    "REDUCE_MAX": reduce_max,
    "SUM": total,
}
