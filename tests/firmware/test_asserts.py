"""Bounds that comments of lib/nn state are asserted where a build asks for it; the generator proves the same ones."""

import re
import subprocess

import pytest
from firmware_models import FIRMWARE, needs

from ecgprune.codegen.kernels import depthwise_3x3, dual, row_smlad
from ecgprune.codegen.lowering import rescaling

NN = FIRMWARE / "lib/nn"
CASES = {
    "conv_dual": (
        "-22, -2",
        """
#include "ecgp_conv_dual.h"
int main(void)
{
    static const int32_t bias[2] = {5, 5}, multiplier[2] = {1 << 30, 1 << 30}, weights[2] = {1, 0};
    static const int8_t shift[2] = {SHIFT, SHIFT};
    const ecgp_conv_dual_params p = {
        .window = {1, 1, 6, 4, 1, 6, 1, 1, 1, 1, 0, 0, 0},
        .requant = {bias, multiplier, shift, 1, 0, -128, 127},
        .pool = 1, .runs = 1, .run = 4, .run_step = 0, .outputs = 2, .words = 2, .weights = weights};
    int8_t input[24] = {0}, output[12];
    int32_t scratch[8];

    ecgp_conv_dual_s8(&p, input, output, scratch);
    return 0;
}
""",
    ),
    "fully_connected_smlad": (
        "-31, -1",
        """
#include "ecgp_fully_connected.h"
int main(void)
{
    static const int32_t bias[1] = {5}, multiplier[1] = {1 << 30}, weights[1] = {1};
    static const int8_t shift[1] = {SHIFT};
    const ecgp_fully_connected_smlad_params p = {{bias, multiplier, shift, 0, 0, -128, 127}, 1, 4, 1, weights};
    int8_t input[4] = {0}, output[1];

    ecgp_fully_connected_smlad_s8(&p, input, output, NULL);
    return 0;
}
""",
    ),
}


def program(folder, kernel, shift, *flags):
    """The exit status and the words of a call with this shift."""
    needs("gcc")
    source = folder / "main.c"
    source.write_text(f"#include <stddef.h>\n#define SHIFT ({shift}){CASES[kernel][1]}")
    kernels = [str(NN / f"ecgp_{name}.c") for name in ("conv_dual", "fully_connected")]
    command = ["gcc", "-std=c99", "-O1", *flags, f"-I{NN}", str(source), *kernels, "-o", str(folder / "main")]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(folder / "main")], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize("kernel", list(CASES))
def test_an_assert_fires_just_beyond_the_bound(kernel, tmp_path):
    least, most = (int(x) for x in CASES[kernel][0].split(","))
    for shift, fires in ((least - 1, True), (least, False), (most, False), (most + 1, True)):
        if shift < -31 and kernel != "conv_dual":
            continue  # -32 is no shift of ecgp_requant
        status, said = program(tmp_path, kernel, shift, "-DECGP_ASSERT_ENABLED")
        assert (status != 0) == fires, (shift, said)
        if fires:
            assert f"ecgp_requant_is_within(&p->requant, p->outputs, {CASES[kernel][0]})" in said


def test_asserts_are_off_by_default_and_may_be_ones_own(tmp_path):
    assert program(tmp_path, "conv_dual", -1) == (0, "")
    own = ["-include", "stdlib.h", "-DECGP_ASSERT(condition)=((condition) ? (void)0 : exit(3))"]
    assert program(tmp_path, "conv_dual", -1, *own) == (3, "")
    assert program(tmp_path, "conv_dual", -2, *own) == (0, "")


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("conv_smlad", rescaling.RESCALE), ("conv_smlal", rescaling.RESCALE), ("depthwise_conv_smlad", rescaling.RESCALE),
     ("depthwise_conv_3x3_smlad", depthwise_3x3.BOUNDS),
     ("depthwise_conv_row_smlad", depthwise_3x3.BOUNDS), ("conv_row_smlad", row_smlad.BOUNDS),
     ("fully_connected", rescaling.MATRIX), ("fully_connected_bitmap", rescaling.MATRIX),
     ("conv_dual", dual.DUAL), ("fully_connected_dual", rescaling.MATRIX)],
)  # fmt: skip
def test_kernels_assert_and_state_the_bounds_that_the_generator_proves(name, bounds):
    least, most = bounds.right
    code = (NN / f"ecgp_{name}.c").read_text()
    asserted = re.findall(r"requant_is_within\(&p->requant, [^,]+, (-?\d+), (-?\d+)\)", code)
    assert (str(-most), str(-least)) in asserted
    assert set(asserted) <= {(str(-most), str(-least)), ("-31", "30")}
    header = (NN / f"ecgp_{name}.h").read_text()
    assert f"shifts {-most} to {-least}" in header
    assert f"128 * sum|w| + |bias| < 2^{bounds.reach.bit_length() - 1}" in header
    assert bounds.reach.bit_count() == 1
