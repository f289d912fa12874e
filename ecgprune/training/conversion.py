"""From a float model to the bytes of an int8 .tflite by TFLite's converter, whose output is checked and mended.

The converter works at batch size 1, so that a shape is never computed at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress
from ecgprune.errors import GraphError, LostZerosError, QuantizationError
from ecgprune.graph.folding import fold
from ecgprune.graph.reader import read
from ecgprune.graph.tflite import StoredOperator, StoredTensor, TfliteFile
from ecgprune.training._tf import ConverterError, hushed, tf

__all__ = ["Converted", "Traced", "convert", "convert_traced", "traced", "weighted"]

_EDGES = ("QUANTIZE", "DEQUANTIZE")


@dataclass(frozen=True)
class Traced:
    """A model as the converter takes it.

    Attributes:
        name: Of the model, for messages.
        inputs: Shapes by the inputs' names in the signature, in order; the first axis is the batch and has size 1.
        function: The concrete function of all inputs in order.
        owner: What keeps the variables alive.
        model: The functional Keras model whose variables the function reads; None where there is none.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    function: Any
    owner: Any
    model: Any = None


class Converted(NamedTuple):
    """A .tflite of int8, and one of float as the converter writes it: same inputs and outputs, in the same order."""

    int8: bytes
    reference: bytes


def traced(model: Any) -> Traced:
    """A Keras model at batch size 1."""
    names = dict(zip(model.input_names, signature_names(model.input_names), strict=True))
    shapes = {
        names[name]: (1, *(int(n) for n in tensor.shape[1:]))
        for name, tensor in zip(model.input_names, model.inputs, strict=True)
    }

    def call(*arguments: Any) -> Any:
        found = model(dict(zip(names, arguments, strict=True)), training=False)
        return list(found.values()) if isinstance(found, dict) else found

    return Traced(str(model.name), shapes, concrete(call, shapes), _Variables(model.variables), model)


class _Variables(tf.Module):  # type: ignore[misc]
    """Owns the variables of a model, and no layers: the converter saves what owns them, and of a Keras model it would
    trace every layer anew, which takes longer than all else and adds nothing to the file."""

    def __init__(self, variables: Sequence[Any]) -> None:
        super().__init__()
        self.held = list(variables)


def signature_names(names: Sequence[str]) -> list[str]:
    """Names of inputs as a signature takes them: letters, digits and underscores, each once."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\W", "_", name)
        found.append(plain if plain not in found else f"{plain}_{len(found)}")
    return found


def concrete(call: Callable[..., Any], shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The concrete function of `call` on float32 tensors of these names and shapes."""
    signature = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in shapes.items()]
    return tf.function(call, input_signature=signature).get_concrete_function()


def convert(model: Any, inputs: Mapping[str, NDArray[np.float32]], progress: Progress = no_progress) -> bytes:
    """Converts a Keras model to an int8 .tflite, and checks its weights.

    Args:
        model: the float model.
        inputs: {input name: float32 [n, ...]} to calibrate on, in the order of the model's inputs.
        progress: called as work goes on.

    Returns:
        The file's bytes.

    Raises:
        QuantizationError: operators stay float, or a bias overflows.
        LostZerosError: a weight that is zero is not zero in the int8 file.
    """
    return convert_traced(traced(model), inputs, progress).int8


def convert_traced(
    source: Traced, inputs: Mapping[str, NDArray[np.float32]], progress: Progress = no_progress
) -> Converted:
    """As `convert`, for any function; returns the float file as well."""
    progress(0.1, "convert")
    file, reference = _converted(source, inputs)
    progress(0.9, "check")
    _check_operators(file)
    pairs = list(_pairs(file, reference))
    _check_zeros(pairs)
    _mend_biases(file, pairs)
    return Converted(bytes(file.content), bytes(reference.content))


def weighted(file: TfliteFile) -> list[StoredOperator]:
    """The operators that multiply by a kernel, in order."""
    return [op for op in file.operators if op.weighted]


class _Converter(tf.lite.TFLiteConverter):  # type: ignore[misc]
    """Keeps the float file that it quantizes. To convert once more for it takes as long again.

    Attributes:
        reference: the file.
    """

    reference: bytes

    def _optimize_tflite_model(self, model: bytes, *arguments: Any, **settings: Any) -> bytes:
        self.reference = bytes(model)
        quantized: bytes = super()._optimize_tflite_model(model, *arguments, **settings)
        return quantized


def _converted(source: Traced, inputs: Mapping[str, NDArray[np.float32]]) -> tuple[TfliteFile, TfliteFile]:
    """What TFLite's converter makes of `source`: of int8, calibrated on `inputs`, and of float."""
    converter = _Converter.from_concrete_functions([source.function], source.owner)
    by_name = dict(zip(source.inputs, inputs.values(), strict=True))

    def representative() -> Iterator[dict[str, NDArray[np.float32]]]:
        for i in range(len(next(iter(by_name.values())))):
            yield {name: values[i : i + 1] for name, values in by_name.items()}

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    # The float operators are allowed so that they can be named: without them the converter just fails.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    try:
        with hushed():
            files = TfliteFile(converter.convert()), TfliteFile(converter.reference)
    except (ValueError, RuntimeError, ConverterError, tf.errors.OpError) as error:
        reason = _reason(str(error)) or type(error).__name__
        raise QuantizationError(f"TFLite's converter cannot convert model {source.name}: {reason}") from error
    for file in files:
        file.follow_signature(list(source.inputs))
    return files


