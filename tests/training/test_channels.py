"""Channel pruning: what is tied goes together, what contributed nothing is not missed, goals are met and no more."""

from __future__ import annotations

import numpy as np
import pytest
from training_data import small_beats

from ecgprune.config import TrainConfig
from ecgprune.errors import PruningError
from ecgprune.training import channel_groups, channels, models
from ecgprune.training._tf import keras, seed_everything
from ecgprune.training.arrays import TRAIN
from ecgprune.training.augment import model_inputs
from ecgprune.training.beats import BeatsTask

BEATS = small_beats(200, window=16)
L = keras.layers


def conv(filters: int, name: str, width: int = 3, **more):
    return L.Conv2D(filters, (1, width), padding="same", name=name, **more)


def residual():
    """Two residual sums over one stream of 6 channels: stem, body1 and body2 can only shrink together."""
    ecg = L.Input((1, 16, 1), name="ecg")
    x = L.ReLU(name="relu0")(L.BatchNormalization(name="norm0")(conv(6, "stem")(ecg)))
    for number in (1, 2):
        y = conv(5, f"inner{number}", activation="relu")(x)
        y = L.BatchNormalization(name=f"norm{number}")(conv(6, f"body{number}", use_bias=False)(y))
        x = L.Activation("relu", name=f"relu{number}")(L.Add(name=f"add{number}")([x, y]))
    x = L.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(ecg, L.Dense(5, activation="softmax", name="probabilities")(x), name="residual")


def branches():
    """Two branches side by side; one ends in a concatenation along the width, which ties."""
    ecg = L.Input((1, 16, 1), name="ecg")
    a = L.MaxPooling2D((1, 2), name="pool")(conv(4, "left", activation="relu")(ecg))
    b = conv(3, "right", strides=(1, 2), activation="relu")(ecg)
    x = L.Concatenate(name="beside")([a, b])
    x, y = conv(6, "wide", activation="relu")(x), conv(6, "wider", activation="relu")(x)
    x = L.GlobalAveragePooling2D(name="mean")(L.Concatenate(axis=2, name="behind")([x, y]))
    return keras.Model(ecg, L.Dense(5, activation="softmax", name="probabilities")(x), name="branches")


def flattened():
    ecg = L.Input((1, 16, 1), name="ecg")
    x = L.AveragePooling2D((1, 4), name="pool")(conv(4, "conv", activation="relu")(ecg))
    x = L.Flatten(name="flatten")(x)
    x = L.Dense(6, activation="relu", name="dense")(x)
    x = L.Reshape((1, 1, 6), name="again")(x)
    x = L.Reshape((-1,), name="flat")(conv(4, "last", width=1, activation="relu")(x))
    return keras.Model(ecg, L.Dense(5, activation="softmax", name="probabilities")(x), name="flattened")


def depthwise():
    ecg = L.Input((1, 16, 1), name="ecg")
    x = L.ReLU(name="relu0")(L.BatchNormalization(name="norm0")(conv(4, "stem", use_bias=False)(ecg)))
    x = L.DepthwiseConv2D((1, 3), depth_multiplier=2, padding="same", activation="relu", name="depth")(x)
    x = L.Dropout(0.1, name="dropout")(conv(6, "point", width=1, activation="relu")(x))
    x = L.GlobalAveragePooling2D(keepdims=True, name="mean")(L.ZeroPadding2D((0, 1), name="pad")(x))
    x = L.Flatten(name="flatten")(x)
    return keras.Model(ecg, L.Dense(5, activation="softmax", name="probabilities")(x), name="depthwise")


def shared():
    """One convolution at work on two tensors, which are tied by that."""
    ecg = L.Input((1, 16, 1), name="ecg")
    twice = conv(4, "twice", activation="relu")
    a, b = twice(conv(3, "first", activation="relu")(ecg)), twice(conv(3, "second", activation="relu")(ecg))
    x = L.GlobalAveragePooling2D(name="mean")(L.Concatenate(name="both")([a, b]))
    return keras.Model(ecg, L.Dense(5, activation="softmax", name="probabilities")(x), name="shared")


NETWORKS = {net.__name__: net for net in (residual, branches, flattened, depthwise, shared)}


def randomized(model, seed: int = 0):
    """`model` with random weights everywhere, batch norm's too."""
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.2, 1, w.shape) * draw.choice([-1, 1], w.shape) for w in model.get_weights()])
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.moving_variance.assign(draw.uniform(0.5, 2, layer.moving_variance.shape))
    return model


def widths(model) -> dict[str, int]:
    return {layer.name: layer.kernel.shape[-1] for layer in model.layers if hasattr(layer, "kernel")}


def silence(model, groups, gone) -> None:
    """Makes the groups `gone` zero everywhere: their incoming weights, biases, and batch norm's scale and offset."""
    for layer in model.layers:
        if not layer.weights:
            continue
        dead = np.isin(groups.given[layer.name], gone)
        values = layer.get_weights()
        if isinstance(layer, L.BatchNormalization):
            values[0][dead], values[1][dead] = 0, 0
        elif isinstance(layer, L.DepthwiseConv2D):
            values[1][dead] = 0
        else:
            for value in values:
                value[..., dead] = 0
        layer.set_weights(values)


