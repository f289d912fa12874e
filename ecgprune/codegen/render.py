"""Formats a plan as C. Pure: {file name: text} out, no disk, no clock; the layout is in templates/*.j2."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.integrity import Constants, crc_of_params, layout
from ecgprune.codegen.placing import ALIGNMENT
from ecgprune.codegen.plan import Plan
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op
from ecgprune.interface import Interface
from ecgprune.interface.names import operator_names, state_names, tensor_names, unique
from ecgprune.interface.text import C_TYPES, comment, float_literal, interface_view, render_files, shape_text

__all__ = ["Generated", "render"]

LINE = 112  # longest line of numbers or arguments, without its indent


@dataclass(frozen=True)
class Generated:
    """The generated C of a model.

    Attributes:
        files: {file name: text}, in the order they are best read.
        plan: what the text does.
        model: what it is called.
    """

    files: dict[str, str]
    plan: Plan
    model: Interface


def render(graph: Graph, plan: Plan, model: Interface) -> Generated:
    """The generated files of a native model: <name>.h, <name>.c, ecgp_model.h, sources.mk.

    Args:
        graph: the model as it is stored. Only tensors that have their shape there are traced.
        plan: of the model, folded.
        model: what it is called.
    """
    names = _Names(plan.graph, plan, model)
    headers = sorted({s.call.header for s in plan.calls if s.call.kernel})
    used = {header for s in plan.calls for header in s.call.uses}
    view = interface_view(model) | {
        "arena_bytes": plan.arena_bytes,
        "alignment": ALIGNMENT,
        "headers": headers,
        "kernels": sorted({h.removesuffix(".h") + ".c" for h in (*headers, *used, "ecgp_crc32.h")}),
        "places": names.places(),
        "state_bytes": plan.arena.state_bytes,
        "states": [_state(graph, names, t) for t in plan.states],
        "input_places": [names.place(t) for t in graph.inputs],
        "output_places": [names.place(t) for t in graph.outputs],
        "calls": [_call(graph, plan, names, i) for i in range(len(plan.calls))],
    }
    view |= _constants(plan, names, view)
    templates = {
        f"{model.name}.h": "model.h.j2",
        f"{model.name}.c": "model.c.j2",
        "ecgp_model.h": "ecgp_model.h.j2",
        "sources.mk": "sources.mk.j2",
    }
    return Generated(render_files("codegen", templates, view), plan, model)


class _Names:
    """What things are called in the generated C: after the model's own layers."""

    def __init__(self, graph: Graph, plan: Plan, model: Interface) -> None:
        self.constants = f"{model.name}_constants"
        self._prefix = f"{model.name.upper()}_AT_"
        self._operators = operator_names(graph)
        ports = {port.tensor: port.name for port in (*model.outputs, *model.inputs)}
        self._tensors = state_names(graph) | tensor_names(graph) | ports
        self._plan = plan
        self._places: dict[tuple[str, int], tuple[str, int]] = {}

    def layer(self, op: int) -> str:
        """Of an operator: "conv1"."""
        name = self._operators[op]
        return f"layer_{name}" if name.startswith("ecgp") else name

    def call(self, index: int) -> str:
        """Of a kernel call, the prefix of its constants: its layer's, with a number where the layer has several."""
        op = self._plan.calls[index].call.op
        calls = [i for i, planned in enumerate(self._plan.calls) if planned.call.op == op]
        return self.layer(op) if len(calls) == 1 else f"{self.layer(op)}_{calls.index(index)}"

    def place(self, tensor: int) -> str:
        """The macro that says where a tensor lies in the arena."""
        name = self._tensors.get(tensor, "tensor")  # calibration's inputs are made by no operator
        return self._macro(("tensor", tensor), name, self._plan.arena.offsets[tensor])

    def state(self, tensor: int) -> str:
        """The prefix of a state tensor's initial values."""
        return self._tensors[tensor]

    def scratch(self, index: int) -> str:
        """The macro that says where a call's working memory lies in the arena."""
        return self._macro(("scratch", index), f"{self.call(index)}_scratch", self._plan.arena.scratch[index])

    def places(self) -> list[tuple[str, int]]:
        """(macro, byte) of all that the calls and the interface use."""
        calls = [planned.call for planned in self._plan.calls]
        used = [t for call in calls for t in (*call.inputs, *call.states, *call.outputs)]
        interface = (*self._plan.graph.inputs, *self._plan.graph.outputs)
        for tensor in (*interface, *used):
            self.place(tensor)
        for index, planned in enumerate(self._plan.calls):
            if planned.call.scratch_bytes:
                self.scratch(index)
        return list(self._places.values())

    def _macro(self, key: tuple[str, int], name: str, offset: int) -> str:
        """The macro of a place, named when it is first asked for; key: ("tensor" or "scratch", its number)."""
        if key not in self._places:
            taken = [macro for macro, _ in self._places.values()]
            self._places[key] = unique(self._prefix + name.upper(), taken, key[1]), offset
        return self._places[key][0]


