"""The op resolver: every operator of TFLM, by the method of MicroMutableOpResolver that adds it.

From tensorflow/lite/micro/micro_mutable_op_resolver.h at 90b983c. No operator here needs a kernel of ecgprune.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecgprune.codegen import ops
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.tflite import StoredOperator, TfliteFile
from ecgprune.graph.tflm_builtins import BUILTINS

__all__ = ["Operator", "operators", "resource_variables"]

KERNELS = "tensorflow/lite/micro/kernels/"

_METHODS = {  # where the method's name is not the operator's in CamelCase
    "AVERAGE_POOL_2D": "AddAveragePool2D",
    "BATCH_MATMUL": "AddBatchMatMul",
    "CONV_2D": "AddConv2D",
    "CUMSUM": "AddCumSum",
    "DEPTHWISE_CONV_2D": "AddDepthwiseConv2D",
    "L2_POOL_2D": "AddL2Pool2D",
    "MAX_POOL_2D": "AddMaxPool2D",
    "PADV2": "AddPadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM",
}
_CUSTOM = {
    "CIRCULAR_BUFFER": "AddCircularBuffer",
    "SignalDelay": "AddDelay",
    "SignalEnergy": "AddEnergy",
    "SignalFftAutoScale": "AddFftAutoScale",
    "SignalFilterBank": "AddFilterBank",
    "SignalFilterBankLog": "AddFilterBankLog",
    "SignalFilterBankSpectralSubtraction": "AddFilterBankSpectralSubtraction",
    "SignalFilterBankSquareRoot": "AddFilterBankSquareRoot",
    "SignalFramer": "AddFramer",
    "SignalIrfft": "AddIrfft",
    "SignalOverlapAdd": "AddOverlapAdd",
    "SignalPCAN": "AddPCAN",
    "SignalRfft": "AddRfft",
    "SignalStacker": "AddStacker",
    "SignalWindow": "AddWindow",
    "TFLM_DECODE": "AddDecode",
    "TFLite_Detection_PostProcess": "AddDetectionPostprocess",
}


@dataclass(frozen=True)
class Operator:
    """One line of the op resolver.

    Attributes:
        name: TFLite's.
        method: of the resolver.
        registration: function that registers a kernel for int8 alone; "" for TFLM's default kernel.
        header: declares the registration; "" where there is none.
    """

    name: str
    method: str
    registration: str = ""
    header: str = ""


def resource_variables(tflite: bytes) -> int:
    """How many resource variables a model has, in all of its subgraphs."""
    count = TfliteFile(tflite).subgraphs
    handles = [op.options for i in range(count) for op in TfliteFile(tflite, i).operators if op.name == "VAR_HANDLE"]
    return len({(options.container, options.sharedName) for options in handles})


def operators(tflite: bytes) -> list[Operator]:
    """The distinct operators of a model, sorted by name; with kernels for int8 alone where every use is int8.

    Args:
        tflite: content of a .tflite file.

    Raises:
        UnsupportedOperatorError: TFLM has no such operators; the message names all of them.
    """
    file = TfliteFile(tflite)
    names, used = sorted(file.operator_names), file.operators
    missing = [name for name in names if not _method(name)]
    if missing:
        where = {name: [str(op.index) for op in used if op.name == name] for name in missing}
        told = "; ".join(f"{name} (operator {', '.join(where[name])})" if where[name] else name for name in missing)
        raise UnsupportedOperatorError(f"TensorFlow Lite Micro has no operator {told}; replace it in the model")
    int8 = {op.name for op in used} - {op.name for op in used if not _is_int8(op)}
    return [_operator(name, name in int8 and file.subgraphs == 1) for name in names]


def _method(name: str) -> str:
    if name.startswith("CUSTOM "):
        return _CUSTOM.get(name.removeprefix("CUSTOM "), "")
    if name not in BUILTINS:
        return ""
    return _METHODS.get(name, "Add" + "".join(part.capitalize() for part in name.split("_")))


def _operator(name: str, int8: bool) -> Operator:
    spec = ops.specs().get(name)
    if spec is None or not int8 or not spec.tflm.int8_only:
        return Operator(name, _method(name))
    return Operator(name, _method(name), spec.tflm.int8_only, KERNELS + spec.tflm.header)


def _is_int8(op: StoredOperator) -> bool:
    """Whether the first inputs and the outputs are int8, but for int32 constants."""
    tensors = [*(op.file.tensor(i) for i in op.input_indices[:2] if i >= 0), *op.outputs]
    return all(t.kind == "INT8" or (t.raw is not None and t.kind == "INT32") for t in tensors)
