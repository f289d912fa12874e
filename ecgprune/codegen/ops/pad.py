"""PAD and PADV2 of int8 or int16 tensors with constant paddings: kernel ecgp_pad_s8."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, quantization, require, result, same_quantization
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_LEVELS = 4  # nested loops of the kernel, the rows that it copies whole included


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. The pad value is the zero point, PADV2's constant where there is one."""
    x = activation(graph, op, 0, "int8", "int16")
    dtype, size_of = x.dtype.name, x.dtype.itemsize
    paddings = constant(graph, op, 1, "int32")
    rank = len(x.shape)
    require(graph, op, 1 <= rank <= 5, f"{rank} dimensions", "1 to 5")
    require(graph, op, paddings.shape == (rank, 2), f"paddings of shape {list(paddings.shape)}", f"[{rank}, 2]")
    pairs = [(int(before), int(after)) for before, after in paddings]
    require(graph, op, min(min(p) for p in pairs) >= 0, f"a padding of {min(min(p) for p in pairs)}", "0 and more")
    y = result(graph, op, tuple(n + before + after for n, (before, after) in zip(x.shape, pairs, strict=True)), dtype)
    value = quantization(y)[1]
    if len(op.inputs) > 2 and op.inputs[2] >= 0:
        given = constant(graph, op, 2, dtype)
        require(graph, op, given.size == 1, f"{given.size} pad values", "1")
        same = same_quantization(graph.tensor(op.inputs[2]), y)
        require(graph, op, same, "pad value and output differ in scale or zero point", "equal ones, as TFLM")
        value = int(given.reshape(-1)[0])
        both = value & 255 == value >> 8 & 255  # the kernel fills with one byte
        require(graph, op, dtype == "int8" or both, f"the pad value {value} of int16", "0, or two equal bytes")
        value = int(given.reshape(-1)[:1].view(np.int8)[0])
    levels = _levels(x.shape, pairs)
    require(graph, op, len(levels) <= _LEVELS, f"paddings {pairs}", f"at most {_LEVELS} padded runs of dimensions")
    levels = [(1, 0, 0)] * (_LEVELS - len(levels)) + levels
    levels[-1] = tuple(n * size_of for n in levels[-1])  # type: ignore[assignment]
    params: dict[str, int] = {"value": value, "output_bytes": y.nbytes}
    for i, (size, before, after) in enumerate(levels):
        params |= {f"size{i}": size, f"before{i}": before}
        params |= {f"output{i}": size + before + after} if i > 0 else {}  # nothing lies beside the outermost
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_pad_s8",
            header="ecgp_pad.h",
            params_type="ecgp_pad_params",
            params={**params},
            inputs=(x.index,),
            outputs=(y.index,),
            as_bytes=True,
        )
    ]


def _levels(shape: tuple[int, ...], pairs: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(size, before, after) per loop: a dimension without padding is joined to the one in front of it."""
    levels: list[tuple[int, int, int]] = []
    for size, (before, after) in zip(shape, pairs, strict=True):
        if levels and before == after == 0:
            levels[-1] = tuple(size * v for v in levels[-1])  # type: ignore[assignment]
        else:
            levels.append((size, before, after))
    return levels or [(math.prod(shape), 0, 0)]


def _features(call: KernelCall) -> Features:
    """Cost rule: copying by row, and filling by gap between rows, and both by word and byte."""
    size, before = ([integer(call, f"{name}{i}") for i in range(_LEVELS)] for name in ("size", "before"))
    inner = [1, *(integer(call, f"output{i}") for i in range(_LEVELS - 1, 0, -1))]  # the innermost dimension first
    found: Features = movement.runs(size[-1], math.prod(size[:-1]))
    first = gap = 0  # bytes before the first row, and between two rows next to each other in a dimension
    gaps = []
    for level in range(_LEVELS - 1, -1, -1):
        step = math.prod(inner[: _LEVELS - level])
        first += before[level] * step
        if level < _LEVELS - 1:
            gaps.append((gap, math.prod(size[:level]) * (size[level] - 1)))
        gap += (inner[_LEVELS - level] - size[level]) * step if level > 0 else 0
    last = integer(call, "output_bytes") - first - sum(amount * count for amount, count in gaps) - math.prod(size)
    for amount, count in [(first, 1), *gaps, (last, 1)]:
        kind = "long_gap" if amount >= movement.LONG else "gap"
        for name, each in ((kind, 1), (f"{kind}_word", amount // 4), (f"{kind}_byte", amount % 4)):
            found[name] = found.get(name, 0) + (each * count if amount else 0)
    return found | {"row": math.prod(size[:-1]), "plane": math.prod(size[:-2])}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 1, 12), cases.log_uniform(rng, 2, 20), cases.pick(rng, 1, 3, 8, 16))
    pads = np.array([[0, 0], [1, 1], [2, 1], [0, number % 2]], np.int32)
    y = net.tensor([n + int(p.sum()) for n, p in zip(shape, pads, strict=True)])
    net.apply("PAD", [net.tensor(shape), net.constant(pads)], y)
    return net.graph()


_LIMITS = f"int8 or int16 of 1 to 5 dimensions, constant paddings in at most {_LEVELS} padded runs of dimensions."
_COSTS = {"ecgp_pad_s8": _features}
SPECS = (
    OperatorSpec(
        name="PAD",
        variants=single(_lower),
        limits=f"{_LIMITS} Pads with the zero point.",
        tflm=TflmRegistration("AddPad", "Register_PAD_INT8", "pad.h"),
        costs=_COSTS,
        calibration=CalibrationCases(_case, 18),
    ),
    OperatorSpec(
        name="PADV2",
        variants=single(_lower),
        limits=f"{_LIMITS} Pads with one constant value of the output's scale and zero point, of int16 0.",
        tflm=TflmRegistration("AddPadV2"),
        costs=_COSTS,
    ),
)
