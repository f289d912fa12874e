"""The model zoo. One-dimensional convolutions are Conv2D of 1xk kernels over a (1, window, 1) image.

Conv1D would reach TFLite wrapped in reshapes, which cost instructions and RAM on the MCU.
Every layer is named: names end up in files, and Keras' own depend on what the session built before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ecgprune.errors import TrainingError
from ecgprune.training._tf import keras

__all__ = ["CLASSES", "CONTEXT_FEATURES", "PATIENT_FEATURES", "RR_FEATURES", "build", "check_window"]

CLASSES = 5
"""Outputs of every model: probabilities of the AAMI classes N, S, V, F, Q."""
RR_FEATURES = 4
"""Values of the second input, "rr", of models that have one."""

PATIENT_FEATURES = 28
"""Values of the input "patient", of models that have it."""

CONTEXT_FEATURES = 17
"""Values of the input "context", of models that have it."""

MIN_WINDOW = {"acharya": 36, "plain": 8, "compact": 16, "compact_patient": 16, "context": 16, "patient": 16}
"""Shortest window of each model, in samples: in a shorter one the last layer has no input left."""


def build(name: str, window: int) -> Any:
    """Builds an untrained model.

    Its inputs are "ecg" float32 (1, window, 1); for compact also "rr" float32 (4,), for compact_patient and patient
    also "patient" float32 (28,), for context both this and "context" float32 (17,). Its output is "probabilities"
    float32 (5,).

    Args:
        name: a key of MIN_WINDOW.
        window: length of a beat, in samples.

    Returns:
        A tf_keras model.

    Raises:
        TrainingError: there is no such model, or the window is too short for it.
    """
    if name not in _ZOO:
        raise TrainingError(f"no model '{name}' in the zoo; there are {', '.join(sorted(_ZOO))}")
    if window < MIN_WINDOW[name]:
        raise TrainingError(
            f"model {name} needs beats of at least {MIN_WINDOW[name]} samples, the dataset's window is {window}; "
            "enlarge data.window or choose another model"
        )
    return _ZOO[name](window)


def check_window(model: Any, window: int, name: str) -> None:
    """Checks the length of the beats that a model takes.

    Args:
        model: the Keras model.
        window: samples of the dataset's beats.
        name: of the model, for the error.

    Raises:
        TrainingError: the model takes beats of another length.
    """
    takes = int(model.input_shape[0][2] if isinstance(model.input_shape, list) else model.input_shape[2])
    if takes != window:
        raise TrainingError(
            f"{name} takes beats of {takes} samples, the dataset's window is {window}; "
            "use the dataset that the model was trained on, or train anew"
        )


def _acharya(window: int) -> Any:
    """Model A of docs/results/bench.md, after Acharya et al., "A deep convolutional neural network model to classify
    heartbeats", Computers in Biology and Medicine 89 (2017), with ReLU. Valid padding; 95 770 MAC at a window of 260
    samples."""
    ecg = x = keras.Input((1, window, 1), name="ecg")
    for number, (channels, width) in enumerate(((5, 3), (10, 4), (20, 4)), start=1):
        x = keras.layers.Conv2D(channels, (1, width), activation="relu", name=f"conv{number}")(x)
        x = keras.layers.MaxPooling2D((1, 2), name=f"pool{number}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(30, activation="relu", name="dense1")(x)
    x = keras.layers.Dense(20, activation="relu", name="dense2")(x)
    return keras.Model(ecg, _classifier(x), name="acharya")


def _plain(window: int) -> Any:
    """Model B of docs/results/bench.md: 1 403 168 MAC at a window of 180 samples."""
    ecg = x = keras.Input((1, window, 1), name="ecg")
    for number, channels in enumerate((32, 32, 64, 64), start=1):
        x = keras.layers.Conv2D(channels, (1, 5), padding="same", activation="relu", name=f"conv{number}")(x)
        if number < 4:
            x = keras.layers.MaxPooling2D((1, 2), name=f"pool{number}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    x = keras.layers.Dense(32, activation="relu", name="dense1")(x)
    return keras.Model(ecg, _classifier(x), name="plain")


COMPACT_LAYERS = ((16, 7, 2), (24, 5, 2), (32, 5, 2), (40, 5, 1), (48, 5, 2))
"""(channels, kernel width, stride) of the compact model's convolutions: strides come early, where they save most."""


