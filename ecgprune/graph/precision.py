"""What a model computes in. Code is generated for integers; this tells what else a file is, and how to make it int8."""

from __future__ import annotations

from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["check_integers", "check_tflm"]

_WEIGHTED = (
    "BATCH_MATMUL", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SVDF", "TRANSPOSE_CONV",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
)  # fmt: skip
_REMEDY = (
    "convert it to full int8: converter.optimizations = [tf.lite.Optimize.DEFAULT], converter.representative_dataset = "
    "a generator of typical inputs, converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8], "
    "converter.inference_input_type = converter.inference_output_type = tf.int8"
)
_DYNAMIC_RANGE = "a dynamic-range model: its weights are int8, but it computes in float32"
_FLOAT16 = "a float16 model: its weights are float16, and it computes in float32"
_FLOAT32 = "a float32 model"


def check_integers(graph: Graph) -> None:
    """Checks that a model computes in integers; float32 inputs and outputs that it quantizes itself do not matter.

    Args:
        graph: the model, folded.

    Raises:
        UnsupportedOperatorError: all that it computes, it computes in float32. A model of both passes: the operators
            in float32 are refused by themselves.
    """
    found = _kind(graph)
    if found is not None:
        raise UnsupportedOperatorError(
            f"this is {found}; {_REMEDY}{'; --runtime tflm takes it as it is' if found == _FLOAT32 else ''}"
        )


def check_tflm(graph: Graph) -> None:
    """Checks that a model is none of the kinds that TFLM has no kernels for.

    Args:
        graph: as `reader.read` returns it.

    Raises:
        UnsupportedOperatorError: its weights are float16, or int8 where it computes in float32.
    """
    found = _kind(graph)
    if found in (_DYNAMIC_RANGE, _FLOAT16):
        raise UnsupportedOperatorError(f"this is {found}, which TensorFlow Lite Micro does not run; {_REMEDY}")


def _kind(graph: Graph) -> str | None:
    """What a model that computes in float32 alone is; None for any other."""
    computed = [op for op in graph.ops if op.name in _WEIGHTED and _types(graph, op)]
    if any(_types(graph, op) != {"float32"} for op in computed):
        return None
    if not computed:
        types = {t for op in graph.ops if op.name not in ("QUANTIZE", "DEQUANTIZE") for t in _types(graph, op)}
        return _FLOAT32 if types == {"float32"} else None
    weights = [w for op in computed for w in _constants(graph, op)]
    if any(w.dtype.name == "float16" for w in weights):
        return _FLOAT16
    if any(graph.tensor(i).dtype.name == "int8" for op in computed for i in op.inputs[1:] if i >= 0):
        return _DYNAMIC_RANGE
    return _FLOAT32


def _types(graph: Graph, op: Op) -> set[str]:
    """Element types of what the operator takes first and yields, where that is computed."""
    tensors = (*graph.op_inputs(op)[:1], *graph.op_outputs(op))
    return {t.dtype.name for t in tensors if t is not None and not t.is_constant}


def _constants(graph: Graph, op: Op) -> list[Tensor]:
    """The operator's constants, and what constants of it are dequantized from."""
    makers = {t: other for other in graph.ops if other.name == "DEQUANTIZE" for t in other.outputs}
    sources = (makers[i].inputs[0] if i in makers else i for i in op.inputs[1:] if i >= 0)
    return [graph.tensor(i) for i in sources if graph.tensor(i).is_constant]
