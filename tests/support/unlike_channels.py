"""Small Keras networks whose channels have unlike ranges."""

import numpy as np

from ecgprune.training._tf import keras

L = keras.layers
LENGTH = 32
INPUTS = {"x": np.random.default_rng(5).normal(size=(120, 1, LENGTH, 1)).astype(np.float32)}


def network(middle):
    """A network around `middle`; every third channel of its batch norms is a hundredth of the others."""
    keras.utils.set_random_seed(3)
    x = keras.Input((1, LENGTH, 1), name="x")
    made = keras.Model(x, L.Dense(3, name="out")(L.GlobalAveragePooling2D()(middle(x))), name="net")
    draw = np.random.default_rng(7)
    for layer in made.layers:
        if isinstance(layer, L.BatchNormalization):
            gamma, _, mean, variance = layer.get_weights()
            beta, mean = (draw.uniform(-0.1, 0.3, len(mean)) for _ in range(2))
            small = np.where(np.arange(len(gamma)) % 3, 1, 0.01)
            layer.set_weights([gamma * small, beta * small, mean, draw.uniform(0.01, 2, len(variance))])
    return made


def plain(x):
    """Three convolutions with batch norm, conv1 to conv3."""
    for number in (1, 2, 3):
        x = L.ReLU()(L.BatchNormalization()(L.Conv2D(9, (1, 3), padding="same", name=f"conv{number}")(x)))
    return x
