"""Places buffers of different lives in as little memory as it finds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ecgprune.codegen.order import Overlap

__all__ = ["ALIGNMENT", "Buffer", "aligned", "least_bytes", "place"]

ALIGNMENT = 16
"""Bytes that the arena and every tensor in it are aligned to."""

_AT_A_TIME = 16
"""Changes that are tried around one highest buffer."""
_Rival = tuple[int, int, int]
"""A buffer that is needed at the same time as another one: its number, and the ends of an interval. The other one's
offset less its own must not lie within."""


@dataclass
class Buffer:
    """A run of bytes needed from call `first` to call `last`, both included.

    Attributes:
        nbytes: its size.
        first: the first call that needs it.
        last: the last call that needs it.
        tensors: what lies in it.
        call: the call whose scratch this is; None for tensors.
        offset: where `place` has put it.
        over: id of another buffer -> where this one may begin that overlaps it. Buffers that are needed at the same
            time and have no such entry do not overlap.
    """

    nbytes: int
    first: int
    last: int
    tensors: list[int] = field(default_factory=list)
    call: int | None = None
    offset: int = 0
    over: dict[int, Overlap] = field(default_factory=dict)


def aligned(nbytes: int) -> int:
    """The next multiple of ALIGNMENT."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def least_bytes(buffers: Iterable[Buffer]) -> int:
    """A lower bound for the bytes of buffers that are all needed at once."""
    found = list(buffers)
    total = sum(aligned(b.nbytes) for b in found)
    saved = 0
    for over in found:
        under = [(b, over.over[id(b)]) for b in found if id(b) in over.over] if over.over else []
        if under:
            inputs = sum(aligned(b.nbytes) for b, _ in under)
            reach = 0
            if len(under) == 1 and not under[0][1].same:
                reach = aligned(under[0][0].nbytes) + aligned(under[0][1].distance)
            saved += inputs + aligned(over.nbytes) - max(inputs, aligned(over.nbytes), reach)
    return total - saved


def place(buffers: Sequence[Buffer], trials: int = 0) -> int:
    """Sets the offsets.

    Buffers are placed one after the other, each in the lowest gap. No order of them is always the best: largest first
    (TFLM's greedy planner), longest-lived first, as they come and as they go are tried. Then the best order is changed:
    the buffer that reaches highest, or one needed at the same time, is placed earlier or later, and the change is kept
    where it makes the arena no larger. What is changed is drawn from a fixed seed: the result is always the same.

    Args:
        buffers: with their sizes and lives.
        trials: changes that are tried.

    Returns:
        The bytes needed, a multiple of ALIGNMENT.
    """
    keys: list[Callable[[Buffer], tuple[int, ...]]] = [
        lambda b: (-aligned(b.nbytes), b.first, b.last),
        lambda b: (b.first - b.last, -aligned(b.nbytes), b.first),
        lambda b: (b.first, -aligned(b.nbytes), b.last),
        lambda b: (-b.last, -aligned(b.nbytes), b.first),
    ]
    rivals, sizes = _rivals(buffers), [aligned(b.nbytes) for b in buffers]
    orders = [sorted(range(len(buffers)), key=lambda i, key=key: key(buffers[i])) for key in keys]  # type: ignore[misc]
    placed = min((_placed(sizes, rivals, order) for order in orders), key=lambda found: found.nbytes)
    if trials:
        placed = _improved(sizes, rivals, placed, trials, _least(buffers))
    for i, offset in placed.offsets.items():
        buffers[i].offset = offset
    return placed.nbytes


class _Placed(NamedTuple):
    """Buffers that were placed in an order.

    Attributes:
        nbytes: what they need.
        order: their numbers.
        offsets: by number; only some where they need more than was allowed.
    """

    nbytes: int
    order: list[int]
    offsets: dict[int, int]


def _improved(
    sizes: Sequence[int], rivals: Sequence[Sequence[_Rival]], best: _Placed, trials: int, least: int
) -> _Placed:
    """The best that a number of changes of an order lead to; `least` bytes are needed at least."""
    draw = random.Random(0)
    while trials > 0 and best.nbytes > least:
        top = max(best.order, key=lambda i: best.offsets[i] + sizes[i])
        near = [top, *(k for k, _, _ in rivals[top])]
        for _ in range(min(trials, _AT_A_TIME)):
            trials -= 1
            order = list(best.order)
            moved, before = draw.choice(near), draw.choice(near if draw.random() < 0.5 else order)
            order.remove(moved)
            order.insert(order.index(before) if before != moved else 0, moved)
            found = _placed(sizes, rivals, order, best.nbytes)
            if found.nbytes <= best.nbytes:
                improved, best = found.nbytes < best.nbytes, found
                if improved:
                    break
    return best


def _least(buffers: Sequence[Buffer]) -> int:
    """A lower bound for what `place` returns."""
    times = sorted({b.first for b in buffers})
    return max((least_bytes(b for b in buffers if b.first <= t <= b.last) for t in times), default=0)


def _rivals(buffers: Sequence[Buffer]) -> list[list[_Rival]]:
    found: list[list[_Rival]] = [[] for _ in buffers]
    for i, one in enumerate(buffers):
        for k, other in enumerate(buffers):
            if i != k and one.first <= other.last and other.first <= one.last:
                lowest, highest, same = -aligned(one.nbytes), aligned(other.nbytes), False
                if id(other) in one.over:
                    lowest, same = max(lowest, -aligned(one.over[id(other)].distance)), one.over[id(other)].same
                if id(one) in other.over:
                    highest, same = min(highest, aligned(other.over[id(one)].distance)), other.over[id(one)].same
                if same and lowest < 0 < highest:
                    found[i] += [(k, lowest, 0), (k, 0, highest)]
                else:
                    found[i].append((k, lowest, highest))
    return found


def _placed(
    sizes: Sequence[int], rivals: Sequence[Sequence[_Rival]], order: list[int], most: float = math.inf
) -> _Placed:
    """Each buffer in the lowest gap; ends where more than `most` bytes are needed."""
    offsets: dict[int, int] = {}
    nbytes = 0
    for i in order:
        offset = 0
        for lowest, highest in sorted([(offsets[k] + a, offsets[k] + b) for k, a, b in rivals[i] if k in offsets]):
            if lowest < offset < highest:
                offset = highest
        offsets[i] = offset
        nbytes = max(nbytes, offset + sizes[i])
        if nbytes > most:
            break
    return _Placed(nbytes, order, offsets)
