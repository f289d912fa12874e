"""Quantization after training: its error at the outputs, and what mends it."""

import dataclasses

import numpy as np
import pytest
from unlike_channels import INPUTS, L, network, plain

from ecgprune import pipeline
from ecgprune.artifacts import write_json
from ecgprune.graph.tflite import TfliteFile
from ecgprune.pipeline.run_folder import Step
from ecgprune.training import bias_correction, conversion, post_training
from ecgprune.training._tf import keras, tf
from ecgprune.training.conversion import Converted, traced, weighted
from ecgprune.training.litert import answers
from ecgprune.training.outcome import ERROR_LIMIT, output_warning


def _ruined():
    """Two convolutions; the second subtracts from a channel of a 200th of the range what it is on the average."""
    model = network(lambda x: L.Conv2D(4, (1, 1), activation="relu", name="b")(
        L.Conv2D(2, (1, 1), activation="relu", name="a")(x)))  # fmt: skip
    first, second = model.get_layer("a"), model.get_layer("b")
    first.set_weights([np.float32([[[[1, 0.001]]]]), np.float32([0, 0.0137])])
    kernel = np.zeros((1, 1, 2, 4), np.float32)
    kernel[0, 0, 1] = [400, 300, 200, 100]
    second.set_weights([kernel, -0.0137 * kernel[0, 0, 1] + 0.8])
    return model


def test_the_float_file_is_what_the_converter_makes_without_quantization():
    source = traced(_ruined())
    alone = tf.lite.TFLiteConverter.from_concrete_functions([source.function], source.owner).convert()
    files = [TfliteFile(content) for content in (conversion.convert_traced(source, INPUTS).reference, alone)]
    found, wanted = (
        [(op.name, [(t.name, t.shape, None if t.data is None else t.data.tobytes()) for t in (*op.inputs, *op.outputs)])
         for op in file.operators]
        for file in files
    )  # fmt: skip
    assert found == wanted
    assert any(data is not None for _, tensors in wanted for _, _, data in tensors)
    for ours, theirs in zip(*(answers(bytes(file.content), list(INPUTS.values())) for file in files), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_int8_that_ruins_a_network_is_mended():
    source = traced(_ruined())
    converted = conversion.convert_traced(source, INPUTS)
    even, odd = (next(iter(INPUTS.values()))[first::2] for first in (0, 1))
    assert post_training.output_error(converted.reference, converted.int8, [even]) > 1
    found = post_training.quantized(source, INPUTS)
    assert found.mended
    for examples in (even, odd):
        assert post_training.output_error(converted.reference, found.content, [examples]) < 0.1
    assert found.output_error == post_training.output_error(converted.reference, found.content, [even])


def test_without_a_keras_model_biases_alone_are_corrected():
    source = traced(_ruined())
    ruined = post_training.output_error(*conversion.convert_traced(source, INPUTS)[::-1], list(INPUTS.values()))
    found = post_training.quantized(dataclasses.replace(source, model=None), INPUTS)
    assert found.mended
    assert found.output_error < ruined / 3


def test_a_network_that_int8_does_not_harm_is_left_alone():
    source = traced(network(lambda x: L.Conv2D(8, (1, 3), activation="relu")(x)))
    found = post_training.quantized(source, INPUTS)
    assert not found.mended
    assert found.output_error < ERROR_LIMIT
    assert found.content == conversion.convert_traced(source, INPUTS).int8


def _second(content, examples):
    """What the second convolution gives."""
    return answers(content, examples, [weighted(TfliteFile(content))[1].output_indices[0]])[0]


def test_biases_take_back_a_shift_and_nothing_else_changes():
    converted = conversion.convert_traced(traced(network(plain)), INPUTS)
    shifted = TfliteFile(converted.int8)
    moved = weighted(shifted)[1].inputs[2]
    moved.data[:] = moved.data + np.round(0.2 / moved.scale).astype(np.int32)
    examples = list(INPUTS.values())
    wrong = Converted(bytes(shifted.content), converted.reference)
    content = bias_correction.corrected(wrong, examples)
    wanted, before, after = (_second(file, examples) for file in (converted.reference, wrong.int8, content))
    shift, left = (np.abs((found - wanted).mean(axis=(0, 1, 2))).max() for found in (before, after))
    assert shift > 0.1
    assert left < shift / 5  # a ReLU hides a part of it
    biases = {third.buffer for op in weighted(TfliteFile(content)) for third in op.inputs[2:]}
    for ours, theirs in zip(TfliteFile(content).operators, shifted.operators, strict=True):
        for one, other in zip(ours.inputs, theirs.inputs, strict=True):
            if one.data is not None and one.buffer not in biases:
                assert np.array_equal(one.data, other.data)


def test_an_lstm_keeps_its_weights_in_the_third_input():
    keras.utils.set_random_seed(2)
    x = keras.Input((8, 2), name="x")
    model = keras.Model(x, L.Dense(2)(L.LSTM(4)(x)), name="net")
    inputs = {"x": np.random.default_rng(5).normal(size=(40, 8, 2)).astype(np.float32)}
    converted = conversion.convert_traced(traced(model), inputs)
    kinds = {op.name for op in weighted(TfliteFile(converted.int8))}
    assert "UNIDIRECTIONAL_SEQUENCE_LSTM" in {op.name for op in TfliteFile(converted.int8).operators} | kinds
    content = bias_correction.corrected(converted, list(inputs.values()))
    for ours, theirs in zip(TfliteFile(content).operators, TfliteFile(converted.int8).operators, strict=True):
        if ours.name == "UNIDIRECTIONAL_SEQUENCE_LSTM":
            for one, other in zip(ours.inputs, theirs.inputs, strict=True):
                assert one.data is None or np.array_equal(one.data, other.data)


def test_the_error_is_that_of_the_outputs_relative_to_their_variance():
    examples = list(INPUTS.values())
    converted = conversion.convert_traced(traced(network(plain)), INPUTS)
    assert post_training.output_error(converted.reference, converted.reference, examples) == 0
    model = network(plain)
    kernel, bias = model.get_layer("out").get_weights()
    model.get_layer("out").set_weights([2 * kernel, bias])
    doubled = conversion.convert_traced(traced(model), INPUTS).reference
    outputs = model.predict_on_batch(INPUTS)
    wrong = np.sum(((outputs - bias) / 2) ** 2) / np.sum(((outputs - outputs.mean(axis=0)) / 2) ** 2)
    assert post_training.output_error(converted.reference, doubled, examples) == pytest.approx(wrong, rel=1e-3)


def test_a_run_is_told_of_a_large_error(tmp_path):
    step = Step("quantize", "", (), (), print)
    write_json(tmp_path / "quantize.json", {"output_error": 0.0099})
    assert pipeline.remarks(tmp_path, step) == []
    write_json(tmp_path / "quantize.json", {"output_error": 0.5})
    (line,) = pipeline.remarks(tmp_path, step)
    assert line.startswith("warning: int8 changes the outputs by 50 % of their variance")


def test_a_warning_names_the_error_and_what_helps():
    assert output_warning(ERROR_LIMIT, "pray") is None
    assert output_warning(0.18, "fewer zeros help") == (
        "int8 changes the outputs by 18 % of their variance, 1 % or less is usual: compare the scores of the int8 "
        "model with those of the float one; fewer zeros help"
    )
