"""Quantization-aware fine-tuning: zeros kept, the same graph as without it, simulated as it is converted."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from training_data import shortened, small_beats

from ecgprune.config import Config, ModelConfig, QuantizeConfig, TrainConfig
from ecgprune.errors import LostZerosError, QuantizationError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.pipeline import training as pipeline
from ecgprune.training import fit, keras_file, loop, masks, models, qat, quantize
from ecgprune.training._tf import keras, seed_everything
from ecgprune.training.arrays import TRAIN, VALIDATION, rows, scores
from ecgprune.training.augment import model_inputs
from ecgprune.training.beats import BeatsTask

BEATS = small_beats()
TRAINING = TrainConfig(epochs=3, batch_size=64, learning_rate=0.005)
QAT = QuantizeConfig(method="qat", calibration_beats=100, qat_epochs=2, qat_learning_rate=0.001)
CONFIG = Config(seed=5, model=ModelConfig(name="compact"), train=TRAINING, quantize=QAT)


def trained(name: str, epochs: int = 3):
    seed_everything(1)
    model = models.build(name, 64)
    loop.fit(model, BeatsTask(BEATS, TRAINING), loop.Course(1, epochs, 0.005))
    return model


def thinned(model, share: float):
    """`model` with the smallest weights of each layer at zero, and the second layer's first channel wholly so."""
    for number, layer in enumerate(layer for layer in model.layers if layer.name in masks.kernels(model)):
        kernel, *rest = layer.get_weights()
        kernel[np.abs(kernel) <= np.quantile(np.abs(kernel), share)] = 0
        if number == 1:
            kernel[..., 0] = 0
        layer.set_weights([kernel, *rest])
    return model


def interpreted(content: bytes) -> np.ndarray:
    """int8 outputs [validation beats, 5] of TFLite's reference kernels."""
    machine = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    index = rows(BEATS, VALIDATION)
    given = {"ecg": BEATS.ecg[index][:, None, :, None], "rr": BEATS.rr[index]}
    for detail in machine.get_input_details():
        machine.resize_tensor_input(detail["index"], [len(index), *detail["shape"][1:]])
    machine.allocate_tensors()
    for detail in machine.get_input_details():
        machine.set_tensor(detail["index"], given["ecg" if "ecg" in detail["name"] else "rr"])
    machine.invoke()
    return machine.get_tensor(machine.get_output_details()[0]["index"])


def int8_scores(content: bytes) -> tuple[float, float]:
    return scores(BEATS.label[rows(BEATS, VALIDATION)], interpreted(content).argmax(axis=1), 5)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """(pruned.keras, {"ptq" and "qat": .tflite}, what quantize returned for the latter) of a compact model."""
    folder = tmp_path_factory.mktemp("tuned")
    with shortened():
        keras_file.save(thinned(trained("compact"), 0.6), folder / "pruned.keras")
    ptq = dataclasses.replace(CONFIG, quantize=QuantizeConfig(calibration_beats=100))
    quantize.quantize(BEATS, ptq, folder / "pruned.keras", folder / "ptq.tflite")
    told = quantize.quantize(BEATS, CONFIG, folder / "pruned.keras", folder / "qat.tflite")
    return folder / "pruned.keras", {m: TfliteFile((folder / f"{m}.tflite").read_bytes()) for m in ("ptq", "qat")}, told


def test_every_zero_is_kept_and_the_other_weights_have_moved(tuned):
    source, files, told = tuned
    kernels = list(masks.kernels(keras_file.load(source)).values())
    stored = {m: [op.inputs[1].data for op in file.operators if op.weighted] for m, file in files.items()}
    for kernel, before, after in zip(kernels, stored["ptq"], stored["qat"], strict=True):
        dead = np.moveaxis(kernel, -1, 0) == 0
        assert dead.mean() > 0.55
        assert not after[dead].any()
        assert np.mean(after != before) > 0.1
    zeros = sum(int((k == 0).sum()) for k in kernels)
    assert sum(layer["zeros"] for layer in told["sparsity"]["per_layer"]) >= zeros


def test_the_graph_is_that_of_post_training_quantization(tuned):
    _, files, _ = tuned
    ptq, qat_file = files["ptq"], files["qat"]
    assert [op.name for op in qat_file.operators] == [op.name for op in ptq.operators]
    for before, after in zip(ptq.operators, qat_file.operators, strict=True):
        assert [(t.shape, t.dtype, len(t.scale)) for t in (*before.inputs, *before.outputs)] == [
            (t.shape, t.dtype, len(t.scale)) for t in (*after.inputs, *after.outputs)
        ]
        assert all(t.dtype in (np.int8, np.int32) for t in (*after.inputs, *after.outputs))
        assert not after.weighted or len(after.inputs[1].scale) == after.inputs[1].shape[0]
    for tensor, scale in zip(qat_file.inputs, (1 / 16, 1 / 32), strict=True):
        assert (tensor.scale.tolist(), tensor.zero_point.tolist()) == ([scale], [0])


def test_a_channel_without_weights_keeps_a_usable_scale(tuned):
    conv2 = [op for op in tuned[1]["qat"].operators if op.weighted][1]
    assert not conv2.inputs[1].data[0].any()
    assert conv2.inputs[1].scale[0] > 1e-5


