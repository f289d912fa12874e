"""Formats a plan as C. Pure: {file name: text} out, no disk, no clock; the layout is in templates/*.j2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import ecgprune
from ecgprune.c_names import check_name
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.plan import Plan, Step
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op, Tensor
from ecgprune.templating import rendered

__all__ = ["Generated", "render"]

LINE = 112  # longest line of numbers
C_TYPES = {"int8": "int8_t", "int16": "int16_t", "int32": "int32_t", "uint8": "uint8_t", "float32": "float"}


@dataclass(frozen=True)
class Generated:
    """files: {file name: text}, in the order they are best read. plan: what the text does."""

    files: dict[str, str]
    plan: Plan


def render(graph: Graph, plan: Plan, name: str) -> Generated:
    """The generated files of a native model: <name>.h, <name>.c, ecgp_model.h, sources.mk.

    Raises CodegenError when `name` is no usable C prefix.
    """
    check_name(name)
    headers = sorted({s.call.header for s in plan.steps if s.call.kernel})
    view = {
        "name": name,
        "NAME": name.upper(),
        "version": ecgprune.__version__,
        "sha256": graph.sha256,
        "magic": f"0x{graph.sha256[:8]}u",
        "arena_bytes": plan.arena_bytes,
        "inputs": [_interface(graph, plan, t) for t in graph.inputs],
        "outputs": [_interface(graph, plan, t) for t in graph.outputs],
        "headers": headers,
        "kernels": [h.removesuffix(".h") + ".c" for h in headers],
        "steps": [_step(graph, plan, i) for i in range(len(plan.steps))],
    }
    templates = {f"{name}.h": "model.h.j2", f"{name}.c": "model.c.j2", "ecgp_model.h": "ecgp_model.h.j2"}
    templates["sources.mk"] = "sources.mk.j2"
    return Generated(rendered("ecgprune.codegen", templates, view), plan)


def _interface(graph: Graph, plan: Plan, index: int) -> dict[str, Any]:
    """A graph input or output as the header shows it."""
    tensor = graph.tensor(index)
    quantization = tensor.quantization
    quantized = quantization is not None and not quantization.per_channel
    return {
        "bytes": tensor.nbytes,
        "offset": plan.arena.offsets[index],
        "text": _describe(tensor),
        "scale": _float(quantization.scale) if quantized and quantization else None,
        "zero_point": quantization.zero_point if quantized and quantization else None,
    }


def _step(graph: Graph, plan: Plan, index: int) -> dict[str, Any]:
    """One kernel call: its constants, its argument list, and what is traced after it."""
    step = plan.steps[index]
    call = step.call
    op = graph.ops[call.op]
    last = op if call.fused is None else graph.ops[call.fused]
    return {
        "name": step.name,
        "call": call,
        "title": _title(graph, plan.graph, op, call),
        "arrays": [_array(step, a) for a in call.arrays],
        "fields": [(field, _value(step, value)) for field, value in call.params.items()],
        "arguments": _arguments(graph, plan, index),
        "traces": list(_traces(graph, plan, last)) if step.ends_op else [],
    }


def _title(graph: Graph, trimmed: Graph, op: Op, call: KernelCall) -> str:
    shapes = " + ".join(_shape(trimmed.tensor(t)) for t in call.inputs)
    names = op.name if call.fused is None else f"{op.name} + {graph.ops[call.fused].name}"
    text = f"{names}, {shapes} -> {_shape(trimmed.tensor(call.outputs[0]))}"
    whole = graph.tensor(call.outputs[0])
    if whole.shape != trimmed.tensor(call.outputs[0]).shape:
        text += f" (of {whole.shape[-1]}: the others are superfluous)"
    if call.macs:
        text += f", {call.macs} MAC, {call.nonzero_macs} of them not zero"
    return text


def _array(step: Step, array: Array) -> dict[str, Any]:
    values = array.data.reshape(-1)
    return {
        "type": array.ctype,
        "name": f"{step.name}_{array.suffix}",
        "count": values.size,
        "note": _comment(array.note),
        "lines": _lines([_number(v, array.ctype) for v in values]),
    }


def _arguments(graph: Graph, plan: Plan, index: int) -> str:
    step = plan.steps[index]
    arguments = [f"&{step.name}_params"] if step.call.params else []
    arguments += [_pointer(graph.tensor(t), plan.arena.offsets[t], "const ") for t in step.call.inputs]
    arguments += [_pointer(graph.tensor(t), plan.arena.offsets[t], "") for t in step.call.outputs]
    if step.call.scratch_bytes:
        arguments.append(f"arena + {plan.arena.scratch[index]}")
    elif step.call.takes_scratch:
        arguments.append("NULL")
    return ", ".join(arguments)


def _pointer(tensor: Tensor, offset: int, const: str) -> str:
    ctype = C_TYPES.get(tensor.dtype.name)
    if ctype is None:
        raise CodegenError(f"tensor {tensor.index} ({tensor.name!r}) is {tensor.dtype}, expected {', '.join(C_TYPES)}")
    place = f"arena + {offset}"
    return place if ctype == "int8_t" else f"({const}{ctype} *)({const}void *)({place})"


def _traces(graph: Graph, plan: Plan, op: Op) -> Iterator[str]:
    """What of the operator's output there is to be traced: nothing of a tensor that has lost channels."""
    for t in op.outputs:
        if plan.graph.tensor(t).shape != graph.tensor(t).shape:
            continue
        yield f"{op.index}, {t}, arena + {plan.arena.offsets[t]}, {graph.tensor(t).nbytes}u"


def _value(step: Step, value: int | str | Array | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Array):
        return f"{step.name}_{value.suffix}"
    return value if isinstance(value, str) else _number(value, "int32_t")


def _number(value: Any, ctype: str) -> str:
    if ctype == "float":
        return _float(float(value))
    number = int(value)
    if number == -(2**31):
        return "INT32_MIN"  # its digits alone would be a long
    return f"{number}u" if ctype.startswith("u") else str(number)


def _float(value: float) -> str:
    """The shortest literal that gives back this float32."""
    return f"{np.float32(value)!s}f"


def _lines(words: list[str]) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > LINE:
            lines.append(line + ",")
            line = ""
        line = f"{line}, {word}" if line else word
    return [*lines, line]


def _shape(tensor: Tensor) -> str:
    return "x".join(str(n) for n in tensor.shape) or "scalar"


def _describe(tensor: Tensor) -> str:
    return _comment(f"{tensor.name}: {C_TYPES.get(tensor.dtype.name, tensor.dtype.name)} {_shape(tensor)}")


def _comment(text: str) -> str:
    """Text that is safe inside a C comment: printable ASCII on one line, which cannot end the comment."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")
