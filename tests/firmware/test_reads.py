"""Kernels that read beyond their inputs are found, as `assert_bit_exact` builds every model."""

from types import SimpleNamespace
from unittest import mock

import conv_cases
import numpy as np
import pytest
from hostmodel import HostModel, inputs_apart
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import cost, generate
from ecgprune.codegen.kernels import planes
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

FAR = """
static void far(const void *p, const signed char *input, signed char *output)
{
    (void)p;
    output[0] = input[40];
}
"""


def test_a_read_behind_an_input_is_found_though_it_stays_within_the_arena(tmp_path):
    net = Net()
    x = net.input((1, 40), (0.5, 3))
    y = net.apply("MAXIMUM", [x, net.constant(np.zeros(40, np.int8), (0.5, 3))], (1, 40), (0.5, 3))
    net.apply("MINIMUM", [x, y], (1, 40), (0.5, 3))
    generated = generate(read(net.blob()), "m")
    files = generated.files | inputs_apart(generated)
    assert files["m.c"].count("apart(&") == 3
    far = {"m.c": FAR + files["m.c"].replace("ecgp_maximum_constant_s8(&", "far(&")}
    with pytest.raises(AssertionError, match="heap-buffer-overflow"):
        HostModel(SimpleNamespace(files=files | far), tmp_path).invoke([np.zeros((1, 40), np.int8)])


DENSE, PLANES = "ecgp_conv_helium_s8", "ecgp_conv_sparse_planes_s8"
SQUARE, ROW = "ecgp_depthwise_conv_3x3_smlad_s8", "ecgp_depthwise_conv_row_smlad_s8"


CORES = [("Cortex-M55", {DENSE}), ("Cortex-M55", {PLANES}), ("Cortex-M4", {SQUARE, ROW})]


@pytest.mark.parametrize(("core", "kernels"), CORES)
def test_inputs_shorter_than_what_a_kernel_reads_at_once_are_not_left(core, kernels):
    """The first chunk of an image, or its only one, is then also the last."""
    net, case = Net(), conv_cases.a_case(bias="small", exponent=-9)
    for width in (5, 9, 21):
        geometry = conv_cases.a_geometry(shape=(1, 1, width), kernel=(1, 5), padding="VALID")
        conv_cases.add_conv(net, geometry, case, 1, 1, 4)
        conv_cases.add_depthwise(net, geometry, case, 4, 1)
    square = conv_cases.a_geometry(shape=(1, 3, 4), kernel=(3, 3), padding="VALID")
    conv_cases.add_depthwise(net, square, case, 4, 1)
    cost_of = mock.patch.object(cost, "time", lambda call, target: float(call.kernel not in kernels))
    with cost_of, mock.patch.object(planes, "ZEROS", 0):
        plan = generate(read(net.blob()), "m", target=Target(core)).plan
        assert kernels <= {layer.kernel for layer in plan.layers}
        assert_bit_exact(net.blob(), 1, interpreter=False, target=Target(core))
