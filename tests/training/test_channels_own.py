"""Channel pruning of what users build: one-dimensional, separable, transposed, recurrent and unknown layers."""

from __future__ import annotations

import numpy as np
import pytest

from ecgprune.errors import PruningError
from ecgprune.training import channel_groups, channels, own
from ecgprune.training._tf import keras, seed_everything
from ecgprune.training.outcome import Stage
from ecgprune.training.own_options import Options

L = keras.layers
DRAW = np.random.default_rng(0)
X, Y = DRAW.normal(size=(64, 16, 2)).astype(np.float32), DRAW.integers(0, 3, 64)


def network(recurrent: bool = True):
    """A residual sum, a depthwise convolution, a concatenation, and every layer that makes channels of sequences."""
    ecg = L.Input((16, 2), name="ecg")
    stem = L.PReLU(shared_axes=[1], name="slope")(
        L.BatchNormalization(name="norm")(L.Conv1D(6, 3, padding="same", use_bias=False, name="stem")(ecg))
    )
    y = L.SeparableConv1D(5, 3, padding="same", depth_multiplier=2, activation="relu", name="separable")(stem)
    x = L.Add(name="sum")([stem, L.Conv1D(6, 1, name="body")(y)])
    depth = L.DepthwiseConv1D(3, padding="same", depth_multiplier=2, activation="relu", name="depthwise")(x)
    side = L.Conv1DTranspose(4, 3, padding="same", activation="relu", name="transposed")(x)
    x = L.MaxPooling1D(4, name="pool")(L.UpSampling1D(2, name="up")(L.Concatenate(name="both")([depth, side])))
    if recurrent:
        x = L.GRU(5, name="gru")(L.LSTM(6, return_sequences=True, name="lstm")(x))
    else:  # which takes seconds less to compile
        x = L.GlobalMaxPooling1D(name="max")(L.Conv1D(8, 1, name="wide")(x))
    return keras.Model(ecg, L.Dense(3, activation="softmax", name="classes")(x), name="network")


def silence(model, groups, gone) -> None:
    """Makes the groups `gone` zero: the weights that make them, and what is added or scaled afterwards."""
    for layer in model.layers:
        if not layer.weights:
            continue
        dead = np.isin(groups.given[layer.name], gone)
        values = layer.get_weights()
        if isinstance(layer, L.LSTM | L.GRU):
            dead = np.tile(dead, 4 if isinstance(layer, L.LSTM) else 3)
        for value, weight in zip(values, layer.weights, strict=True):
            name = weight.name.rpartition("/")[2]
            if name.startswith("depthwise_kernel") or "moving" in name:
                continue
            if isinstance(layer, L.Conv1DTranspose) and value.ndim == 3:
                value[:, dead, :] = 0
            else:
                value[..., dead] = 0
        layer.set_weights(values)


def test_removing_channels_that_contribute_nothing_leaves_the_outputs_unchanged():
    seed_everything(1)
    model = network()
    model.set_weights([DRAW.uniform(0.2, 1, w.shape) * DRAW.choice([-1, 1], w.shape) for w in model.get_weights()])
    model.get_layer("norm").moving_variance.assign(DRAW.uniform(0.5, 2, 6))
    groups = channel_groups.find(model)
    np.testing.assert_array_equal(groups.given["stem"], groups.given["body"])
    order = DRAW.permutation(np.flatnonzero(groups.removable))
    stay = {groups.given[name][0] for name in groups.makers}
    gone = np.array([g for g in order if g not in stay][: len(order) // 2])
    lost = {name: int(np.isin(groups.given[name], gone).sum()) for name in groups.makers}
    assert all(lost[name] for name in ("stem", "separable", "transposed", "lstm", "gru")), lost
    before = model(X).numpy()  # eagerly: compiling the recurrent layers takes longer
    assert np.abs(channel_groups.remove(model, gone)(X).numpy() - before).max() > 1e-3
    silence(model, groups, gone)
    small = channel_groups.remove(model, gone)
    assert small.count_params() < 0.7 * model.count_params()
    np.testing.assert_allclose(small(X), model(X), rtol=0, atol=2e-6)


def test_channels_of_ones_own_model_go_until_the_goal_is_met_and_zeros_stay():
    seed_everything(1)
    model = network(recurrent=False)
    kernel = model.get_layer("wide").kernel
    kernel.assign(np.where(np.arange(8) % 2, kernel.numpy(), kernel.numpy() * (np.arange(16)[:, None] > 7)))
    result = own.prune(model, (X, Y), (X, Y), Options((Stage(0.4),), "channel", epochs=1, exclude=("wide",)))
    assert channels.total_macs(result.model) <= 0.6 * channels.total_macs(model)
    assert {layer.name: layer.reason for layer in result.dense_layers} == {
        "wide": "excluded", "classes": "its channels are the model's output, or tied to channels that stay",
    }  # fmt: skip
    left = result.model.get_layer("wide").kernel.numpy()
    assert left.shape[1] < 16
    assert left.shape[2] == 8
    assert (left[..., ::2] == 0).any()
    assert (left[..., 1::2] != 0).all()
    assert result.stages[0].report["channels"][0] == {
        "layer": "stem", "dense": 6, "left": result.model.get_layer("stem").filters,
    }  # fmt: skip


def test_a_layer_that_is_not_understood_keeps_the_channels_around_it_and_says_why():
    ecg = L.Input((16, 2), name="ecg")
    x = L.Conv1D(6, 3, activation="relu", name="free")(ecg)
    x = L.LayerNormalization(name="norm")(L.Conv1D(6, 3, name="held")(x))
    model = keras.Model(ecg, L.Dense(3, name="out")(L.Flatten(name="flat")(x)))
    left: dict[str, str] = {}
    groups = channel_groups.find(model, left)
    assert list(left) == ["norm"]
    assert left["norm"].startswith("channel pruning does not know what layer norm (LayerNormalization) makes of")
    assert groups.removable[groups.given["free"]].all()
    assert not groups.removable[groups.given["held"]].any()
    small = channel_groups.remove(model, groups.given["free"][:3], groups)
    assert (small.get_layer("free").filters, small.get_layer("held").filters) == (3, 6)
    with pytest.raises(PruningError, match="does not know what layer norm"):
        channel_groups.find(model)
