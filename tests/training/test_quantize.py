"""Quantization: pure int8, exact inputs, zeros kept, dead channels exact in TFLM."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime
from training_data import shortened, small_beats

from ecgprune.artifacts import sha256_file
from ecgprune.config import Config, ModelConfig, PruneConfig, QuantizeConfig, Stage, TrainConfig
from ecgprune.errors import LostZerosError, QuantizationError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.training import fit, keras_file, masks, models, prune, quantize
from ecgprune.training._tf import keras, seed_everything
from ecgprune.training.arrays import TEST, TRAIN, rows, scores

BEATS = small_beats()
CONFIG = Config(
    seed=5,
    model=ModelConfig(name="compact"),
    train=TrainConfig(epochs=4, batch_size=64, learning_rate=0.005),
    prune=PruneConfig(stages=(Stage(sparsity=0.6, epochs=2),)),
    quantize=QuantizeConfig(calibration_beats=100),
)


@pytest.fixture(scope="module")
def quantized(tmp_path_factory):
    """(pruned.keras, model.tflite, what quantize returned) of a compact model at sparsity 0.6."""
    folder = tmp_path_factory.mktemp("quantized")
    with shortened():
        fit.train_dense(BEATS, CONFIG, folder / "dense.keras", folder / "dense.json", folder / "logs")
    dense = folder / "dense.keras"
    prune.run_stage(BEATS, CONFIG, 0, dense, dense, folder / "pruned.keras")
    told = quantize.quantize(BEATS, CONFIG, folder / "pruned.keras", folder / "model.tflite")
    return folder / "pruned.keras", folder / "model.tflite", told


def interpreted(path: Path, index: np.ndarray) -> np.ndarray:
    """int8 outputs [beats, 5] of TFLite's reference kernels."""
    machine = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    machine.allocate_tensors()
    ecg, rr = (detail["index"] for detail in machine.get_input_details())
    out = []
    for i in index:
        machine.set_tensor(ecg, BEATS.ecg[i][None, None, :, None])
        machine.set_tensor(rr, BEATS.rr[i][None])
        machine.invoke()
        out.append(machine.get_tensor(machine.get_output_details()[0]["index"])[0])
    return np.array(out)


def test_int8_goes_in_and_comes_out_with_the_datasets_scales(quantized):
    machine = Interpreter(str(quantized[1]))
    ecg, rr = machine.get_input_details()
    (out,) = machine.get_output_details()
    assert (ecg["dtype"], ecg["shape"].tolist(), ecg["quantization"]) == (np.int8, [1, 1, 64, 1], (1 / 16, 0))
    assert (rr["dtype"], rr["shape"].tolist(), rr["quantization"]) == (np.int8, [1, 4], (1 / 32, 0))
    assert (out["dtype"], out["shape"].tolist(), out["quantization"]) == (np.int8, [1, 5], (1 / 256, -128))


def test_no_tensor_is_float_and_weights_have_a_scale_per_channel(quantized):
    file = TfliteFile(quantized[1].read_bytes())
    for op in file.operators:
        assert all(t.dtype in (np.int8, np.int32) for t in (*op.inputs, *op.outputs)), op.name
        if op.weighted:
            assert len(op.inputs[1].scale) == op.inputs[1].shape[0]
            assert not op.inputs[1].zero_point.any()
    assert [op.name for op in file.operators] == [
        *["CONV_2D"] * 3, "MEAN", "FULLY_CONNECTED", "CONCATENATION", "FULLY_CONNECTED", "SOFTMAX",
    ]  # fmt: skip


def test_every_zero_of_the_model_is_a_zero_in_the_tflite(quantized):
    source, path, told = quantized
    kernels = list(masks.kernels(keras_file.load(source)).values())
    stored = [op.inputs[1].data for op in TfliteFile(path.read_bytes()).operators if op.weighted]
    for kernel, weights in zip(kernels, stored, strict=True):
        ordered = np.moveaxis(kernel, -1, 0)
        assert (ordered == 0).mean() == pytest.approx(0.6, abs=0.02)
        assert not weights[ordered == 0].any()
    zeros, count = sum((w == 0).sum() for w in stored), sum(w.size for w in stored)
    assert told["sparsity"]["overall"] == zeros / count


def test_int8_answers_nearly_as_well_as_float(quantized):
    source, path, _ = quantized
    index = rows(BEATS, TEST)
    truth = BEATS.label[index]
    accuracy, _ = scores(truth, interpreted(path, index).argmax(axis=1), 5)
    reference, _ = scores(truth, fit.predict(source, BEATS)[index].argmax(axis=1), 5)
    assert reference > 0.8
    assert accuracy >= reference - 0.03


def test_calibration_sees_training_beats_only(quantized, tmp_path):
    source, path, _ = quantized
    other = BEATS.ecg.copy()
    other[BEATS.split != TRAIN] = 127
    quantize.quantize(dataclasses.replace(BEATS, ecg=other), CONFIG, source, tmp_path / "model.tflite")
    assert sha256_file(tmp_path / "model.tflite") == sha256_file(path)


SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = {tests!r}
import test_quantize as t
t.quantize.quantize(t.BEATS, t.CONFIG, Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_another_process_writes_the_same_bytes_and_no_noise(quantized, tmp_path):
    source, path, _ = quantized
    script = SCRIPT.format(tests=[str(Path(__file__).parent), str(Path(__file__).parents[1] / "support")])
    command = [sys.executable, "-c", script, str(source), str(tmp_path / "model.tflite")]
    result = subprocess.run(command, capture_output=True, check=True)
    assert sha256_file(tmp_path / "model.tflite") == sha256_file(path)
    assert result.stdout + result.stderr == b"", "the converter's noise reached the terminal"


def test_float_operators_left_are_named():
    ecg = keras.Input((1, 64, 1), name="ecg")
    x = keras.layers.Conv2D(4, (1, 3), name="conv1")(ecg)
    x = keras.layers.Activation(keras.backend.cos, name="cosine")(x)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    model = keras.Model(ecg, keras.layers.Dense(5, activation="softmax", name="probabilities")(x), name="wave")
    with pytest.raises(
        QuantizationError,
        match=r"^float operators are left in the graph: COS \(operator \d, output '.*'\); "
        r"use layers that TFLite computes in int8$",
    ):
        quantize.convert(model, quantize.calibration(model, BEATS, np.arange(10)))


def test_another_input_scale_than_the_datasets_is_refused(tmp_path):
    """Joined as they are, the RR features share the scale of what they are joined with."""
    ecg, rr = keras.Input((1, 64, 1), name="ecg"), keras.Input((4,), name="rr")
    x = keras.layers.GlobalAveragePooling2D(name="mean")(keras.layers.Conv2D(4, (1, 3), name="conv1")(ecg))
    x = keras.layers.Concatenate(name="features")([keras.layers.Rescaling(100.0, name="large")(x), rr])
    model = keras.Model([ecg, rr], keras.layers.Dense(5, activation="softmax", name="probabilities")(x), name="joined")
    keras_file.save(model, tmp_path / "joined.keras")
    with pytest.raises(
        QuantizationError,
        match=r"^input 'serving_default_rr:0' has scale \S+, zero point -?\d+, batch size 1; "
        r"'rr' with scale 0\.03125, zero point 0, batch size 1 was expected$",
    ):
        quantize.quantize(BEATS, CONFIG, tmp_path / "joined.keras", tmp_path / "model.tflite")
    assert not (tmp_path / "model.tflite").exists()


def test_lost_zeros_are_an_error(quantized):
    model = keras_file.load(quantized[0])
    file = TfliteFile(quantized[1].read_bytes())
    conv2 = [op for op in file.operators if op.weighted][1]
    where = np.argwhere(np.moveaxis(model.get_layer("conv2").kernel.numpy(), -1, 0) == 0)[:3]
    for place in where:
        conv2.inputs[1].data[tuple(place)] = 1
    with pytest.raises(LostZerosError) as caught:
        quantize.check_zeros(file, model)
    assert str(caught.value) == "quantization lost 3 of the 1152 zeros of layer conv2 (CONV_2D)"


def test_a_channel_without_weights_answers_its_bias_in_tflm():
    """Biases that are negative, small, and far beyond int32 at the scale that the converter gives such a channel."""
    seed_everything(1)
    ecg = keras.Input((1, 64, 1), name="ecg")
    conv = keras.layers.Conv2D(4, (1, 3), name="conv1")
    model = keras.Model(ecg, conv(ecg), name="dead")
    kernel, true = conv.kernel.numpy(), np.array([-2.5, 0.01, 3.75, 0.5], np.float32)
    kernel[..., :3] = 0
    conv.set_weights([kernel, true])
    content = quantize.convert(model, quantize.calibration(model, BEATS, np.arange(50)))
    op = TfliteFile(content).operators[0]
    assert op.inputs[1].scale.min() > 1e-4
    scale, zero_point = op.outputs[0].scale[0], op.outputs[0].zero_point[0]
    expected = np.clip(np.round(true[:3] / scale) + zero_point, -128, 127)
    machine = runtime.Interpreter.from_bytes(content)
    machine.set_input(BEATS.ecg[:1, None, :, None], 0)
    machine.invoke()
    found = machine.get_output(0).astype(int)
    assert np.all(found[..., :3] == expected)
    assert len(np.unique(found[..., 3])) > 1


def test_a_layer_without_any_weights_answers_its_biases():
    seed_everything(1)
    model = models.build("plain", 64)
    dense = model.get_layer("dense1")
    dense.set_weights([np.zeros_like(dense.kernel), np.linspace(0.5, 4, 32)])
    content = quantize.convert(model, quantize.calibration(model, BEATS, np.arange(50)))
    op = [op for op in TfliteFile(content).operators if op.weighted][-2]
    np.testing.assert_allclose(op.inputs[2].data * op.inputs[2].scale, np.linspace(0.5, 4, 32), rtol=0.05)
    machine = runtime.Interpreter.from_bytes(content)
    machine.set_input(BEATS.ecg[:1, None, :, None], 0)
    machine.invoke()
    expected = model.predict_on_batch(BEATS.ecg[:1, None, :, None] / 16.0)
    np.testing.assert_allclose((machine.get_output(0).astype(int) + 128) / 256, expected, atol=0.02)
