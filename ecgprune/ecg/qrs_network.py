"""The network of the QRS detector: a candidate's score from ratios; firmware/lib/ecg/ecgp_qrs_network.c is its equal.

One hidden layer of ReLU. Features are in 32nds; so are weights, and what the hidden layer gives. The score is in
1024ths of a natural logarithm of the odds that the candidate is a beat. Sums fit in 32 bits whatever the features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.qrs_weights import HIDDEN, WEIGHTS

__all__ = ["Network", "inputs", "network"]

LEAD_FEATURES, COMMON_FEATURES = 7, 4
SHIFT = 5  # of what the hidden layer gives


@dataclass(frozen=True, eq=False)
class Network:
    """Integer weights.

    Attributes:
        hidden: [hidden, features], -128 to 127.
        hidden_bias: [hidden], in 1024ths, 16 bits.
        out: [hidden], -128 to 127.
        out_bias: in 1024ths, 16 bits.
    """

    hidden: NDArray[np.int64]
    hidden_bias: NDArray[np.int64]
    out: NDArray[np.int64]
    out_bias: int

    def score(self, features: Sequence[int]) -> int:
        """The score of one candidate from its features, -127 to 127."""
        given = np.maximum((self.hidden @ np.array(features, np.int64) + self.hidden_bias) >> SHIFT, 0)
        return int(self.out @ given) + self.out_bias


def inputs(leads: int) -> int:
    """How many features a candidate has."""
    return LEAD_FEATURES * leads + COMMON_FEATURES


def network(leads: int) -> Callable[[Sequence[int]], int]:
    """The score function for one lead or two, with the trained weights."""
    hidden, hidden_bias, out, out_bias = WEIGHTS[leads]
    table = np.array(hidden, np.int64).reshape(HIDDEN, inputs(leads))
    return Network(table, np.array(hidden_bias, np.int64), np.array(out, np.int64), out_bias).score
