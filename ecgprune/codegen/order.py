"""In which order a kernel reads its input and writes its output, and so how far the two may overlap in memory.

A kernel that goes through its output from the first byte to the last, and likewise through its input, may write where
it does not read any more: the output begins at some distance below the input and ends within it. The two then take
little more memory than the larger one. A kernel whose rule is in OperatorSpec.orders of its operator does so.

The order is a list of steps. A step is (first position, position behind the last one) of the output, positions counted
along rows, then down, then from image to image. It reads nothing below the window of its first position and writes
nothing behind its last one. Steps may go back a little, as kernels do that move the last tile back into its row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import integer
from ecgprune.graph.graph import Graph

__all__ = ["Geometry", "Order", "Overlap", "Steps", "by_chunk", "by_position", "by_row", "by_tile", "overlap"]


@dataclass(frozen=True)
class Geometry:
    """The fields of those names of ecgp_rows."""

    batches: int
    input_h: int
    input_w: int
    output_h: int
    output_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    pad_left: int

    @classmethod
    def of(cls, call: KernelCall) -> Geometry:
        return cls(*(integer(call, field.name) for field in fields(cls)))

    @property
    def lines(self) -> int:
        """Rows of all images of the output."""
        return self.batches * self.output_h

    @property
    def positions(self) -> int:
        """Of the output."""
        return self.lines * self.output_w

    def read_from(self, position: int, nbytes: int) -> int:
        """The lowest byte that windows read from a position on; by whole rows where there are several.

        Args:
            position: of the output.
            nbytes: of the input.
        """
        line, x = divmod(position, self.output_w)
        batch, y = divmod(line, self.output_h)
        row_bytes = nbytes // (self.batches * self.input_h)
        row = min(max(y * self.stride_h - self.pad_top, 0), self.input_h)
        columns = 0
        if self.output_h == self.input_h == 1:
            columns = min(max(x * self.stride_w - self.pad_left, 0), self.input_w)
        return (batch * self.input_h + row) * row_bytes + columns * (row_bytes // self.input_w)


@dataclass(frozen=True)
class Steps:
    """See above.

    Attributes:
        spans: (first position, position behind the last one) of each step.
        copied: whether a step has read all its input before it writes.
        same: whether the output may begin at the input's first byte, whatever the steps say.
        geometry: None: that of the call's ecgp_rows.
    """

    spans: Sequence[tuple[int, int]]
    copied: bool = False
    same: bool = False
    geometry: Geometry | None = None


@dataclass(frozen=True)
class Overlap:
    """Where an output may begin that overlaps its input.

    Attributes:
        distance: bytes below the input, at least; less than 0: above it.
        same: whether at its first byte, too.
    """

    distance: int
    same: bool = False


Order = Callable[[KernelCall], Steps]
"""The rule of a kernel whose parameters have the fields of ecgp_rows."""


def overlap(graph: Graph, call: KernelCall, order: Order) -> Overlap:
    """Where the call's output may begin that overlaps its input.

    Args:
        graph: the tensors' sizes.
        call: a call with one input.
        order: the kernel's.
    """
    steps = order(call)
    at = steps.geometry or Geometry.of(call)
    nbytes_in, nbytes_out = (graph.tensor(side[0]).nbytes for side in (call.inputs, call.outputs))
    read = [at.read_from(first, nbytes_in) for first, _ in steps.spans]
    later = list(itertools.accumulate(reversed(read), min))[::-1]
    if steps.copied:
        later = [*later[1:], nbytes_in]
    written = itertools.accumulate((-(-behind * nbytes_out // at.positions) for _, behind in steps.spans), max)
    return Overlap(max(w - r for w, r in zip(written, later, strict=True)), steps.same)


def by_row(in_row: Order) -> Order:
    """A row of the output after the other, and where there is only one, the order `in_row`."""

    def order(call: KernelCall) -> Steps:
        width, lines = Geometry.of(call).output_w, Geometry.of(call).lines
        return in_row(call) if lines == 1 else Steps([(i * width, (i + 1) * width) for i in range(lines)])

    return order


def by_position(call: KernelCall) -> Steps:
    """A position after the other."""
    return Steps([(position, position + 1) for position in range(Geometry.of(call).positions)])


def by_tile(size: int, copied: bool = False) -> Order:
    """Tiles of `size` positions, the last one moved back to end with the output. copied: as in `by_chunk`."""

    def order(call: KernelCall) -> Steps:
        width = Geometry.of(call).positions
        return Steps([(max(min(x, width - size), 0), min(x + size, width)) for x in range(0, width, size)], copied)

    return order


def by_chunk(copied: bool) -> Order:
    """Chunks of positions. copied: to scratch memory, before outputs are written."""

    def order(call: KernelCall) -> Steps:
        width, chunk = Geometry.of(call).positions, integer(call, "chunk")
        return Steps([(x, min(x + chunk, width)) for x in range(0, width, chunk)], copied)

    return order