def test_quantize_tells_how_the_fine_tuning_went(tuned):
    told = json.loads(json.dumps(tuned[2]))
    assert (told["method"], told["epochs"], told["learning_rate"]) == ("qat", 2, 0.001)
    assert (told["output_error"], told["mended"]) == (None, False)
    kept = told["history"][told["best_epoch"] - 1]
    assert (told["accuracy"], told["macro_f1"]) == (kept["accuracy"], kept["macro_f1"])
    accuracy, _ = int8_scores(bytes(tuned[1]["qat"].content))
    assert accuracy == pytest.approx(told["accuracy"], abs=0.02)


def test_what_is_simulated_is_what_is_converted(tuned):
    """Every step of an activation, and the answers: all but those that int8's own rounding inside layers turns."""
    source, files, _ = tuned
    model, file = keras_file.load(source), files["ptq"]
    index = np.random.default_rng(CONFIG.seed).permutation(rows(BEATS, TRAIN))[:100]
    mode = qat._Mode()
    copy = qat._wrapped(model, BEATS, mode)
    qat._Ranges(copy, mode, quantize.calibration(model, BEATS, np.sort(index))).on_train_begin()
    expected = {float(op.outputs[0].scale[0]) for op in file.operators if op.name != "SOFTMAX"}
    steps = [float(w.numpy()) for layer in copy.layers for w in layer.weights if w.name.endswith("step:0")]
    np.testing.assert_allclose(sorted(step for step in steps if step != 1), sorted(expected), rtol=1e-4)
    simulated = copy.predict_on_batch(model_inputs(copy, BEATS, rows(BEATS, VALIDATION)))
    found = (interpreted(bytes(file.content)).astype(np.float32) + 128) / 256
    assert np.mean(np.abs(found - simulated)) < 0.01
    assert np.mean(found.argmax(axis=1) == simulated.argmax(axis=1)) > 0.97


def test_it_recovers_what_post_training_quantization_loses():
    """One channel of the first layer, made louder and the next layer's weights for it smaller: nothing changes in
    float, and in int8 that channel takes all steps for itself."""
    model, loud = thinned(trained("acharya", 6), 0.3), np.float32(300)
    first, second = model.get_layer("conv1"), model.get_layer("conv2")
    first.set_weights([values * np.array([loud, 1, 1, 1, 1]) for values in first.get_weights()])
    kernel, bias = second.get_weights()
    kernel[:, :, 0] /= loud
    second.set_weights([kernel, bias])
    chosen = quantize.calibration(model, BEATS, rows(BEATS, TRAIN)[:100])
    accuracy, _ = fit.evaluate(model, BEATS, VALIDATION)
    lost, _ = int8_scores(quantize.convert(model, chosen))
    config = dataclasses.replace(CONFIG, quantize=dataclasses.replace(QAT, qat_epochs=4, qat_learning_rate=0.003))
    tuned, _ = qat.fine_tune(model, BEATS, config, chosen)
    content = quantize.convert(tuned, chosen)
    quantize.check_zeros(TfliteFile(content), model)
    assert lost < accuracy - 0.1
    assert int8_scores(content)[0] > lost + 0.1


def test_the_same_seed_gives_the_same_weights():
    chosen = None
    found = []
    for _ in range(2):
        seed_everything(3)
        model = thinned(models.build("acharya", 64), 0.5)
        chosen = quantize.calibration(model, BEATS, rows(BEATS, TRAIN)[:50])
        found.append(qat.fine_tune(model, BEATS, CONFIG, chosen)[0].get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_layer_that_is_not_built_yet_is_named():
    ecg = keras.Input((1, 64, 1), name="ecg")
    x = keras.layers.DepthwiseConv2D((1, 3), name="wide")(ecg)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    model = keras.Model(ecg, keras.layers.Dense(5, activation="softmax", name="probabilities")(x))
    with pytest.raises(
        QuantizationError,
        match=r"^quantization-aware fine-tuning of layer wide \(DepthwiseConv2D\) is not built yet, of Conv2D, "
        r"Dense and BatchNormalization it is; set quantize\.method to 'ptq'$",
    ):
        qat.fine_tune(model, BEATS, CONFIG, {})


def test_lost_zeros_are_an_error():
    model = thinned(models.build("acharya", 64), 0.5)
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    kernel, bias = other.get_layer("conv2").get_weights()
    dead = np.argwhere(kernel == 0)
    kernel[tuple(dead[3])] = 1e-3
    other.get_layer("conv2").set_weights([kernel, bias])
    with pytest.raises(LostZerosError, match=rf"^fine-tuning lost 1 of the {len(dead)} zeros of layer conv2$"):
        qat._check_held(model, other)


def test_the_step_depends_on_training_only_when_it_trains(tmp_path):
    def settings(method: str, train: TrainConfig):
        config = dataclasses.replace(CONFIG, train=train, quantize=QuantizeConfig(method=method))
        (step,) = [step for _, step in pipeline.steps(config, tmp_path) if step.name == "quantize"]
        return step.settings

    other = dataclasses.replace(TRAINING, noise_std=0.5)
    assert settings("ptq", TRAINING) == settings("ptq", other)
    assert settings("qat", TRAINING) != settings("qat", other)
