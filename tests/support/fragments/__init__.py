"""One small piece of a network for every operator that code can be generated for.

A module defines `FRAGMENTS`, {TFLite's name: function}. The function gets a `Net` and a random generator, and adds
inputs of its own, the operator (in every type that it takes: int8, int16, uint8), and outputs of its own; other
operators may stand in between. All its inputs and outputs together take at most 240 bytes: the smallest board has 16 KB
of RAM, and every fragment lives there at the same time. Modules are found by scanning.
tests/verify/test_operators_equal.py runs all of them against TFLM: on the host, and on a Cortex-M4, M55 and M0.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping

import numpy as np
from networks import Net

__all__ = ["Fragment", "fragments", "network"]

Fragment = Callable[[Net, np.random.Generator], None]


@functools.cache
def fragments() -> Mapping[str, Fragment]:
    """{operator: its fragment}, sorted by operator."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return dict(sorted(pair for module in modules for pair in module.FRAGMENTS.items()))


def network(*names: str) -> Net:
    """The fragments of these operators side by side; of all operators where none is given."""
    net = Net()
    for name in names or fragments():
        fragments()[name](net, np.random.default_rng(sum(name.encode())))
    return net
