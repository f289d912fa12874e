"""Channels of unlike ranges: the float network stays the same, and int8 no longer ruins it."""

import numpy as np
import pytest

from ecgprune import pipeline
from ecgprune.artifacts import write_json
from ecgprune.pipeline.run_folder import Step
from ecgprune.training import conversion, equalization, post_training
from ecgprune.training._tf import keras
from ecgprune.training.conversion import traced
from ecgprune.training.outcome import ERROR_LIMIT, output_warning

L = keras.layers
LENGTH = 32
DRAW = np.random.default_rng(5)
INPUTS = {"x": DRAW.normal(size=(120, 1, LENGTH, 1)).astype(np.float32)}


def _network(middle):
    """A small network around `middle`, its batch norms settled on INPUTS, every third of its channels a hundredth."""
    keras.utils.set_random_seed(3)
    x = keras.Input((1, LENGTH, 1), name="x")
    made = keras.Model(x, L.Dense(3, name="out")(L.GlobalAveragePooling2D()(middle(x))), name="net")
    for layer in made.layers:
        if isinstance(layer, L.BatchNormalization):
            weights = layer.get_weights()
            for values in weights[:-2]:
                values[::3] *= 0.01
            weights[-1][:] = np.random.default_rng(7).uniform(0.01, 2, len(weights[-1]))
            layer.set_weights(weights)
    return made


def _plain(x):
    for number in (1, 2, 3):
        x = L.ReLU()(L.BatchNormalization()(L.Conv2D(9, (1, 3), padding="same", name=f"conv{number}")(x)))
    return x


def _branching(x):
    """Depthwise, a residual sum, a concatenation, pooling, and a batch norm before its convolution."""
    x = trunk = L.ReLU()(L.BatchNormalization()(L.Conv2D(6, (1, 3), padding="same")(x)))
    x = L.LeakyReLU()(L.BatchNormalization()(L.DepthwiseConv2D((1, 3), padding="same", depth_multiplier=2)(x)))
    x = L.BatchNormalization()(L.Conv2D(6, (1, 3), padding="same")(x))
    x = L.ReLU()(L.Add()([x, trunk]))
    x = L.BatchNormalization(name="before")(x)
    y = L.Conv2D(3, (1, 1), activation="relu")(x)
    x = L.MaxPooling2D((1, 2))(L.Concatenate()([x, y]))
    x = L.Reshape((1, LENGTH // 2 * 9))(L.Flatten()(x))
    return L.Reshape((1, 1, 8))(L.Dense(8, activation="relu")(x))


@pytest.mark.parametrize("middle", [_plain, _branching])
def test_an_equalized_network_answers_the_same_to_the_last_bit(middle):
    model = _network(middle)
    before, answered = model.get_weights(), model.predict_on_batch(INPUTS)
    with equalization.equalized(model, INPUTS):
        moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
        assert np.array_equal(model.predict_on_batch(INPUTS), answered)
    assert sum(moved) > 4
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_weights_come_back_after_an_error():
    model = _network(_plain)
    before = model.get_weights()
    with pytest.raises(KeyError), equalization.equalized(model, INPUTS):
        raise KeyError
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_factors_are_the_roots_of_shares_as_powers_of_two():
    model = _network(_plain)
    probe = keras.Model(model.inputs, model.get_layer("conv2").input)
    largest = np.abs(probe.predict_on_batch(INPUTS)).max(axis=(0, 1, 2))
    taken, _ = equalization.factors(model, INPUTS)["conv2"]
    for factor, share in zip(taken, largest / largest.max(), strict=True):
        assert factor in (1, 2, 4, 8, 16)
        if factor < equalization.LARGEST:
            assert share**-0.5 / 2**0.5 <= factor <= share**-0.5 * 2**0.5


@pytest.mark.parametrize(
    "bends",
    [L.Activation("sigmoid"), L.ReLU(max_value=6), L.ReLU(threshold=0.1), L.ELU(), L.Rescaling(1.0, offset=0.5)],
    ids=["sigmoid", "relu6", "threshold", "elu", "offset"],
)
def test_nothing_moves_around_a_layer_that_keeps_no_factors(bends):
    model = _network(lambda x: bends(L.BatchNormalization()(L.Conv2D(6, (1, 3))(x))))
    assert equalization.factors(model, INPUTS) == {}


def test_a_product_keeps_no_factors():
    def gated(x):
        a, b = (L.BatchNormalization()(L.Conv2D(6, (1, 3))(x)) for _ in range(2))
        return L.Multiply()([a, b])

    assert equalization.factors(_network(gated), INPUTS) == {}


def _ruined():
    """Two convolutions; the second subtracts from a channel of a 200th of the range what it is on the average."""
    model = _network(lambda x: L.Conv2D(4, (1, 1), activation="relu", name="b")(
        L.Conv2D(2, (1, 1), activation="relu", name="a")(x)))  # fmt: skip
    first, second = model.get_layer("a"), model.get_layer("b")
    first.set_weights([np.float32([[[[1, 0.001]]]]), np.float32([0, 0.0137])])
    kernel = np.zeros((1, 1, 2, 4), np.float32)
    kernel[0, 0, 1] = [400, 300, 200, 100]
    second.set_weights([kernel, -0.0137 * kernel[0, 0, 1] + 0.8])
    return model


def test_int8_that_ruins_a_network_is_mended():
    source = traced(_ruined())
    plain = conversion.convert_traced(source, INPUTS)
    assert post_training.output_error(plain.reference, plain.int8, INPUTS) > 1
    found = post_training.quantized(source, INPUTS)
    assert found.equalized
    assert found.output_error < 0.1
    assert found.output_error == post_training.output_error(plain.reference, found.content, INPUTS)


def test_a_network_that_int8_does_not_harm_is_left_alone():
    source = traced(_network(lambda x: L.Conv2D(8, (1, 3), activation="relu")(x)))
    found = post_training.quantized(source, INPUTS)
    assert not found.equalized
    assert found.output_error < ERROR_LIMIT
    assert found.content == conversion.convert_traced(source, INPUTS).int8


def test_the_error_is_that_of_the_outputs_relative_to_their_variance():
    converted = conversion.convert_traced(traced(_network(_plain)), INPUTS)
    assert post_training.output_error(converted.reference, converted.reference, INPUTS) == 0
    model = _network(_plain)
    kernel, bias = model.get_layer("out").get_weights()
    model.get_layer("out").set_weights([2 * kernel, bias])
    doubled = conversion.convert_traced(traced(model), INPUTS).reference
    outputs = model.predict_on_batch(INPUTS)[np.unique(np.linspace(0, 119, 100).astype(int))]
    wrong = np.sum(((outputs - bias) / 2) ** 2) / np.sum(((outputs - outputs.mean(axis=0)) / 2) ** 2)
    assert post_training.output_error(converted.reference, doubled, INPUTS) == pytest.approx(wrong, rel=1e-3)


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
