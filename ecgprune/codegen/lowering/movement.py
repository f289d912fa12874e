"""Operators that move elements: nested loops over runs of bytes (ecgp_copy), and runs found in a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer
from ecgprune.graph.graph import Op, Tensor

__all__ = ["COPY", "COSTS", "TABLE", "Loop", "copy_call", "copy_params", "runs", "same_bytes", "steps",
           "table_call"]  # fmt: skip

COPY, TABLE = "ecgp_copy", "ecgp_copy_table"

_LEVELS = 6
"""ECGP_COPY_LEVELS in firmware/lib/nn/ecgp_copy.h."""
LONG = 64
"""ECGP_COPY_LONG in firmware/lib/nn/ecgp_copy_runs.h."""
_GATHERED = 8192
"""Bytes between two elements at most that Helium gathers; see ecgp_copy_bytes() in the same file."""


@dataclass(frozen=True)
class Loop:
    """A loop over elements: its turns, and the elements that input and output move by from one to the next."""

    count: int
    input_step: int
    output_step: int


def steps(shape: Sequence[int]) -> list[int]:
    """Elements from one index to the next, for every dimension of a tensor."""
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def copy_call(
    op: Op, x: Tensor, y: Tensor, loops: Sequence[Loop], begin: tuple[int, int] = (0, 0), note: str = ""
) -> KernelCall:
    """The call that copies elements of `x` to `y`; one without a kernel where all stay in their places.

    Args:
        op: the operator.
        x: the input.
        y: an output, of the same element type.
        loops: the outermost first, at most seven that cannot be merged.
        begin: (element of x, element of y) that the first turn of all loops copies.
        note: for the comment above the call.
    """
    size = x.dtype.itemsize
    run, nest = _nest(loops, size)
    if not nest and begin == (0, 0) and run == x.nbytes == y.nbytes:
        return same_bytes(op, x, y, note)
    params = copy_params(loops, begin, size)
    return KernelCall(op.index, COPY, "ecgp_copy.h", "ecgp_copy_params", params, (x.index,), (y.index,), note=note)


def copy_params(loops: Sequence[Loop], begin: tuple[int, int] = (0, 0), size: int = 1) -> Params:
    """The fields of the C struct ecgp_copy_params.

    Args:
        loops: the outermost first, at most seven that cannot be merged.
        begin: (element of the input, element of the output) that the first turn of all loops copies.
        size: bytes of an element.
    """
    run, nest = _nest(loops, size)
    assert len(nest) <= _LEVELS + 1
    inner = nest.pop(_innermost(nest)) if nest else Loop(1, 0, 0)
    advances = []
    back_in = back_out = 0  # what the loops within have moved on by
    for loop in reversed(nest):
        advances.append((loop.count, loop.input_step - back_in, loop.output_step - back_out))
        back_in += (loop.count - 1) * loop.input_step
        back_out += (loop.count - 1) * loop.output_step
    return {
        "input_offset": begin[0] * size,
        "output_offset": begin[1] * size,
        "run": run,
        "count": inner.count,
        "input_step": inner.input_step,
        "output_step": inner.output_step,
        "levels": len(nest),
        "loops": Array("loops", "int32_t", np.array(advances, np.int32)) if advances else None,
    }


def same_bytes(op: Op, x: Tensor, y: Tensor, note: str = "") -> KernelCall:
    """A call without a kernel: the output is the input's memory."""
    return KernelCall(op.index, "", "", "", {}, (x.index,), (y.index,), in_place=True, note=note)