def _constants(plan: Plan, names: _Names, view: Mapping[str, Any]) -> dict[str, Any]:
    """The object that holds all constant arrays, and the CRC-32 of it and of all that is const beside it."""
    calls = [(names.call(i), planned.call) for i, planned in enumerate(plan.calls) if planned.call.params]
    offsets = dict(view["places"])
    ports = [(kind, [offsets[place] for place in view[f"{kind[:-1]}_places"]]) for kind in ("inputs", "outputs")]
    layouts = {_layout_name(call): layout(call.params) for _, call in calls}
    constants = Constants.of(
        [
            *((f"{name}_{array.suffix}", array) for name, call in calls for array in call.arrays),
            *((state["name"], state["array"]) for state in view["states"] if state["array"]),
            *((kind, Array(kind, "uint32_t", np.array(found), "places in the arena")) for kind, found in ports),
            *((name, Array(name, "uint8_t", np.array(runs))) for name, runs in layouts.items()),
        ]
    )
    crc = constants.crc
    for name, call in calls:
        distances = {a.suffix: constants.distance(f"{name}_{a.suffix}") for a in call.arrays}
        crc = crc_of_params(crc, call.params, distances)
    return {
        "constants": [_array(name, array, count) for name, array, count in constants.arrays],
        "constant_bytes": constants.nbytes,
        "constants_crc": f"0x{constants.crc:08x}u",
        "crc": f"0x{zlib.crc32(view['version_string'].encode() + bytes(1), crc):08x}u",
    }


def _check(names: _Names, name: str, call: KernelCall) -> list[str]:
    """How the CRC goes on over a call's parameters."""
    layout_place = f"{names.constants}.{_layout_name(call)}"
    return _statement("crc = ecgp_crc32_params", ["crc", f"&{name}_params", layout_place, f"&{names.constants}"])


def _layout_name(call: KernelCall) -> str:
    """The array that says how a call's parameters are laid out: one for each type of them."""
    return call.params_type.removeprefix("ecgp_").removesuffix("_params") + "_layout"


def _call(graph: Graph, plan: Plan, names: _Names, index: int) -> dict[str, Any]:
    """One kernel call: its constants, the lines that make it, and what is traced after it."""
    planned = plan.calls[index]
    call = planned.call
    op = plan.graph.op(call.op)
    last = op if call.fused is None else plan.graph.op(call.fused)
    name = names.call(index)
    what = f"{op.name if call.fused is None else f'{op.name} + {last.name}'}, {_shapes(plan.graph, call)}"
    return {
        "name": name,
        "params_type": call.params_type,
        "title": comment(f"{names.layer(call.op)}: {what}{_title(graph, plan.graph, call)}"),
        "heading": f"{names.layer(call.op)}: {what}" + ("" if call.kernel else ": the same bytes under another shape"),
        "check": _check(names, name, call) if call.params else [],
        "fields": [(field, _value(f"{names.constants}.{name}", value)) for field, value in call.params.items()],
        "lines": _statement(call.kernel, _arguments(graph, names, plan, index, name)) if call.kernel else [],
        "traces": list(_traces(graph, plan, names, last)) if planned.ends_op else [],
    }


def _state(graph: Graph, names: _Names, index: int) -> dict[str, Any]:
    """A state tensor and its values before the first invocation: one byte for all, or a constant."""
    values = graph.tensor(index).initial
    assert values is not None
    stored = np.frombuffer(values.tobytes(), np.uint8)
    found = {"place": names.place(index), "bytes": stored.size}
    if np.all(stored == stored[:1]):
        return found | {"byte": f"0x{int(stored[0]):02x}" if stored[0] else "0", "array": None}
    array = Array("initial", "uint8_t", stored, f"What {graph.tensor(index).name} holds before the first invocation.")
    return found | {"name": f"{names.state(index)}_initial", "array": array}