def some(groups) -> np.ndarray:
    """About half of what may go, chosen without a pattern, at least one channel of each layer left."""
    order = np.random.default_rng(3).permutation(np.flatnonzero(groups.removable))
    stays = {groups.given[name][0] for name in groups.makers}
    return np.array([g for g in order if g not in stays][: len(order) // 2])


@pytest.mark.parametrize("name", NETWORKS)
def test_removing_channels_that_contribute_nothing_leaves_the_outputs_unchanged(name):
    model = randomized(NETWORKS[name]())
    groups = channel_groups.find(model)
    gone = some(groups)
    ecg = np.random.default_rng(1).normal(size=(20, 1, 16, 1)).astype(np.float32)
    before = model.predict_on_batch(ecg)
    assert np.abs(channel_groups.remove(model, gone).predict_on_batch(ecg) - before).max() > 1e-3
    silence(model, groups, gone)
    small = channel_groups.remove(model, gone)
    assert small.count_params() < 0.75 * model.count_params()
    np.testing.assert_allclose(small.predict_on_batch(ecg), model.predict_on_batch(ecg), rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", [*NETWORKS, "compact", "acharya", "plain"])
def test_the_smaller_model_has_the_same_names_inputs_and_outputs(name):
    model = NETWORKS[name]() if name in NETWORKS else models.build(name, 64)
    small = channel_groups.remove(model, some(channel_groups.find(model)))
    assert [layer.name for layer in small.layers] == [layer.name for layer in model.layers]
    assert (small.name, small.input_names, small.output_names) == (model.name, model.input_names, model.output_names)
    assert (small.input_shape, small.output_shape) == (model.input_shape, model.output_shape)
    assert keras.Model.from_config(small.get_config()).count_params() == small.count_params()


def test_a_residual_sum_ties_all_of_its_terms():
    groups = channel_groups.find(residual())
    np.testing.assert_array_equal(groups.given["stem"], groups.given["body1"])
    np.testing.assert_array_equal(groups.given["stem"], groups.given["body2"])
    assert len(np.unique(groups.space[groups.removable])) == 3
    small = channel_groups.remove(residual(), groups.given["stem"][[1, 4]])
    assert widths(small) == {"stem": 4, "inner1": 5, "body1": 4, "inner2": 5, "body2": 4, "probabilities": 5}


def test_a_concatenation_of_channels_ties_nothing_and_one_of_positions_does():
    groups = channel_groups.find(branches())
    np.testing.assert_array_equal(groups.taken["wide"], np.concatenate([groups.given["left"], groups.given["right"]]))
    assert not np.intersect1d(groups.given["left"], groups.given["right"]).size
    np.testing.assert_array_equal(groups.given["wide"], groups.given["wider"])
    small = channel_groups.remove(branches(), groups.given["right"][[0]])
    assert small.get_layer("wide").kernel.shape == (1, 3, 6, 6)


def test_flattening_repeats_channels_position_by_position():
    groups = channel_groups.find(flattened())
    np.testing.assert_array_equal(groups.taken["dense"], np.tile(groups.given["conv"], 4))
    small = channel_groups.remove(flattened(), groups.given["conv"][[2]])
    assert small.get_layer("dense").kernel.shape == (12, 6)


def test_a_depthwise_convolution_loses_the_channels_that_it_takes():
    groups = channel_groups.find(depthwise())
    np.testing.assert_array_equal(groups.given["depth"], np.repeat(groups.given["stem"], 2))
    small = channel_groups.remove(depthwise(), groups.given["stem"][[0]])
    assert small.get_layer("depth").depthwise_kernel.shape == (1, 3, 3, 2)
    assert small.get_layer("point").kernel.shape == (1, 1, 6, 6)


def test_what_the_model_takes_and_gives_stays():
    groups = channel_groups.find(residual())
    with pytest.raises(PruningError, match=r"^channels that a model takes or gives cannot be removed"):
        channel_groups.remove(residual(), groups.given["probabilities"][:1])


def test_a_layer_keeps_at_least_one_channel():
    groups = channel_groups.find(residual())
    with pytest.raises(PruningError, match=r"^layer inner1 would lose all of its channels; at least one stays$"):
        channel_groups.remove(residual(), groups.given["inner1"])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (L.LayerNormalization(name="odd"), r"does not know what layer odd \(LayerNormalization\) makes of"),
        (L.BatchNormalization(axis=2, name="odd"), r"layer odd normalizes axis \[2\]; it must be the last one"),
        (L.Conv2D(4, (1, 3), groups=2, name="odd"), r"does not know what layer odd \(Conv2D\)"),
    ],
)
def test_a_layer_that_is_not_understood_is_named(layer, message):
    ecg = L.Input((1, 16, 1), name="ecg")
    model = keras.Model(ecg, L.Dense(5, name="out")(layer(conv(4, "conv")(ecg))))
    with pytest.raises(PruningError, match=message):
        channel_groups.find(model)


def test_macs_are_those_of_the_design_documents_models():
    assert channels.total_macs(models.build("acharya", 260)) == 95_770
    assert channels.total_macs(models.build("plain", 180)) == 1_403_168


def test_macs_count_every_use_of_a_weight_and_may_leave_out_zeros():
    model = randomized(depthwise())
    assert channels.macs(model) == {"stem": 192, "depth": 384, "point": 768, "probabilities": 30}
    assert channels.macs(shared())["twice"] == 2 * 16 * 3 * 3 * 4
    kernel = model.get_layer("point").kernel
    kernel.assign(np.where(np.arange(6) < 2, 0, kernel.numpy()))
    assert channels.macs(model, nonzero=True) == {"stem": 192, "depth": 384, "point": 512, "probabilities": 30}


def loss_of_each(model, groups, group: int, factor: float) -> np.ndarray:
    """The cross entropy of each training beat where all readers of `group` see its activations times `factor`."""
    index = np.flatnonzero(BEATS.split == TRAIN)
    before = model.get_weights()
    for name in groups.makers:
        kernel = model.get_layer(name).kernel
        kernel.assign(kernel.numpy() * np.where(groups.taken[name] == group, factor, 1.0)[:, None])
    answered = model.predict_on_batch(model_inputs(model, BEATS, index))[np.arange(len(index)), BEATS.label[index]]
    model.set_weights(before)
    return -np.log(answered.astype(np.float64))


@pytest.mark.parametrize("name", ["residual", "flattened", "shared"])
def test_importance_is_the_square_of_activation_times_gradient(name):
    """Against finite differences of each beat's loss."""
    seed_everything(1)
    model = NETWORKS[name]()
    groups = channel_groups.find(model)
    worth = channels.importance(model, groups, BeatsTask(BEATS, TrainConfig()), seed=1)
    assert not worth[~groups.removable].any()
    for group in np.flatnonzero(groups.removable)[1::5]:
        change = loss_of_each(model, groups, group, 1.05) - loss_of_each(model, groups, group, 0.95)
        assert worth[group] == pytest.approx(np.mean((change / 0.1) ** 2), rel=0.03, abs=1e-8)


@pytest.fixture(scope="module")
def scored():
    """(model, groups, worth) with a worth of every group that differs from space to space."""
    model = residual()
    groups = channel_groups.find(model)
    worth = np.random.default_rng(2).uniform(0.5, 1.5, len(groups.space)) * (1 + groups.space**2)
    return model, groups, worth


@pytest.mark.parametrize("allocation", ["uniform", "sensitivity", "cost"])
def test_a_goal_is_met_with_no_channel_more_than_needed(scored, allocation):
    model, groups, worth = scored
    most = 0.4 * channels.total_macs(model)

    def enough(now):
        return channels.total_macs(now) <= most

    gone = channels.choose(model, groups, worth, enough, allocation)
    assert enough(channel_groups.remove(model, gone))
    assert not enough(channel_groups.remove(model, gone[:-1]))
    assert not len(channels.choose(model, groups, worth, lambda now: True, allocation))


def test_uniform_allocation_takes_the_same_share_of_every_layer_and_its_least_worth(scored):
    model, groups, worth = scored
    gone = channels.choose(model, groups, worth, lambda now: now.count_params() < 0.5 * model.count_params(), "uniform")
    lost = {name: np.isin(groups.given[name], gone) for name in ("stem", "inner1", "inner2")}
    assert [count.sum() for count in lost.values()] == [2, 2, 2]
    for name, which in lost.items():
        assert worth[groups.given[name][which]].max() <= worth[groups.given[name][~which]].min()


def test_sensitivity_allocation_takes_the_least_worth_relative_to_its_layer(scored):
    model, groups, _ = scored
    worth = np.zeros(len(groups.space))
    worth[groups.given["stem"]] = 1000 * np.array([1.0, 0.1, 1, 0.1, 1, 1])
    worth[groups.given["inner1"]], worth[groups.given["inner2"]] = 1e-6, 1e-3 * np.array([1, 1, 1, 0.2, 1])
    gone = channels.choose(model, groups, worth, lambda now: widths(now)["inner2"] <= 4, "sensitivity")
    assert set(gone) == {*groups.given["stem"][[1, 3]], groups.given["inner2"][3]}


def test_cost_allocation_takes_what_the_callable_says_is_dear(scored):
    model, groups, worth = scored
    few = model.count_params() - 60
    gone = channels.choose(
        model, groups, worth, lambda now: now.count_params() < few, "cost", lambda now: 100 * widths(now)["inner2"]
    )
    assert set(gone) <= set(groups.given["inner2"])


def test_a_goal_out_of_reach_is_an_error(scored):
    model, groups, worth = scored
    with pytest.raises(PruningError, match=r"^with one channel left in every layer the goal is still not met"):
        channels.choose(model, groups, worth, lambda now: False, "uniform")