def _compact(window: int) -> Any:
    """Five convolutions with batch norm, global average pooling, and RR features beside it: 22 837 parameters."""
    ecg = keras.Input((1, window, 1), name="ecg")
    rr = keras.Input((RR_FEATURES,), name="rr")
    x = _convolutions(ecg, COMPACT_LAYERS)
    # TFLite joins tensors only at one common scale. This layer keeps the scale of the RR input itself free of that.
    rr_features = keras.layers.Dense(8, activation="relu", name="rr1")(rr)
    x = keras.layers.Concatenate(name="features")([x, rr_features])
    return keras.Model([ecg, rr], _classifier(x), name="compact")


def _compact_patient(window: int) -> Any:
    """The convolutions of compact beside what sets the beat against the patient's own, and a layer that weighs the one
    with the other: 24 661 parameters."""
    ecg = keras.Input((1, window, 1), name="ecg")
    patient = keras.Input((PATIENT_FEATURES,), name="patient")
    x = _convolutions(ecg, COMPACT_LAYERS)
    own = keras.layers.Dense(16, activation="relu", name="own")(patient)
    x = keras.layers.Concatenate(name="features")([x, own])
    x = keras.layers.Dense(24, activation="relu", name="dense1")(x)
    return keras.Model([ecg, patient], _classifier(x), name="compact_patient")


PATIENT_LAYERS = ((8, 7, 2), (16, 5, 2), (24, 5, 2), (32, 5, 2))
"""As COMPACT_LAYERS."""


def _patient(window: int) -> Any:
    """For patients never seen: N and S by what sets the beat against the patient's rhythm and template beat, the others
    by the beat's shape as well. 7 693 parameters.

    A few patients cannot teach a network P waves, and it would learn the patients instead: so it has no say in S.
    """
    ecg = keras.Input((1, window, 1), name="ecg")
    patient = keras.Input((PATIENT_FEATURES,), name="patient")
    x = keras.layers.Dropout(0.5, name="drop_shape")(_convolutions(ecg, PATIENT_LAYERS))
    own = keras.layers.GaussianNoise(0.2, name="blur")(patient)
    own = keras.layers.Dense(24, activation="relu", name="own")(own)
    own = keras.layers.Dropout(0.2, name="drop_own")(own)
    x = keras.layers.Concatenate(name="features")([x, own])
    rhythm, shape = keras.layers.Dense(2, name="rhythm")(own), keras.layers.Dense(CLASSES - 2, name="shape")(x)
    logits = keras.layers.Concatenate(name="logits")([rhythm, shape])
    return keras.Model([ecg, patient], keras.layers.Softmax(name="probabilities")(logits), name="patient")


def _context(window: int) -> Any:
    """As `_patient`, and what sets the beat against similar ones beside it."""
    ecg = keras.Input((1, window, 1), name="ecg")
    patient = keras.Input((PATIENT_FEATURES,), name="patient")
    context = keras.Input((CONTEXT_FEATURES,), name="context")
    x = keras.layers.Dropout(0.5, name="drop_shape")(_convolutions(ecg, PATIENT_LAYERS))
    own = keras.layers.Concatenate(name="inputs")([patient, context])
    own = keras.layers.GaussianNoise(0.35, name="blur")(own)
    own = keras.layers.Dense(64, activation="relu", name="own")(own)
    own = keras.layers.Dropout(0.2, name="drop_own")(own)
    x = keras.layers.Concatenate(name="features")([x, own])
    rhythm, shape = keras.layers.Dense(2, name="rhythm")(own), keras.layers.Dense(CLASSES - 2, name="shape")(x)
    logits = keras.layers.Concatenate(name="logits")([rhythm, shape])
    return keras.Model([ecg, patient, context], keras.layers.Softmax(name="probabilities")(logits), name="context")


def _convolutions(x: Any, layers: Sequence[tuple[int, int, int]]) -> Any:
    """Convolutions with batch norm and ReLU, then the mean over time; layers as COMPACT_LAYERS."""
    for number, (channels, width, stride) in enumerate(layers, start=1):
        x = keras.layers.Conv2D(
            channels, (1, width), strides=(1, stride), padding="same", use_bias=False, name=f"conv{number}"
        )(x)
        # Momentum 0.9: the moving averages must settle within the few hundred steps of a small database.
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"norm{number}")(x)
        x = keras.layers.ReLU(name=f"relu{number}")(x)
    return keras.layers.GlobalAveragePooling2D(name="mean")(x)


def _classifier(x: Any) -> Any:
    return keras.layers.Dense(CLASSES, activation="softmax", name="probabilities")(x)


_ZOO: dict[str, Callable[[int], Any]] = {
    "acharya": _acharya,
    "compact": _compact,
    "compact_patient": _compact_patient,
    "context": _context,
    "patient": _patient,
    "plain": _plain,
}
