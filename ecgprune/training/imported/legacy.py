"""Models of tf_keras and Keras 2, which tf_keras reads itself once their config has been checked.

Keras would import any module that a config names, and run the code that a Lambda holds: so every class name in it is
looked up in tables here, first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.importers.keras_archive import KerasArchive, hdf5, objects
from ecgprune.training._tf import keras
from ecgprune.training.imported.layers import LAYERS, SUPPORTED

__all__ = ["MODELS", "PARTS", "TF_FUNCTIONS", "loaded", "refuse_code"]

_MODULES = {
    f"{package}{rest}"
    for package in ("keras", "tf_keras")
    for rest in ("", ".layers", ".initializers", ".regularizers", ".constraints", ".activations", ".models",
                 ".engine.functional", ".engine.sequential", ".src.engine.functional", ".src.engine.sequential",
                 ".src.layers.core.tf_op_layer", ".layers.core.tf_op_layer", ".mixed_precision")
}  # fmt: skip
MODELS = {"Functional", "Model", "Sequential"}
PARTS = {
    "InputLayer", "Normalization", "LSTMCell", "GRUCell", "SimpleRNNCell", "Policy", "TensorShape", "__tuple__",
    "__ellipsis__", "L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm",
    "Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal",
    "Identity", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
}  # fmt: skip
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda")
TF_FUNCTIONS = {
    "__operators__.add", "__operators__.getitem", "math.add", "math.subtract", "math.multiply", "math.divide",
    "math.truediv", "math.maximum", "math.minimum", "math.abs", "math.square", "math.sqrt", "math.rsqrt", "math.exp",
    "math.log", "math.log_sigmoid", "math.negative", "math.sigmoid", "math.tanh", "math.reduce_mean",
    "math.reduce_sum", "math.reduce_max", "math.reduce_min", "math.softplus", "nn.relu", "nn.relu6", "nn.leaky_relu",
    "nn.elu", "nn.silu", "nn.sigmoid", "nn.softmax", "nn.log_softmax", "nn.bias_add", "reshape", "expand_dims",
    "squeeze", "transpose", "concat", "stack", "unstack", "split", "pad", "cast", "clip_by_value", "linalg.matmul",
    "slice", "strided_slice", "tile", "reverse", "image.resize",
}  # fmt: skip
"""The functions of TensorFlow that may stand between layers: none has an effect besides its result."""


def loaded(archive: KerasArchive) -> Any:
    """The model in a file of tf_keras or Keras 2.

    Args:
        archive: What was stored.

    Returns:
        A tf_keras model for float32, not compiled.

    Raises:
        ModelError: It holds code or a layer that is not supported, it is damaged, or an input has no fixed size.
    """
    refuse_code(archive.config)
    for made in objects(archive.config):
        if isinstance(made.get("config"), dict) and "dtype" in made["config"] and made["class_name"] != "InputLayer":
            made["config"]["dtype"] = "float32"
    hdf5(archive.weights, archive.path).close()
    try:
        model = _from_config(archive.config)
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / ("model.weights.h5" if archive.is_zip else "model.h5")
            weights.write_bytes(archive.weights)
            model.load_weights(weights)
    except (ValueError, OSError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"it is not a whole Keras model: {reason}") from error
    return model


def refuse_code(config: Mapping[str, Any]) -> None:
    """Checks that every class in a config of tf_keras is in a table of classes that run nothing of the file.

    Args:
        config: Of a model.

    Raises:
        ModelError: One is not; it is named with its layer.
    """
    for made in objects(dict(config)):
        kind, module, inner = made.get("class_name"), made.get("module"), made.get("config")
        where = inner.get("name") if isinstance(inner, dict) else None
        what = f"layer '{where}' is of class {kind}" if where else f"it holds an object of class {kind}"
        if kind in ("Lambda", "function", "Lambda>function") or kind == "__lambda__":
            raise ModelError(f"{what}, which runs code from the file; replace it by Keras' own layers")
        if module is not None and module not in _MODULES:
            raise ModelError(f"{what} of {module}, which is not Keras' own; build the model from Keras' layers")
        if kind in _OPERATIONS:
            function = inner.get("function") if isinstance(inner, dict) else None
            if function not in TF_FUNCTIONS:
                raise ModelError(f"layer '{where}' is the TensorFlow function {function}, which is not supported")
        elif kind not in MODELS | PARTS and kind not in LAYERS:
            raise ModelError(f"{what}, which is not supported; {SUPPORTED}")


def _from_config(config: Mapping[str, Any]) -> Any:
    """The model of a checked config, built, with all inputs of a fixed size."""
    kind = config["class_name"]
    if kind not in MODELS:
        raise ModelError(f"the model is of class {kind}; expected a Functional or Sequential model")
    model = (keras.Sequential if kind == "Sequential" else keras.Model).from_config(dict(config["config"]))
    shape = config["config"].get("build_input_shape")
    if not model.built and shape is not None:
        model.build(shape)
    if not model.built or not getattr(model, "inputs", None):
        raise ModelError("the model has never seen an input, so it has no shapes; call it once, then save it")
    for tensor in model.inputs:
        if any(n is None for n in tensor.shape[1:]):
            raise ModelError(
                f"input '{tensor.name}' has shape {tuple(tensor.shape)}: firmware needs a fixed size; build the model "
                "with one, as keras.Input((180, 1))"
            )
    return model
