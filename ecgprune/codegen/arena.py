"""Where each activation lives in the arena, and for how long.

Time is the index of a kernel call; START is before the first (the caller fills the inputs) and the number of calls
is after the last (the caller reads the outputs). A reshape and its input form one buffer. State, which has to last from
one invocation to the next, comes first in the arena and shares its place with nothing. Of buffers that are needed at
the same time, only an output or a copy and an input that its call is the last to read may overlap, as far as the
kernel's order of reading and writing lets them: see order.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ecgprune.codegen import ops
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.order import Overlap, overlap
from ecgprune.codegen.placing import Buffer, aligned, place
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph

__all__ = ["START", "Arena", "assign", "bytes_beside", "call_bytes", "reach"]

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


Reach = Callable[[KernelCall], Mapping[int, Overlap]]
"""See `reach`."""


def assign(graph: Graph, calls: Sequence[KernelCall], trials: int = 0, known: Reach | None = None) -> Arena:
    """Offsets for every activation that the calls or the graph's interface mention, and for the calls' scratch.

    Args:
        graph: the tensors' sizes, and which of them the caller fills and reads.
        calls: in the order they are made.
        trials: how long to search for a smaller arena, see `placing.place`.
        known: answers what `reach` would, to who asks often; None: `reach` is called.

    Raises:
        CodegenError: a call reads a tensor that nothing wrote, or an output of the graph is a constant.
    """
    states = _state_buffers(graph, calls)
    state_bytes = place(states)
    tensors = _tensor_buffers(graph, calls, known or functools.partial(reach, graph))
    others = [*tensors, *_scratch_buffers(calls, tensors)]
    nbytes = state_bytes + place(others, trials)
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
    """The least bytes that a call's tensors and working memory take, if it is the last to read its inputs."""
    nbytes = [aligned(graph.tensor(t).nbytes) for t in dict.fromkeys((*call.outputs, *call.inputs))]
    tensors = max(nbytes, default=0) if not call.kernel or reach(graph, call) else sum(nbytes)
    shared = aligned(graph.tensor(call.inputs[0]).nbytes) if call.scratch_over_input else 0
    return tensors + max(call.scratch_bytes - shared, 0)


def bytes_beside(graph: Graph, calls: Sequence[KernelCall]) -> dict[int, int]:
    """Operator -> bytes of the tensors that are needed while its calls run, but not by them; the call with the most.

    Args:
        graph: as for `assign`.
        calls: in the order they are made.
    """
    buffers = [*_state_buffers(graph, calls), *_tensor_buffers(graph, calls, functools.partial(reach, graph))]
    found: dict[int, int] = {}
    for i, call in enumerate(calls):
        own = {*call.inputs, *call.states, *call.outputs}
        others = (b for b in buffers if b.first <= i <= b.last and own.isdisjoint(b.tensors))
        found[call.op] = max(found.get(call.op, 0), sum(aligned(b.nbytes) for b in others))
    return found


def _state_buffers(graph: Graph, calls: Sequence[KernelCall]) -> list[Buffer]:
    used = dict.fromkeys(t for call in calls for t in call.states)
    return [Buffer(graph.tensor(t).nbytes, START, len(calls), [t]) for t in used]


def _scratch_buffers(calls: Sequence[KernelCall], tensors: Sequence[Buffer]) -> list[Buffer]:
    buffers = [Buffer(c.scratch_bytes, i, i, call=i) for i, c in enumerate(calls) if c.scratch_bytes]
    for buffer, i in ((b, b.call) for b in buffers if b.call is not None and calls[b.call].scratch_over_input):
        copied = next(b for b in tensors if calls[i].inputs[0] in b.tensors)
        if copied.last == i and not any(t in copied.tensors for t in calls[i].inputs[1:]):
            buffer.over[id(copied)] = Overlap(0)
    return buffers


def _tensor_buffers(graph: Graph, calls: Sequence[KernelCall], known: Reach) -> list[Buffer]:
    last_use = {t: len(calls) for t in graph.outputs}
    for i, call in enumerate(calls):
        for t in call.inputs:
            last_use[t] = max(last_use.get(t, i), i)
    done = {t: i for i, call in enumerate(calls) for t in call.outputs}
    for op in graph.ops:  # an operator's outputs are traced when all of them are there
        done |= dict.fromkeys(op.outputs, max((done.get(t, START) for t in op.outputs), default=START))
    home: dict[int, Buffer] = {}
    buffers: list[Buffer] = []

    def put(tensor: int, now: int, buffer: Buffer | None = None) -> None:
        nbytes = graph.tensor(tensor).nbytes
        if buffer is None:
            buffer = Buffer(nbytes, now, now)
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
                put(t, i, home[call.inputs[0]] if k == 0 and not call.kernel else None)
            home[t].last = max(home[t].last, done[t])
    for t in graph.outputs:
        if t not in home:
            raise CodegenError(f"graph output {t} ({graph.tensor(t).name!r}) is written by no operator")
    _let_overlap(calls, home, known)
    return buffers


def _let_overlap(calls: Sequence[KernelCall], home: Mapping[int, Buffer], known: Reach) -> None:
    """Tells every output's buffer how far it may reach into the inputs that its call is the last to read."""
    for i, call in enumerate(calls):
        ways = known(call)
        if not ways or home[call.outputs[0]].first != i:
            continue
        output = home[call.outputs[0]]
        for t in ways:
            buffer = home[t]
            aliases = [k for k in call.inputs if home[k] is buffer]
            if buffer is not output and buffer.last == i and all(k in ways for k in aliases):
                found = [ways[k] for k in aliases]
                output.over[id(buffer)] = Overlap(max(o.distance for o in found), all(o.same for o in found))


def reach(graph: Graph, call: KernelCall) -> Mapping[int, Overlap]:
    """Input -> where the call's first output may begin, for inputs that it may overlap.

    Args:
        graph: the tensors' sizes.
        call: a call; that it is the last to read the input is not asked.
    """
    if not call.kernel or not call.outputs:
        return {}
    if call.in_place:
        nbytes = graph.tensor(call.outputs[0]).nbytes
        alike = [t for k, t in enumerate(call.inputs) if k == 0 or graph.tensor(t).nbytes == nbytes]
        return dict.fromkeys(alike, Overlap(0, same=True))
    rule = ops.orders().get(call.kernel)
    return {} if rule is None or len(call.inputs) != 1 else {call.inputs[0]: overlap(graph, call, rule)}
