"""Operators on one tensor that are tables: generated C against TFLM for all 256 bytes.

The interpreter deviates in all of them but ELU, which its reference kernels do not have: see tests/verify.
"""

import numpy as np
from lookup_cases import CASES
from networks import Net
from oracle import assert_bit_exact

ALL = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)


def network(*names):
    net = Net()
    x = {}
    for name in names:
        for before, after, options in CASES[name]:
            x[before] = x.get(before) or net.input((1, 256), before)
            net.apply(name, x[before], (1, 256), after, **options)
    return net


def test_all_tables_equal_tflm_for_all_bytes():
    net = network(*CASES)
    assert_bit_exact(net.blob(), [[ALL] * len(net.inputs)], interpreter=False)
