"""height_one.py: Conv1D and its relatives on the way to TFLite."""

from pathlib import Path

import keras3_networks
import numpy as np
import pytest
from tflite_micro import runtime

from ecgprune.errors import QuantizationError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.training import conversion
from ecgprune.training._tf import keras, tf
from ecgprune.training.height_one import height_one
from ecgprune.training.imported import keras_model


def taken(network, folder: Path):
    """(tf_keras model of a Keras 3 network, 40 inputs for it by name)."""
    network().save(folder / "model.keras")
    model = keras_model(folder / "model.keras")
    rng = np.random.default_rng(3)
    shapes = zip(model.input_names, model.inputs, strict=True)
    return model, {name: rng.normal(size=(40, *t.shape[1:])).astype(np.float32) for name, t in shapes}


def answers(model, inputs):
    found = model(inputs, training=False)
    return [np.asarray(y) for y in (found if isinstance(found, list) else [found])]


@pytest.fixture(scope="module")
def waves(tmp_path_factory):
    """(model, inputs, the model of height 1, its int8 .tflite) of the one-dimensional network."""
    model, inputs = taken(keras3_networks.one_dimensional, tmp_path_factory.mktemp("waves"))
    flat = height_one(model)
    return model, inputs, flat, conversion.convert(flat, inputs)


def test_the_model_of_height_1_answers_the_same(waves):
    model, inputs, flat, _ = waves
    for a, b in zip(answers(flat, inputs), answers(model, inputs), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_no_one_dimensional_layer_is_left_and_one_reshape_leads_to_images(waves):
    _, _, flat, _ = waves
    kinds = [type(layer).__name__ for layer in flat.layers]
    assert not [kind for kind in kinds if kind.endswith(("1D", "1DTranspose", "Dropout"))]
    assert kinds.index("Reshape") == kinds.index("ZeroPadding2D") - 1
    assert not isinstance(flat.layers[-1], keras.Model)


def test_what_follows_a_convolution_is_fused_into_it(waves):
    names = [op.name for op in TfliteFile(waves[3]).operators]
    assert names[:6] == ["ADD", "MUL", "RESHAPE", "PAD", "CONV_2D", "HARD_SWISH"]
    # Of normalization, 2 x - 1, the residual sum, and two of layer norm: none of a bias or of batch norm.
    assert names.count("ADD") == 5
    assert "EXPAND_DIMS" not in names


def test_two_inputs_and_outputs_keep_their_order_and_int8_answers_as_float_does(tmp_path):
    model, inputs = taken(keras3_networks.two_dimensional, tmp_path)
    content = conversion.convert(height_one(model), inputs)
    file = TfliteFile(content)
    assert [t.shape for t in file.inputs] == [(1, 12, 10, 3), (1, 4)]
    assert [t.shape for t in file.outputs] == [(1, 4), (1, 1)]
    machine = runtime.Interpreter.from_bytes(content)
    for number, (tensor, values) in enumerate(zip(file.inputs, inputs.values(), strict=True)):
        steps = np.round(values[:1] / tensor.scale[0]) + tensor.zero_point[0]
        machine.set_input(np.clip(steps, -128, 127).astype(np.int8), number)
    machine.invoke()
    for number, (tensor, expected) in enumerate(zip(file.outputs, answers(model, inputs), strict=True)):
        found = (machine.get_output(number).astype(int) - tensor.zero_point[0]) * tensor.scale[0]
        np.testing.assert_allclose(found, expected[:1], atol=0.05)


def test_recurrent_layers_run_forward_and_answer_the_same(tmp_path):
    model, inputs = taken(keras3_networks.recurrent, tmp_path)
    flat = height_one(model)
    np.testing.assert_allclose(answers(flat, inputs)[0], answers(model, inputs)[0], rtol=0, atol=1e-6)
    cells = [layer for layer in flat.layers if isinstance(layer, keras.layers.RNN)]
    assert [type(layer).__name__ for layer in cells] == ["LSTM", "LSTM", "GRU", "GRU", "LSTM", "GRU", "SimpleRNN"]
    assert not any(layer.go_backwards for layer in cells)
    assert all(layer.unroll for layer in cells if not isinstance(layer, keras.layers.LSTM))


def test_a_long_gru_is_refused():
    x = keras.Input((65, 2))
    with pytest.raises(QuantizationError, match=r"layer g \(GRU\) runs over 65 steps; expected at most 64, for TFLite"):
        height_one(keras.Model(x, keras.layers.GRU(2, name="g")(x)))


def test_what_tflite_has_no_operator_for_is_named():
    x = keras.Input((4,))
    model = keras.Model(x, tf.math.erfinv(x), name="odd")
    said = "^TFLite's converter cannot convert model odd: TFLite has no operator for Erfinv; use other layers$"
    with pytest.raises(QuantizationError, match=said):
        conversion.convert(model, {"x": np.zeros((1, 4), np.float32)})


def test_a_model_without_such_layers_is_left_as_it_is():
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(image))
    assert height_one(model) is model
