"""Counts what every kernel variant of many layers takes on a board, some hundred kernel calls in one image."""

from __future__ import annotations

import bisect
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ecgprune.artifacts import Progress, no_progress
from ecgprune.board import Board, Calls, build_image, known_boards, run_on_board
from ecgprune.board.elf import disassemble, function_sizes
from ecgprune.board.stack import callees
from ecgprune.codegen.arena import Arena
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.placing import ALIGNMENT
from ecgprune.codegen.plan import Plan, PlannedCall, variants
from ecgprune.codegen.render import render
from ecgprune.codegen.target import Optimize, Target
from ecgprune.errors import ToolMissingError
from ecgprune.graph.graph import Graph, Op, Tensor
from ecgprune.interface import interface
from ecgprune.verify import vectors

__all__ = ["Counted", "Measured", "board_of", "measure", "offered"]

_OBJECTIVES: tuple[Optimize, ...] = ("balanced", "flash")  # the other two are offered what balanced is
_VECTORS = 2
_MOST_CONSTANTS = 600_000  # bytes in one image: a compiler reads constants slowly
_MOST_CALLS = 300
_OTHER_RAM = 5_000
_LIBRARY = re.compile(r"^(__|mem)")
_SECONDS = 600.0


@dataclass(frozen=True)
class Counted:
    """One kernel call.

    Attributes:
        call: what was called.
        instructions: counted.
        cycles: estimated from the counts, see `board.cycles`.
    """

    call: KernelCall
    instructions: float
    cycles: float


@dataclass(frozen=True)
class Measured:
    """What was found on one core.

    Attributes:
        core: as a board names it.
        calls: all that were run.
        code_bytes: of each kernel, with all it calls.
    """

    core: str
    calls: list[Counted]
    code_bytes: dict[str, int]