def _statement(kernel: str, arguments: list[str]) -> list[str]:
    """The call in as many lines as it takes."""
    first, *others = _lines([f"{kernel}({arguments[0]}", *arguments[1:-1], f"{arguments[-1]});"])
    return [first, *(f"    {line}" for line in others)]


def _shapes(graph: Graph, call: KernelCall) -> str:
    """What a call reads and writes, for a comment: "1x90x1x32 -> 1x90x1x32"."""
    inputs = " + ".join(shape_text(graph.tensor(t).shape) for t in call.inputs) or "state"
    return f"{inputs} -> {shape_text(graph.tensor(call.outputs[0]).shape) if call.outputs else 'state'}"


def _title(graph: Graph, planned: Graph, call: KernelCall) -> str:
    """The end of the comment above a call's constants: dead channels, multiply-accumulates, the call's note."""
    text = ""
    whole, left = (g.tensor(call.outputs[0]).shape if call.outputs else () for g in (graph, planned))
    if whole[-1:] > left[-1:] and len(whole) == len(left):
        text += f" (of {whole[-1]}: dead channels are left out)"
    if call.macs:
        text += f", {call.macs} MAC, {call.nonzero_macs} of them not zero"
    return text + (f"; {call.note}" if call.note else "")


def _array(name: str, array: Array, count: int) -> dict[str, Any]:
    """A constant array as the template takes it; count: its elements with those that align the next one."""
    values = array.data.reshape(-1)
    return {
        "type": array.ctype,
        "name": name,
        "count": count,
        "note": comment(array.note),
        "lines": _lines([_number(v, array.ctype) for v in values], LINE - 4),
    }


def _arguments(graph: Graph, names: _Names, plan: Plan, index: int, name: str) -> list[str]:
    """The arguments of a call in C: parameters, inputs, states, outputs, working memory."""
    call = plan.calls[index].call
    arguments = [f"&{name}_params"] if call.params else []
    arguments += [_pointer(graph, names, t, "const ", call.as_bytes) for t in call.inputs]
    arguments += [_pointer(graph, names, t, "", call.as_bytes) for t in (*call.states, *call.outputs)]
    if call.scratch_bytes:
        arguments.append(f"&arena[{names.scratch(index)}]")
    elif call.takes_scratch:
        arguments.append("NULL")
    return arguments


def _pointer(graph: Graph, names: _Names, index: int, const: str, as_bytes: bool) -> str:
    """The address of a tensor in the arena, cast to the type of its elements; const: "const " or ""."""
    tensor = graph.tensor(index)
    ctype = C_TYPES.get(tensor.dtype.name)
    if ctype is None:
        raise CodegenError(f"tensor {tensor.index} ({tensor.name!r}) is {tensor.dtype}, expected {', '.join(C_TYPES)}")
    place = f"&arena[{names.place(index)}]"
    return place if as_bytes or ctype == "int8_t" else f"({const}{ctype} *)({const}void *){place}"


def _traces(graph: Graph, plan: Plan, names: _Names, op: Op) -> Iterator[str]:
    """What of the operator's output there is to be traced: nothing of a tensor that has lost channels, or its shape."""
    for t in op.outputs:
        if plan.graph.tensor(t).shape != graph.tensor(t).shape:
            continue
        yield f"{op.index}, {t}, &arena[{names.place(t)}], {graph.tensor(t).nbytes}u"


def _value(arrays: str, value: int | str | Array | None) -> str:
    """The value of a parameter field in C; arrays: what the names of the call's arrays begin with."""
    if value is None:
        return "NULL"
    if isinstance(value, Array):
        return f"{arrays}_{value.suffix}"
    return value if isinstance(value, str) else _number(value, "int32_t")


def _number(value: Any, ctype: str) -> str:
    """A literal of that type in C."""
    if ctype == "float":
        return float_literal(float(value))
    number = int(value)
    if number == -(2**31):
        return "INT32_MIN"  # its digits alone would be a long
    return f"{number}u" if ctype.startswith("u") else str(number)


def _lines(words: list[str], longest: int = LINE) -> list[str]:
    """The words, with commas between them, on as few lines as they fit on."""
    lines: list[str] = []
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > longest:
            lines.append(line + ",")
            line = ""
        line = f"{line}, {word}" if line else word
    return [*lines, line]