def _nest(loops: Sequence[Loop], size: int) -> tuple[int, list[Loop]]:
    """(bytes of a run, the loops around it in bytes, the outermost first): loops that are one are merged."""
    found: list[Loop] = []
    for loop in [*(Loop(n.count, n.input_step * size, n.output_step * size) for n in loops), Loop(size, 1, 1)]:
        if loop.count == 1:
            continue
        whole = Loop(0, loop.count * loop.input_step, loop.count * loop.output_step)
        if found and (found[-1].input_step, found[-1].output_step) == (whole.input_step, whole.output_step):
            loop = Loop(found.pop().count * loop.count, loop.input_step, loop.output_step)
        found.append(loop)
    if found and (found[-1].input_step, found[-1].output_step) == (1, 1):
        return found.pop().count, found
    return 1, found


def _innermost(nest: Sequence[Loop]) -> int:
    """Which loop to have inside: one that fills the output in order, if it is long enough, or the longest."""
    last = nest[-1]
    if last.output_step == 1 and last.count >= 8:
        return len(nest) - 1
    return max(range(len(nest)), key=lambda i: (nest[i].count, i))


def table_call(
    op: Op, x: Tensor, y: Tensor, batches: int, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], run: int
) -> KernelCall:
    """The call that fills the output, in order, with runs of elements at batch + row + column of the input.

    Args:
        op: the operator.
        x: the input, of as many elements in each batch.
        y: the output.
        batches: 1 and more.
        rows: elements from the batch's begin.
        columns: elements from there.
        run: elements that are copied at once.
    """
    size = x.dtype.itemsize
    return KernelCall(
        op=op.index,
        kernel=TABLE,
        header="ecgp_copy.h",
        params_type="ecgp_copy_table_params",
        params={
            "batches": batches,
            "batch_step": x.nbytes // batches,
            "rows": rows.size,
            "columns": columns.size,
            "run": run * size,
            "row_at": Array("row_at", "int32_t", (rows * size).astype(np.int32)),
            "column_at": Array("column_at", "int32_t", (columns * size).astype(np.int32)),
        },
        inputs=(x.index,),
        outputs=(y.index,),
    )


def runs(bytes_each: int, count: int) -> Features:
    """What copying some runs of bytes takes, as ecgp_copy_run() does it."""
    if bytes_each >= LONG:
        return {"long_run": count, "long_word": count * (bytes_each // 4), "long_byte": count * (bytes_each % 4)}
    return {"run": count, "run_word": count * (bytes_each // 4), "run_byte": count * (bytes_each % 4),
            "run_vector": count * -(-bytes_each // 16)}  # fmt: skip


def _copy_features(call: KernelCall) -> Features:
    """Cost rule of ecgp_copy: by turn of the two inner loops, and by run and word, or by single byte."""
    loops = [int(n) for n in array(call, "loops").data[:, 0]] if integer(call, "levels") else []
    times, count, run = math.prod(loops), integer(call, "count"), integer(call, "run")
    turns = sum(math.prod(loops[level:]) for level in range(2, len(loops) + 1))  # of loops that are done
    found: Features = {"loop": math.prod(loops[1:]), "turn": turns, "row": times}
    if run > 1:
        return found | runs(run, times * count)
    gathered = integer(call, "output_step") == 1 and 0 <= integer(call, "input_step") <= _GATHERED
    fours, ones = times * (count // 4), times * (count % 4)
    scattered = 0 if gathered else 1
    return found | {
        "bytes": times,
        "bytes_by_four": times if count >= 4 else 0,
        "four": fours,
        "one": ones,
        "gathered": times * (count // 8) if gathered else 0,  # on Helium, which does the others as all cores do
        "gathered_rest": times if gathered and count % 8 else 0,
        "scattered_row": scattered * times,
        "scattered_four": scattered * fours,
        "scattered_one": scattered * ones,
    }


def _table_features(call: KernelCall) -> Features:
    """Cost rule of ecgp_copy_table: by row, and by run and word."""
    rows = integer(call, "batches") * integer(call, "rows")
    return {"row": rows, **runs(integer(call, "run"), rows * integer(call, "columns"))}


COSTS = {COPY: _copy_features, TABLE: _table_features}
"""The cost rules of the kernels that move elements."""
