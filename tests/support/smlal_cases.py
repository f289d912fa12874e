"""Networks for the tests of kernels that multiply with SMLAL, and what plans them with these kernels."""

from contextlib import contextmanager
from unittest import mock

import conv_cases
import numpy as np
import weighted
from networks import Net

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import smlal, smlal_codes
from ecgprune.graph.reader import read

SMLAL = "ecgp_conv_sparse_smlal_s8"


def add_pooled(net, geometry, case, inputs, outputs, **pool):
    """A convolution and a max pooling of two columns behind it; the pooling's options can be changed."""
    conv = net.spec(conv_cases.add_conv(net, geometry, case, 1, inputs, outputs))
    options = {"filter_height": 1, "filter_width": 2, "stride_h": 1, "stride_w": 2, "padding": "VALID", **pool}
    net.outputs.pop()
    height = (conv.shape[1] - options["filter_height"]) // options["stride_h"] + 1
    width = (conv.shape[2] - options["filter_width"]) // options["stride_w"] + 1
    shape = (conv.shape[0], height, width, outputs)
    return net.apply("MAX_POOL_2D", conv.name, shape, (1.0, case.output_zero), **options)


def kernels(net, sparse="auto"):
    """The kernels that are planned for a network, one per layer; "": the layer is in another's call."""
    return [layer.kernel for layer in generate(read(net.blob()), "m", sparse).plan.layers]


def at_the_limit(last):
    """A convolution over one pixel whose weights' magnitudes sum to 258 * 127 + last; inputs are the extremes."""
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, 9), kernel=(1, 1))
    case = conv_cases.a_case(zeros=0.0, exponent=-16, input_zero=0, activation="NONE", per_channel=False)
    conv_cases.add_conv(net, geometry, case, 1, 259, 2)
    net.tensors[1].data[0], net.tensors[1].data[1] = 127, -127
    net.tensors[1].data[:, :, :, -1] = last
    ends = [np.full((1, 1, 9, 259), v, np.int8) for v in (-128, 127)]
    mixed = ends[0].copy()
    mixed[:, :, :4] = 127  # positions 0 to 3 share words with 4 to 7
    return net, [[x] for x in (*ends, mixed, mixed[:, :, ::-1])]


CODES = "ecgp_conv_sparse_smlal_codes_s8"


@contextmanager
def preferring_codes(index=0):
    """Selection takes the index-th of the variants with 12-bit codes, or the last, wherever there is one."""
    plain = smlal.calls

    def calls(dense, at, requant, rows, channels):
        packed = plain(dense, at, requant, rows, channels)
        filters = rows.reshape(len(rows), at.kernel_h, at.kernel_w, -1)
        ungrouped = packed and filters.shape[3] == at.input_c
        codes = smlal_codes.calls(packed[0], at, filters) if ungrouped else []
        return codes[index:][:1] or codes[-1:] or packed

    with mock.patch.object(smlal, "calls", calls), weighted.preferring(CODES):
        yield