@dataclass(frozen=True)
class _Job:
    graph: Graph
    call: KernelCall

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Bytes of the largest input, the largest output, and the scratch."""
        sides = [[self.graph.tensor(t).nbytes for t in side] for side in (self.read, self.call.outputs)]
        return max(sides[0], default=1), max(sides[1], default=1), self.call.scratch_bytes

    @property
    def read(self) -> tuple[int, ...]:
        """The tensors that the call finds in memory."""
        return (*self.call.inputs, *self.call.states)


def board_of(core: str) -> Board:
    """The first board with this core that QEMU runs."""
    return next(b for b in known_boards().values() if b.core == core and b.machine)


def measure(
    graphs: Sequence[Graph], board: Board, progress: Progress = no_progress, kernels: Collection[str] | None = None
) -> Measured:
    """Instructions and cycles of every kernel call that is offered for some layers on a board's core.

    Calls that do not fit the board's memory are left out.

    Args:
        graphs: the layers, as `suite.layers` draws them.
        board: one with a core of codegen.target.CORES that QEMU runs.
        progress: called with the share done and what is being done.
        kernels: only calls of these; None for all.

    Raises:
        CodegenError: nothing is known of the board's core.
        FirmwareError: an image could not be built or run.
        ToolMissingError: a compiler, QEMU or llvm-mca is missing.
    """
    found: list[Counted] = []
    code: dict[str, int] = {}
    jobs = [_Job(*one) for one in offered(graphs, board.core)]
    batches = list(_batches([job for job in jobs if kernels is None or job.call.kernel in kernels], board))
    for number, batch in enumerate(batches):
        progress(number / len(batches), f"{board.name}, image {number + 1} of {len(batches)}")
        counts, sizes = _run(batch, board)
        found += [Counted(job.call, *pair) for job, pair in zip(batch, counts, strict=True)]
        code |= {name: max(size, code.get(name, 0)) for name, size in sizes.items()}
    return Measured(board.core, found, code)


def offered(graphs: Sequence[Graph], core: str) -> Iterator[tuple[Graph, KernelCall]]:
    """Every kernel call that may be selected for the layers in `graphs`, once, whatever is optimized for."""
    for graph in graphs:
        seen = set()
        for optimize in _OBJECTIVES:
            for op in graph.ops:
                for call in (c for v in variants(graph, op, "auto", Target(core, optimize)) for c in v if c.kernel):
                    fields = tuple((name, v) for name, v in call.params.items() if isinstance(v, int | str))
                    key = (call.kernel, call.op, call.inputs, call.outputs, call.weight_bytes, fields)
                    if key not in seen:
                        seen.add(key)
                        yield graph, call


def _batches(jobs: list[_Job], board: Board) -> Iterator[list[_Job]]:
    """Images that fit the board, each with as many calls as can be."""
    flash = min(board.memory["FLASH"].length // 2, _MOST_CONSTANTS)  # the rest is code, and the calls' parameters
    ram = board.memory["RAM"].length - _OTHER_RAM
    batch: list[_Job] = []
    for job in jobs:
        more = [*batch, job]
        fits = sum(j.call.weight_bytes for j in more) <= flash and _layout(more)[-1] <= ram
        if not fits or len(more) > _MOST_CALLS:
            if batch:
                yield batch
            batch = []
            more = [job]
        if job.call.weight_bytes <= flash and _layout([job])[-1] <= ram:
            batch = more
    if batch:
        yield batch


def _layout(jobs: Sequence[_Job]) -> tuple[int, int, int]:
    """Where outputs, and where scratch begins, and where all ends: all calls share one place for each."""
    ends = [0]
    for sizes in zip(*(job.sizes for job in jobs), strict=True):
        ends.append(ends[-1] + -(-max(sizes) // ALIGNMENT) * ALIGNMENT)
    return ends[1], ends[2], ends[3]


def _run(jobs: list[_Job], board: Board) -> tuple[list[tuple[float, float]], dict[str, int]]:
    """(instructions and cycles of each call, code bytes by kernel) of one image."""
    graph, plan = _merged([jobs[0], *jobs])  # the first call's count has the beginning of invoke in it
    with tempfile.TemporaryDirectory(prefix="ecgprune-calibrate-") as scratch:
        sources = Path(scratch) / "src"
        sources.mkdir()
        for name, text in render(graph, plan, interface(graph, "model")).files.items():
            (sources / name).write_text(text, encoding="utf-8")
        rng = np.random.default_rng(1)
        inputs = rng.integers(-128, 128, (_VECTORS, graph.tensor(graph.inputs[0]).size)).astype(np.int8)
        vectors.write(Path(scratch) / "vectors.bin", [inputs], [np.zeros((_VECTORS, 1), np.int8)], {})
        image = build_image(sources, board, Path(scratch) / "image")
        calls = Calls("model_invoke", tuple(c.call.kernel for c in plan.calls))
        result = run_on_board(image, Path(scratch) / "vectors.bin", _SECONDS, calls=calls)
        if result.per_call is None:
            raise ToolMissingError("only the counting plugin counts call by call: it needs cc, the host's C compiler")
        cycles = result.profile.cycles_per_call
        if cycles is None:
            raise ToolMissingError("llvm-mca is not installed: on Debian or Ubuntu, apt install llvm-19")
        counted = list(zip(result.per_call, cycles, strict=True))[1:]
        return counted, _code_bytes(image.elf, {job.call.kernel for job in jobs})


def _merged(jobs: Sequence[_Job]) -> tuple[Graph, Plan]:
    """One graph that makes all the calls, one after the other, with all inputs in the same memory."""
    outputs_at, scratch_at, nbytes = _layout(jobs)
    int8 = np.dtype(np.int8)
    tensors = [Tensor(0, "input", (outputs_at,), int8), Tensor(1, "output", (1,), int8)]
    offsets = {0: 0, 1: outputs_at}
    calls, ops = [], []
    for number, job in enumerate(jobs):
        moved: dict[int, int] = {}
        for side, offset in ((job.read, 0), (job.call.outputs, outputs_at)):
            for t in side:
                moved[t] = len(tensors)
                offsets[len(tensors)] = offset
                tensors.append(replace(job.graph.tensor(t), index=len(tensors)))
        inputs, states, outputs = (
            tuple(moved[t] for t in side) for side in (job.call.inputs, job.call.states, job.call.outputs)
        )
        call = replace(job.call, op=number, inputs=inputs, states=states, outputs=outputs, fused=None, passed=())
        ops.append(replace(job.graph.op(job.call.op), index=number, inputs=states, outputs=outputs))
        calls.append(PlannedCall(call, ends_op=False))
    made = {t for op in ops for t in op.outputs}
    read = tuple(t.index for t in tensors[2:] if t.index not in made)
    ops.append(Op(len(ops), "INPUTS", 1, (), read, {}))  # names them: no tensor may come from nowhere
    graph = Graph(tuple(tensors), tuple(ops), (0,), (1,), "0" * 64)
    arena = Arena(nbytes, offsets, dict.fromkeys(range(len(calls)), scratch_at))
    return graph, Plan(tuple(calls), (), arena, graph, Target())


def _code_bytes(elf: Path, kernels: set[str]) -> dict[str, int]:
    """Bytes of each kernel and of what it calls, but for the C library, whose routines the whole image shares."""
    functions, sizes = disassemble(elf), function_sizes(elf)
    starts = [f.address for f in functions]
    found = {}
    for kernel in kernels:
        todo = [functions[bisect.bisect_left(starts, sizes[kernel][0])]]
        reached: dict[int, int] = {}
        while todo:
            function = todo.pop()
            if function.address not in reached and not _LIBRARY.match(function.name):
                reached[function.address] = sizes.get(function.name, (0, 0))[1]
                todo += callees(function, functions)
        found[kernel] = sum(reached.values())
    return found
