"""Where each activation lives in the arena, and for how long.

Time is the index of a kernel call; START is before the first (the caller fills the inputs) and the number of calls
is after the last (the caller reads the outputs). Tensors that share memory on purpose (a reshape and its input, an
operator that works in place) form one buffer. State, which has to last from one invocation to the next, comes first in
the arena and shares its place with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ecgprune.codegen.call import KernelCall
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph

__all__ = ["ALIGNMENT", "START", "Arena", "assign", "call_bytes", "live_bytes"]

ALIGNMENT = 16
"""Bytes that the arena and every tensor in it are aligned to."""

START = -1


@dataclass(frozen=True)
class Arena:
    """Where tensors and working memory lie in the arena; all in bytes.

    Attributes:
        nbytes: what the caller must provide.
        offsets: tensor index -> byte.
        scratch: call index -> byte.
        state_bytes: what state takes of the arena, from its first byte on.
    """

    nbytes: int
    offsets: Mapping[int, int]
    scratch: Mapping[int, int]
    state_bytes: int = 0


@dataclass
class _Buffer:
    """A run of bytes needed from call `first` to call `last`, both included."""

    nbytes: int
    first: int
    last: int
    tensors: list[int] = field(default_factory=list)
    call: int | None = None  # the call whose scratch this is
    offset: int = 0


def assign(graph: Graph, calls: Sequence[KernelCall]) -> Arena:
    """Offsets for every activation that the calls or the graph's interface mention, and for the calls' scratch.

    Args:
        graph: the tensors' sizes, and which of them the caller fills and reads.
        calls: in the order they are made.

    Raises:
        CodegenError: a call reads a tensor that nothing wrote, or an output of the graph is a constant.
    """
    states = _state_buffers(graph, calls)
    state_bytes = _place(states)
    others = [*_tensor_buffers(graph, calls), *_scratch_buffers(calls)]
    nbytes = state_bytes + _place(others)
    for buffer in others:
        buffer.offset += state_bytes
    buffers = [*states, *others]
    return Arena(
        nbytes=nbytes,
        offsets={t: b.offset for b in buffers for t in sorted(b.tensors)},
        scratch={b.call: b.offset for b in buffers if b.call is not None},
        state_bytes=state_bytes,
    )


def call_bytes(graph: Graph, call: KernelCall) -> int:
    """The least bytes that a call's tensors take."""
    nbytes = [_aligned(graph.tensor(t).nbytes) for t in dict.fromkeys((*call.outputs, *call.inputs))]
    return max(nbytes, default=0) if call.in_place else sum(nbytes)


def live_bytes(graph: Graph, calls: Sequence[KernelCall]) -> dict[int, int]:
    """Operator -> bytes of all tensors that are needed while its calls run, the call with the most of them.

    Args:
        graph: as for `assign`.
        calls: in the order they are made.
    """
    buffers = [*_state_buffers(graph, calls), *_tensor_buffers(graph, calls)]
    found: dict[int, int] = {}
    for i, call in enumerate(calls):
        nbytes = sum(_aligned(b.nbytes) for b in buffers if b.first <= i <= b.last)
        found[call.op] = max(found.get(call.op, 0), nbytes)
    return found


def _state_buffers(graph: Graph, calls: Sequence[KernelCall]) -> list[_Buffer]:
    used = dict.fromkeys(t for call in calls for t in call.states)
    return [_Buffer(graph.tensor(t).nbytes, START, len(calls), [t]) for t in used]


def _scratch_buffers(calls: Sequence[KernelCall]) -> list[_Buffer]:
    return [_Buffer(c.scratch_bytes, i, i, call=i) for i, c in enumerate(calls) if c.scratch_bytes]


def _tensor_buffers(graph: Graph, calls: Sequence[KernelCall]) -> list[_Buffer]:
    last_use = {t: len(calls) for t in graph.outputs}
    for i, call in enumerate(calls):
        for t in call.inputs:
            last_use[t] = max(last_use.get(t, i), i)
    done = {t: i for i, call in enumerate(calls) for t in call.outputs}
    for op in graph.ops:  # an operator's outputs are traced when all of them are there
        done |= dict.fromkeys(op.outputs, max((done.get(t, START) for t in op.outputs), default=START))
    home: dict[int, _Buffer] = {}
    buffers: list[_Buffer] = []

    def put(tensor: int, now: int, buffer: _Buffer | None = None) -> None:
        nbytes = graph.tensor(tensor).nbytes
        if buffer is None:
            buffer = _Buffer(nbytes, now, now)
            buffers.append(buffer)
        buffer.tensors.append(tensor)
        buffer.nbytes = max(buffer.nbytes, nbytes)
        buffer.last = max(buffer.last, last_use.get(tensor, now))
        home[tensor] = buffer

    for t in graph.inputs:
        if t not in home:
            put(t, START)
    for i, call in enumerate(calls):
        for t in call.inputs:
            if t not in home:
                name = graph.tensor(t).name
                raise CodegenError(f"operator {call.op} reads tensor {t} ({name!r}), which nothing writes before it")
        for k, t in enumerate(call.outputs):
            if t not in home:  # else another call of the same operator wrote a part of it
                put(t, i, _shared(call, home, last_use, i) if k == 0 else None)
            home[t].last = max(home[t].last, done[t])
    for t in graph.outputs:
        if t not in home:
            raise CodegenError(f"graph output {t} ({graph.tensor(t).name!r}) is written by no operator")
    return buffers


def _shared(call: KernelCall, home: Mapping[int, _Buffer], last_use: Mapping[int, int], now: int) -> _Buffer | None:
    """The buffer that the call's first output may share with its first input, None to make a new one."""
    if not call.in_place:
        return None
    buffer = home[call.inputs[0]]
    if not call.kernel:  # the same bytes under another name: whoever still reads the input reads them unchanged
        return buffer
    read_later = any(last_use.get(t, START) > now for t in buffer.tensors)
    read_twice = any(home[t] is buffer for t in call.inputs[1:])
    return None if read_later or read_twice else buffer


def _place(buffers: list[_Buffer]) -> int:
    """Sets the offsets. Returns the bytes needed, a multiple of ALIGNMENT.

    Buffers are placed one after the other, each in the lowest gap among those alive at the same time. No order is
    always the best: largest first (TFLM's greedy planner), longest-lived first and as they come are tried.
    """
    orders: list[Callable[[_Buffer], tuple[int, ...]]] = [
        lambda b: (-_aligned(b.nbytes), b.first, b.last),
        lambda b: (b.first - b.last, -_aligned(b.nbytes), b.first),
        lambda b: (b.first, -_aligned(b.nbytes), b.last),
        lambda b: (-b.last, -_aligned(b.nbytes), b.first),
    ]
    sizes = [_place_in_order(sorted(buffers, key=order)) for order in orders]
    return _place_in_order(sorted(buffers, key=orders[sizes.index(min(sizes))]))


def _place_in_order(buffers: list[_Buffer]) -> int:
    placed: list[_Buffer] = []
    for buffer in buffers:
        rivals = (b for b in placed if b.first <= buffer.last and buffer.first <= b.last)
        offset = 0
        for rival in sorted(rivals, key=lambda b: b.offset):
            if offset + buffer.nbytes <= rival.offset:
                break
            offset = max(offset, rival.offset + _aligned(rival.nbytes))
        buffer.offset = offset
        placed.append(buffer)
    return max((b.offset + _aligned(b.nbytes) for b in buffers), default=0)


def _aligned(nbytes: int) -> int:
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