def _reason(text: str) -> str:
    """The operators that the converter lacks, or else the first line of what it says."""
    lacking = sorted(set(re.findall(r"'tf\.(\w+)' op is neither a custom op nor a flex op", text)))
    if lacking:
        return f"TFLite has no operator for {', '.join(lacking)}; use other layers"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else ""


def _check_operators(file: TfliteFile) -> None:
    """Raises QuantizationError: an operator computes with floats, and not as a table of 256 answers would do it."""
    left = [
        f"{op.name} (operator {op.index}, output '{op.outputs[0].name}')"
        for op in file.operators
        if any(t.dtype == np.float32 for t in (*op.inputs, *op.outputs)) and op.name not in _EDGES
    ]
    if left and not _tabulated(file):
        raise QuantizationError(
            f"float operators are left in the graph: {', '.join(left)}; use layers that TFLite computes in int8"
        )
    for tensor in (*file.inputs, *file.outputs):
        if tensor.dtype != np.int8:
            raise QuantizationError(f"tensor '{tensor.name}' at the edge of the model is not int8")


def _tabulated(file: TfliteFile) -> bool:
    """Whether every float operator is a function of one int8 value, which code generation makes a table of."""
    try:
        graph = fold(read(bytes(file.content)))
    except GraphError:
        return False
    return not any(graph.tensor(t).dtype == np.float32 for op in graph.ops for t in op.outputs)


@dataclass(frozen=True)
class _Pair:
    """A kernel as int8 and as float, with the biases that go with it where there are any.

    Attributes:
        op: The operator of the int8 file.
        kernel: Its int8 weights.
        float_kernel: The float ones, batch norm folded in.
        bias: int32; None where there is none.
        float_bias: The float one.
    """

    op: StoredOperator
    kernel: StoredTensor
    float_kernel: NDArray[np.float32]
    bias: StoredTensor | None
    float_bias: NDArray[np.float64] | None


def _pairs(file: TfliteFile, reference: TfliteFile) -> Iterator[_Pair]:
    """Every constant kernel of the int8 file beside that of the float file.

    Raises QuantizationError: the two files do not have the same kernels.
    """
    ours, theirs = ([op for op in weighted(f) if op.inputs[1].data is not None] for f in (file, reference))
    if [(op.name, op.inputs[1].shape) for op in ours] != [(op.name, op.inputs[1].shape) for op in theirs]:
        raise QuantizationError("TFLite's converter made another graph of the int8 model than of the float model")
    for op, float_op in zip(ours, theirs, strict=True):
        float_kernel = float_op.inputs[1].data
        assert float_kernel is not None
        bias = op.inputs[2] if len(op.inputs) > 2 and op.inputs[2].data is not None else None
        true = None
        if bias is not None:
            stored = float_op.inputs[2].data if len(float_op.inputs) > 2 else None
            true = np.zeros(bias.shape) if stored is None else np.asarray(stored, np.float64)
        yield _Pair(op, op.inputs[1], float_kernel, bias, true)


def _check_zeros(pairs: list[_Pair]) -> None:
    """Raises LostZerosError: a weight that is zero in the float file is not zero in the int8 file."""
    for pair in pairs:
        lost = int(np.sum((pair.float_kernel == 0) & (pair.kernel.data != 0)))
        if lost:
            raise LostZerosError(
                f"quantization lost {lost} of the {int(np.sum(pair.float_kernel == 0))} zeros of {pair.op.name} "
                f"(operator {pair.op.index})"
            )


def _mend_biases(file: TfliteFile, pairs: list[_Pair]) -> None:
    """Gives channels without weights a usable scale and their true bias; checks all other biases.

    The converter derives a channel's scale from its largest weight. Where all are zero it becomes 4e-9; the bias
    divided by it exceeds int32, and the output of the channel, its bias, is lost. Any scale is right for zeros.
    Raises QuantizationError: another channel's bias does not fit int32.
    """
    for pair in pairs:
        op, kernel, bias, true = pair.op, pair.kernel, pair.bias, pair.float_bias
        if bias is None or true is None:
            continue
        assert kernel.data is not None
        assert bias.data is not None
        source = op.inputs[0]
        axis = 3 if op.name == "DEPTHWISE_CONV_2D" else 0
        dead = ~np.any(kernel.data, axis=tuple(d for d in range(kernel.data.ndim) if d != axis))
        if dead.any() and len(kernel.scale) == len(dead):
            scale = kernel.scale[~dead].max() if not dead.all() else op.outputs[0].scale[0] / source.scale[0]
            if file.users(bias.buffer) > 1:
                raise QuantizationError(f"the bias of {op.name} (operator {op.index}) is shared and cannot be mended")
            kernel.scale[dead] = scale
            bias.scale[dead] = source.scale[0] * kernel.scale[dead]
            bias.data[dead] = np.round(true[dead] / bias.scale[dead])
        error = np.abs(bias.data * bias.scale.astype(np.float64) - true)
        if np.any(error > bias.scale + 1e-5 * np.abs(true)):
            channel = int(np.argmax(error))
            raise QuantizationError(
                f"the bias {true[channel]:g} of channel {channel} of {op.name} (operator {op.index}) does not fit "
                "int32: the channel's weights are too small for it; train with a lower learning rate, or prune it"
            )
