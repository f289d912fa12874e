"""TFLM's tests of its kernels (micro/kernels/*_test.cc) as cases, from the tests' logs.

Such a test gives a kernel arrays that stand in its C++ source, many of them floats that it quantizes, and holds what
the kernel answers to golden values. Linked with unit_cases_tflm.cc it also prints both. So what is expected here is the
answer of TFLM's kernel in a test that passed: the golden bytes, or at most the test's own tolerance off golden floats.
"""

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from networks import Net
from tflite_builder import op, tensor
from unit_case import Case, OutsideError

__all__ = ["cases", "logs"]

_TYPES = {1: "float32", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8", 18: "int4"}
_QUANTIZED = ("int4", "int8", "int16")
_ENUMS: dict[str, dict[int, Any]] = {
    "padding": {1: "SAME", 2: "VALID"},
    "fused_activation_function": {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6", 4: "TANH"},
    "weights_format": {0: "DEFAULT"},
    "mode": {1: "REFLECT", 2: "SYMMETRIC"},
    "output_type": {2: 2, 4: 4},
}
# The structs of builtin_op_data.h by the schema's names; int where no type is named, "_": not in the schema, or of
# models with floats alone.
_POOL = "padding stride_w stride_h filter_width filter_height fused_activation_function"
_PARAMETERS = dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D"), _POOL) | {
    "ADD": "fused_activation_function pot_scale_int16:?",
    "ARG_MAX": "output_type",
    "ARG_MIN": "output_type",
    "BATCH_MATMUL": "adj_x:? adj_y:?",
    "CONCATENATION": "axis fused_activation_function",
    "CONV_2D": "padding stride_w stride_h fused_activation_function dilation_w_factor dilation_h_factor",
    "DEPTHWISE_CONV_2D": "padding stride_w stride_h depth_multiplier fused_activation_function dilation_w_factor "
    "dilation_h_factor",
    "DEPTH_TO_SPACE": "block_size",
    "FULLY_CONNECTED": "fused_activation_function weights_format keep_num_dims:?",
    "GATHER": "axis batch_dims",
    "L2_NORMALIZATION": "fused_activation_function",
    "LEAKY_RELU": "alpha:f",
    "MEAN": "keep_dims:?",
    "MIRROR_PAD": "mode",
    "MUL": "fused_activation_function",
    "PACK": "values_count axis",
    "REDUCE_MAX": "keep_dims:?",
    "RESIZE_BILINEAR": "align_corners:? half_pixel_centers:?",
    "RESIZE_NEAREST_NEIGHBOR": "align_corners:? half_pixel_centers:?",
    "SOFTMAX": "beta:f",
    "SPACE_TO_DEPTH": "block_size",
    "SPLIT": "num_splits",
    "SPLIT_V": "num_splits",
    "STRIDED_SLICE": "begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask offset:?",
    "SUB": "fused_activation_function pot_scale_int16:?",
    "SUM": "keep_dims:?",
    "SVDF": "rank fused_activation_function",
    "TRANSPOSE_CONV": "padding stride_w stride_h fused_activation_function",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "fused_activation_function cell_clip:f proj_clip:f time_major:?",
    "UNPACK": "num axis",
}
# Operands that are inputs of the network: all, or one; the first of any other operator. The others are constants.
_ALL = ("ADD", "BATCH_MATMUL", "CONCATENATION", "MAXIMUM", "MINIMUM", "MUL", "PACK", "SQUARED_DIFFERENCE", "SUB")
_STATE = ("SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM")
_ONE = {"SPLIT": 1, "TRANSPOSE_CONV": 2}


def logs(folder: Path) -> list[Path]:
    """The logs in a folder, conv_test.log."""
    return sorted(folder.glob("*_test.log"))


def cases(folder: Path) -> Iterator[tuple[str, str, Case | OutsideError]]:
    """(test, case, the case or why it is left out) of every int8, int4 or int16 invocation that a log has."""
    for log in logs(folder):
        seen: dict[str, int] = {}
        for name, passed, calls in _sequences(log.read_text(encoding="utf-8", errors="replace")):
            if not any(t and _TYPES.get(t["type"]) in _QUANTIZED for t in calls[0]["inputs"] + calls[0]["outputs"]):
                continue
            seen[name] = seen.get(name, 0) + 1
            title = f"{name} {seen[name]}" if seen[name] > 1 else name
            try:
                if not passed:
                    raise OutsideError("the test itself fails here")
                yield log.stem, title, _case(title, calls)
            except OutsideError as reason:
                yield log.stem, title, reason


def _sequences(text: str) -> Iterator[tuple[str, bool, list[dict[str, Any]]]]:
    """(name, whether it passed, invocations) of all that a test does; more than one where the kernel keeps a state."""
    for part in re.split(r"^\[ RUN +\] ", text, flags=re.MULTILINE)[1:]:
        name = part.split("\n", 1)[0].strip()
        runs: list[list[dict[str, Any]]] = []
        for line in re.findall(r"@(\{.*\})$", part, re.MULTILINE):
            call = json.loads(line)
            if call["new"]:
                runs.append([])
            elif call["status"] == 0:
                if runs[-1] and call["operator"].strip() not in _STATE:
                    runs.append([])
                runs[-1].append(call)
        for run in runs:
            if run:
                yield name, "[       OK ]" in part, run


def _case(name: str, calls: list[dict[str, Any]]) -> Case:
    first = calls[0]
    operators = first["operator"].split()
    if not operators:
        raise OutsideError("an operator that is not supported")
    operator = operators[-1] if len(first["inputs"]) > 2 else operators[0]  # PAD and PADV2 are one function
    if any(t and t["variable"] and operator in _STATE and np.any(_values(t)) for t in first["inputs"]):
        raise OutsideError("a state that begins with other values than zeros")
    net = Net()
    places = range(len(first["inputs"])) if operator in _ALL else [_ONE.get(operator, 0)]
    for told in first["outputs"] + ([] if operator in _STATE else first["inputs"]):
        if told:
            told["variable"] = 0  # some tests say so of tensors that no kernel keeps
    names = [_tensor(net, t, i in places) for i, t in enumerate(first["inputs"])]
    outputs = [_tensor(net, t, True) for t in first["outputs"]]
    between = [_tensor(net, t, True) for t in first["intermediates"]]
    options = _options(operator, bytes.fromhex(first["parameters"]))
    net.ops.append(op(operator, names, outputs, intermediates=between, **options))
    net.inputs, net.outputs = [names[i] or "" for i in places], [name or "" for name in outputs]
    vectors = [[_values(call["inputs"][i]) for i in places] for call in calls]
    expected = np.concatenate([_values(t).reshape(-1) for t in calls[-1]["outputs"]])
    note = "int4 weights, unpacked" if any(t and _TYPES[t["type"]] == "int4" for t in first["inputs"]) else ""
    return Case(operator, name, net, vectors, expected, note)


def _tensor(net: Net, told: dict[str, Any] | None, varies: bool) -> str | None:
    if told is None:
        return None
    values = _values(told)
    scales, points = told.get("scales", []), told.get("zero_points", [])
    if len(scales) < 2:
        scales = [told["scale"] or (scales[0] if scales else 0.0)]
        points = [told["zero_point"] if told["scale"] else (points[0] if points else 0)]
    if scales == [0.0]:
        scales = [1.0] if values.dtype.name in _QUANTIZED else None  # an operator that moves bytes has none there
    name = f"t{len(net.tensors)}"
    given = None if varies or told["variable"] else values
    net.tensors.append(tensor(values.shape, values.dtype.name, scales, points if scales else None, given,
                              told.get("axis", 0), name=name, variable=bool(told["variable"])))  # fmt: skip
    return name


def _values(told: dict[str, Any]) -> npt.NDArray[Any]:
    kind, shape = _TYPES.get(told["type"], "an unknown type"), tuple(int(n) for n in told["shape"])
    data = np.frombuffer(bytes.fromhex(told["data"]), np.uint8)
    if kind == "int4":  # two in a byte, the lower half first
        nibbles = np.stack([data & 15, data >> 4], 1).reshape(-1)[: int(np.prod(shape))].astype(np.int8)
        return np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.int8).reshape(shape)
    if kind not in _TYPES.values():
        raise OutsideError(f"a tensor of {kind}")
    if data.size == 0:
        return np.zeros(shape, kind)
    return data.view(kind)[: int(np.prod(shape))].reshape(shape)


def _options(operator: str, raw: bytes) -> dict[str, Any]:
    fields = [(*field.split(":"), "i")[:2] for field in _PARAMETERS.get(operator, "").split()]
    if not fields or not raw:
        return {}
    values = struct.unpack_from("@" + "".join(kind for _, kind in fields), raw)
    found: dict[str, Any] = {}
    for (name, _kind), value in zip(fields, values, strict=True):
        if name in _ENUMS and value not in _ENUMS[name]:
            raise OutsideError(f"{name} {value}")
        found[name] = _ENUMS[name][value] if name in _ENUMS else value
    return found
