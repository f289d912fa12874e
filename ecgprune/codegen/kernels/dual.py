"""Dense convolutions and matrices with two output channels in each halfword of weights, on cores with SMLAD.

See firmware/lib/nn/ecgp_dual.h for the trick, ecgp_conv_dual.h for the order of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer, outputs
from ecgprune.codegen.kernels.matrix import output_features
from ecgprune.codegen.lowering.rescaling import Bounds, rescale
from ecgprune.codegen.lowering.window import Window

__all__ = ["CONV", "DUAL", "MATRIX", "calls", "features", "joined", "matrix_calls", "matrix_features"]

CONV, MATRIX = "ecgp_conv_dual_s8", "ecgp_fully_connected_dual_s8"

TILE = 4
"""Positions side by side; ECGP_DUAL_TILE in firmware/lib/nn/ecgp_dual.h."""
MATRIX_TILE = 8
"""Outputs of a tile; ECGP_MATRIX_DUAL_TILE in firmware/lib/nn/ecgp_matrix_dual.h."""
DUAL = Bounds((2, 22), 1 << 23)
"""firmware/lib/nn/ecgp_dual.h"""


@dataclass(frozen=True)
class Runs:
    """How a window is copied; the fields of those names in firmware/lib/nn/ecgp_conv_dual.h."""

    runs: int
    run: int
    run_step: int

    @classmethod
    def of(cls, at: Window) -> Runs:
        """A kernel row's bytes lie side by side, or those of each of its columns do."""
        if at.dilation_w == 1:
            return cls(1, at.kernel_w * at.input_c, 0)
        return cls(at.kernel_w, at.input_c, at.dilation_w * at.input_c)

    def pairs(self) -> list[tuple[int, int | None]]:
        """The bytes of a run that are pairs: 0 and 2, and 1 and 3, of four; then 0 and 1, and 2, of those left over."""
        whole = self.run // 4 * 4
        found: list[tuple[int, int | None]] = []
        for four in range(0, whole, 4):
            found += [(four, four + 2), (four + 1, four + 3)]
        found += [(i, i + 1 if i + 1 < self.run else None) for i in range(whole, self.run, 2)]
        return found

    def paired(self, weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
        """Weights as pairs, zeros for bytes that do not exist.

        Args:
            weights: int8 (outputs, kernel rows, kernel columns, channels).

        Returns:
            int8 (outputs, pairs, 2).
        """
        rows = weights.reshape(len(weights), -1, self.run)
        padded = np.pad(rows, [(0, 0), (0, 0), (0, 1)])
        order = np.array([(a, self.run if b is None else b) for a, b in self.pairs()])
        return padded[:, :, order].reshape(len(weights), -1, 2)


def joined(low: npt.NDArray[np.int8], high: npt.NDArray[np.int8]) -> npt.NDArray[np.int32] | None:
    """Two output channels in each halfword: 256 times the weight of one plus that of the other.

    Args:
        low: int8 (..., 2), the weights of a word.
        high: of the other channel.

    Returns:
        int32 (...), the words; None where a halfword does not fit: -128 above a negative weight.
    """
    halves = 256 * high.astype(np.int32) + low
    if halves.min() < -(1 << 15):
        return None
    return np.ascontiguousarray(halves.astype("<i2")).view("<i4")[..., 0].astype(np.int32)


def calls(dense: KernelCall, at: Window, requant: Params, weights: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The dense variant, or nothing where a bound does not hold.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        weights: int8 (outputs, kernel rows, kernel columns, channels), one group.
    """
    channels, runs = len(weights), Runs.of(at)
    rescaling = rescale(requant, weights.reshape(channels, -1), DUAL)
    paired = runs.paired(weights)
    first = np.array([*[0] * (channels % 2), *range(channels % 2, channels, 2)])
    words = joined(paired[first], paired[first + 1]) if channels > 1 else None
    if rescaling is None or words is None:
        return []
    staged = TILE * channels if at.positions < TILE else 0
    call = replace(
        dense,
        kernel=CONV,
        header="ecgp_conv_dual.h",
        params_type="ecgp_conv_dual_params",
        params={
            **at.rows,
            **_per_channel(rescaling, channels),
            "pool": 1,
            **vars(runs),
            "outputs": channels,
            "words": paired.shape[1],
            "weights": Array("weights", "int32_t", words),
        },
        scratch_bytes=4 * TILE * paired.shape[1] + staged,
    )
    return [call]


def _per_channel(rescaling: Params, channels: int) -> Params:
    """The same factors, one for each channel."""
    found = {**rescaling, "requant.per_channel": 1}
    for name in ("requant.multiplier", "requant.shift"):
        factors = rescaling[name]
        assert isinstance(factors, Array)
        found[name] = replace(factors, data=np.resize(factors.data, channels))
    return found


def features(call: KernelCall) -> Features:
    """Cost rule: copied windows, words of weights, requantized outputs."""
    positions = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.output_w")
    tiles, channels = -(-positions // TILE), outputs(call)
    pairs, pooled = tiles * -(-channels // 2), integer(call, "pool") == 2
    run, words = integer(call, "run"), integer(call, "words")
    runs = TILE * tiles * integer(call, "window.kernel_h") * integer(call, "runs")
    outside = _outside(call)
    slow = outside if integer(call, "window.input_c") % 4 else 0.0
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    return {
        "tile": tiles,
        "run": runs,
        "copied_four": runs * (run // 4) * (1 - slow),
        "copied_rest": runs * (run % 4 != 0) * (1 - slow),
        "edge_run": runs * outside,
        "edge_four": runs * -(-run // 4) * slow,
        "odd": tiles * (channels % 2 and channels > 1),
        "pair": 0 if pooled else pairs,
        "pooled_pair": pairs if pooled else 0,
        "word": pairs * words,
        "turn": pairs * -(-words // 8),
        "clamped": clamped * positions // integer(call, "pool") * channels,
    }


def _outside(call: KernelCall) -> float:
    """Share of the runs that are not wholly in the input."""
    width = integer(call, "window.input_w") * integer(call, "window.input_c")
    step = integer(call, "window.stride_w") * integer(call, "window.input_c")
    first = np.arange(integer(call, "window.output_w")) * step
    first -= integer(call, "window.pad_left") * integer(call, "window.input_c")
    begins = first[:, None] + np.arange(integer(call, "runs")) * integer(call, "run_step")
    across = ((begins >= 0) & (begins + integer(call, "run") <= width)).mean()
    rows = np.arange(integer(call, "window.output_h")) * integer(call, "window.stride_h")
    rows -= integer(call, "window.pad_top")
    seen = rows[:, None] + np.arange(integer(call, "window.kernel_h")) * integer(call, "window.dilation_h")
    down = ((seen >= 0) & (seen < integer(call, "window.input_h"))).mean()
    return float(1 - across * down)


def matrix_calls(dense: KernelCall, shape: Params, values: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The dense product with a matrix, or nothing where two weights do not fit a halfword, or sums their bound.

    Args:
        dense: the variant without bounds.
        shape: the fields that all variants share, requantized as `rescaling.MATRIX` asks.
        values: int8 weights (outputs, depth).
    """
    depth = values.shape[1]
    words = _matrix(values)
    if words is None or 128 * np.abs(values.astype(np.int64)).sum(axis=1).max() >= DUAL.reach:
        return []
    call = replace(
        dense,
        kernel=MATRIX,
        header="ecgp_fully_connected_dual.h",
        params_type="ecgp_fully_connected_dual_params",
        params={**shape, "weights": Array("weights", "int32_t", words)},
        scratch_bytes=-(-depth // 4) * 4 if depth % 4 else 0,
        takes_scratch=True,
    )
    return [call]


def _matrix(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int32] | None:
    """The words of tiles of eight outputs, then of pairs; the order that ecgp_matrix_dual.h says."""
    count, depth = rows.shape
    tiles = (count + 1) // MATRIX_TILE
    pairs = -(-max(count - MATRIX_TILE * tiles, 0) // 2)
    padded = np.pad(rows, [(0, MATRIX_TILE * tiles + 2 * pairs - count), (0, -depth % 4)])
    fours = padded.reshape(len(padded), -1, 2, 2).swapaxes(2, 3)  # bytes 0 and 2, then 1 and 3
    tiled = fours[: MATRIX_TILE * tiles].reshape(tiles, 2, MATRIX_TILE // 2, *fours.shape[1:])
    paired = fours[MATRIX_TILE * tiles :].reshape(pairs, 2, *fours.shape[1:])
    low = np.concatenate([tiled[:, 0].transpose(0, 2, 3, 1, 4).reshape(-1, 2), paired[:, 0].reshape(-1, 2)])
    high = np.concatenate([tiled[:, 1].transpose(0, 2, 3, 1, 4).reshape(-1, 2), paired[:, 1].reshape(-1, 2)])
    return joined(low, high)


def matrix_features(call: KernelCall) -> Features:
    """Cost rule: tiles of eight outputs, pairs that are left over, words of inputs of each."""
    rows, count, words = integer(call, "rows"), outputs(call), -(-integer(call, "depth") // 4)
    tiles = (count + 1) // MATRIX_TILE
    pairs = -(-max(count - MATRIX_TILE * tiles, 0) // 2)
    return {
        "row": rows,
        "padded": rows * call.scratch_bytes,
        "tile": rows * tiles,
        "tile_word": rows * tiles * words,
        "pair": rows * pairs,
        "pair_word": rows * pairs * words,
        **output_features(call),
    }
