"""The arena: nothing overlaps that lives at the same time, checked by replaying the calls byte by byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgprune.codegen.arena import Arena, assign, reach
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.order import Overlap
from ecgprune.codegen.placing import ALIGNMENT
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Tensor

NOBODY = -1
SCRATCH = -2


def graph_of(sizes, inputs, outputs):
    tensors = tuple(Tensor(i, f"t{i}", (n,), np.dtype(np.int8)) for i, n in enumerate(sizes))
    return Graph(tensors, (), tuple(inputs), tuple(outputs), "0" * 64)


def call(inputs, outputs, scratch=0, in_place=False, kernel="k", op=0, states=()):
    return KernelCall(
        op, kernel, "k.h", "p", {}, tuple(inputs), tuple(outputs), scratch, in_place=in_place, states=tuple(states)
    )


def replay(graph: Graph, calls: list[KernelCall], arena: Arena, over: Mapping[int, Overlap]) -> None:
    """Runs the calls on an arena whose every byte knows the tensor it holds; fails where one was overwritten.

    Independent of lifetimes: it looks only at offsets, and at what each call reads and writes. over: number of a call
    that is not in place -> where its first output may begin, to overlap its first input.
    """
    owner = np.full(arena.nbytes, NOBODY)
    same = list(range(len(graph.tensors)))  # tensor -> whose bytes it has (a reshape has its input's)

    def span(tensor):
        start = arena.offsets[tensor]
        assert start % ALIGNMENT == 0
        assert start + graph.tensor(tensor).nbytes <= arena.nbytes
        return slice(start, start + graph.tensor(tensor).nbytes)

    def read(tensor, who):
        assert np.all(owner[span(tensor)] == same[tensor]), f"{who} reads tensor {tensor}, which was overwritten"

    def overlap(a, b):
        return a.start < b.stop and b.start < a.stop

    states = {t for step in calls for t in step.states}
    for t in states:
        assert span(t).stop <= arena.state_bytes
    for t in (*states, *graph.inputs):
        owner[span(t)] = t
    for t in (*states, *graph.inputs):
        read(t, "call 0")
    for i, step in enumerate(calls):
        for t in step.inputs:
            read(t, f"call {i}")
        if not step.kernel:
            assert span(step.inputs[0]).start == span(step.outputs[0]).start
            same[step.outputs[0]] = same[step.inputs[0]]
            continue
        for t in step.states:
            read(t, f"call {i}")
        busy = [span(t) for t in (*step.inputs, *step.states, *step.outputs)]
        if step.scratch_bytes:
            place = slice(arena.scratch[i], arena.scratch[i] + step.scratch_bytes)
            assert place.start % ALIGNMENT == 0
            if step.scratch_over_input and place.start <= span(step.inputs[0]).start:
                assert not any(overlap(place, span(t)) for t in step.inputs[1:])
                busy = [span(t) for t in (*step.states, *step.outputs)]
            assert not any(overlap(place, b) for b in busy)
            owner[place] = SCRATCH
        for k, t in enumerate(step.outputs):
            for source in step.inputs:
                alike = source == step.inputs[0] or graph.tensor(source).nbytes == graph.tensor(t).nbytes
                way = Overlap(0) if step.in_place and alike else over.get(i) if source == step.inputs[0] else None
                down = span(source).start - span(t).start
                allowed = k == 0 and way is not None and (down >= way.distance or (way.same and down == 0))
                assert allowed or not overlap(span(t), span(source)), f"call {i} writes {t} over its input {source}"
            owner[span(t)] = t
            same[t] = t
    for t in (*graph.outputs, *states):
        read(t, "the caller, or the next invocation")


@st.composite
def programs(draw):
    """Random operators over earlier results: some in place, with scratch or state, some that only rename."""
    sizes = draw(st.lists(st.integers(1, 200), min_size=1, max_size=3))
    inputs = list(range(len(sizes)))
    calls = []
    for i in range(draw(st.integers(0, 10))):
        count = draw(st.integers(1, 3))
        sources = [draw(st.integers(0, len(sizes) - 1)) for _ in range(count)]
        kind = draw(st.sampled_from(["plain", "in place", "rename", "two outputs"]))
        outputs = [len(sizes)]
        if kind == "rename":
            sizes.append(sizes[sources[0]])
            calls.append(call(sources[:1], outputs, in_place=True, kernel="", op=i))
            continue
        sizes.append(draw(st.integers(1, sizes[sources[0]] if kind == "in place" else 200)))
        if kind == "two outputs":
            outputs.append(len(sizes))
            sizes.append(draw(st.integers(1, 50)))
        states = draw(st.lists(st.integers(0, 2), max_size=2, unique=True))
        scratch = draw(st.sampled_from([0, 0, 33]))
        step = call(sources, outputs, scratch, kind == "in place", op=i, states=[s - 3 for s in states])
        calls.append(replace(step, scratch_over_input=draw(st.booleans())))
    outputs = draw(st.lists(st.integers(0, len(sizes) - 1), min_size=1, max_size=3, unique=True))
    calls = [replace(step, states=tuple(len(sizes) + 3 + s for s in step.states)) for step in calls]
    sizes += [draw(st.integers(1, 100)) for _ in range(3)]  # state, also such as no call keeps
    return graph_of(sizes, inputs, outputs), calls


ways = st.dictionaries(st.integers(0, 9), st.builds(Overlap, st.integers(-60, 250), st.booleans()), max_size=6)


@settings(deadline=None)  # the first one imports all operators
@given(programs(), ways, st.sampled_from([0, 50]))
def test_no_program_overwrites_what_it_still_needs(program, over, trials):
    graph, calls = program

    def known(step):
        way = None if step.in_place else over.get(step.op)
        return reach(graph, step) if way is None else {step.inputs[0]: way}

    found = assign(graph, calls, trials, known)
    replay(graph, calls, found, over)
    assert found.nbytes <= assign(graph, calls, 0, known).nbytes


@settings(deadline=None)
@given(programs())
def test_the_arena_is_no_larger_than_everything_side_by_side(program):
    graph, calls = program
    aligned = [-(-t.nbytes // ALIGNMENT) * ALIGNMENT for t in graph.tensors]
    scratch = sum(-(-c.scratch_bytes // ALIGNMENT) * ALIGNMENT for c in calls)
    assert assign(graph, calls).nbytes <= sum(aligned) + scratch


def test_the_replay_notices_an_overlap():
    graph = graph_of([32, 32], [0], [0, 1])
    with pytest.raises(AssertionError, match="writes 1 over its input 0"):
        replay(graph, [call([0], [1])], Arena(32, {0: 0, 1: 0}, {}), {})
    with pytest.raises(AssertionError, match="writes 1 over its input 0"):
        replay(graph, [call([0], [1])], Arena(48, {0: 0, 1: 16}, {}), {0: Overlap(0)})


def test_a_chain_needs_two_buffers_only():
    graph = graph_of([64, 64, 64, 64], [0], [3])
    assert assign(graph, [call([0], [1]), call([1], [2]), call([2], [3])]).nbytes == 128


def test_an_operator_in_place_needs_no_second_buffer():
    graph = graph_of([64, 64], [0], [1])
    assert assign(graph, [call([0], [1], in_place=True)]).nbytes == 64


def test_in_place_is_not_used_while_the_input_is_needed():
    graph = graph_of([64, 64, 64], [0], [2])
    calls = [call([0], [1], in_place=True), call([0, 1], [2])]
    arena = assign(graph, calls)
    assert arena.offsets[0] != arena.offsets[1]


def test_in_place_is_not_used_where_another_name_of_the_input_is_needed():
    graph = graph_of([64, 64, 64, 64], [0], [3])
    calls = [call([0], [1], in_place=True, kernel=""), call([1], [2], in_place=True), call([0, 2], [3])]
    arena = assign(graph, calls)
    assert arena.offsets[2] != arena.offsets[0]
    replay(graph, calls, arena, {})


def test_a_reshape_from_input_to_output_costs_nothing():
    graph = graph_of([64, 64], [0], [1])
    arena = assign(graph, [call([0], [1], in_place=True, kernel="")])
    assert arena.nbytes == 64
    assert arena.offsets == {0: 0, 1: 0}


def test_a_tensor_that_is_input_and_output_survives():
    graph = graph_of([64, 64], [0], [0, 1])
    calls = [call([0], [1], in_place=True)]
    arena = assign(graph, calls)
    replay(graph, calls, arena, {})
    assert arena.nbytes == 128


def test_a_copy_lies_over_the_input_that_is_read_by_nobody_else():
    graph = graph_of([64, 32, 32], [0], [2])
    copies = replace(call([0], [1], scratch=64), scratch_over_input=True)
    arena = assign(graph, [copies, call([1], [2])])
    assert arena.scratch[0] == arena.offsets[0]
    assert arena.nbytes == 96
    assert assign(graph, [copies, call([0, 1], [2])]).nbytes == 160


def test_scratch_lives_during_its_call_only():
    graph = graph_of([16, 16, 512], [0], [2])
    calls = [call([0], [1], scratch=512), call([1], [2])]
    assert assign(graph, calls).nbytes <= 512 + 32


def test_a_tensor_nobody_wrote_is_refused():
    graph = graph_of([16, 16, 16], [0], [2])
    with pytest.raises(CodegenError, match=r"operator 0 reads tensor 1 \('t1'\), which nothing writes before it"):
        assign(graph, [call([1], [2])])
    with pytest.raises(CodegenError, match=r"graph output 2 \('t2'\) is written by no operator"):
        assign(graph, [call([0], [1])])
