"""FULLY_CONNECTED layers drawn and written by hand for the tests of its kernels."""

from contextlib import contextmanager
from unittest import mock

import numpy as np
import weighted
from hypothesis import settings
from hypothesis import strategies as st

from ecgprune.codegen.kernels import matrix

EXAMPLES = settings(max_examples=8, deadline=None)
ANY = "ecgp_fully_connected_s8"
SMLAD = "ecgp_fully_connected_smlad_s8"
SPARSE = "ecgp_fully_connected_sparse_s8"
BLOCKS = "ecgp_fully_connected_sparse_blocks_s8"
BITMAP = "ecgp_fully_connected_sparse_bitmap_s8"
DUAL = "ecgp_fully_connected_dual_s8"
KERNELS = [ANY, SMLAD, DUAL, SPARSE, BLOCKS, BITMAP]


def add(net, case, leading, depth, outputs, keep=True, **options):
    """leading: sizes before the last dimension. keep: the output has them too, else they are flattened to one."""
    values = weighted.weights(case, (outputs, depth))
    if not case.extreme:
        values = np.maximum(values, -127)  # DUAL takes no -128 above a negative weight
    inputs = weighted.add_inputs(net, case, (*leading, depth), values, outputs, 0)
    shape = (*leading, outputs) if keep else (int(np.prod(leading)), outputs)
    return net.apply(
        "FULLY_CONNECTED",
        inputs,
        shape,
        (1.0, case.output_zero),
        fused_activation_function=case.activation,
        keep_num_dims=keep,
        **options,
    )


cases = st.tuples(
    weighted.drawn,
    st.sampled_from([(1,), (1,), (3,), (1, 2), (2, 1, 2)]),
    st.one_of(st.integers(1, 24), st.sampled_from([255, 256, 300, 601])),
    st.one_of(st.integers(1, 11), st.sampled_from([16, 17, 37])),
    st.booleans(),
)


@contextmanager
def preferring(kernel):
    """The planner takes this kernel wherever it can, blocks even where they do not pay."""
    with weighted.preferring(kernel), mock.patch.object(matrix, "BLOCK_FILL", 2**32):
        yield


def a_case(**changes):
    """A written case, with the changed fields of `weighted.Drawn`."""
    fields = {
        "seed": 1, "zeros": 0.5, "extreme": False, "exponent": -9, "tie": False, "per_channel": False, "bias": "small",
        "input_zero": -7, "output_zero": 3, "activation": "NONE",
    }  # fmt: skip
    return weighted.Drawn(**{**fields, **changes})
