"""Channels of unlike ranges are equalized, and the float network stays the same."""

import numpy as np
import pytest
from unlike_channels import INPUTS, LENGTH, L, network, plain

from ecgprune.training import equalization
from ecgprune.training._tf import keras


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


@pytest.mark.parametrize("middle", [plain, _branching])
def test_an_equalized_network_answers_the_same_to_the_last_bit(middle):
    model = network(middle)
    before, answered = model.get_weights(), model.predict_on_batch(INPUTS)
    with equalization.equalized(model, INPUTS):
        moved = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
        assert np.array_equal(model.predict_on_batch(INPUTS), answered)
    assert sum(moved) > 4
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_weights_come_back_after_an_error():
    model = network(plain)
    before = model.get_weights()
    with pytest.raises(KeyError), equalization.equalized(model, INPUTS):
        raise KeyError
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_factors_are_the_roots_of_shares_as_powers_of_two():
    model = network(plain)
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
    model = network(lambda x: bends(L.BatchNormalization()(L.Conv2D(6, (1, 3))(x))))
    assert equalization.factors(model, INPUTS) == {}


def test_a_product_keeps_no_factors():
    def gated(x):
        a, b = (L.BatchNormalization()(L.Conv2D(6, (1, 3))(x)) for _ in range(2))
        return L.Multiply()([a, b])

    assert equalization.factors(network(gated), INPUTS) == {}


def test_a_network_of_one_stored_activation_stays():
    x = keras.Input((5,), name="x")
    model = keras.Model(x, L.Softmax()(L.BatchNormalization()(x)))
    assert equalization.factors(model, {"x": np.ones((3, 5), np.float32)}) == {}
