"""Keras 3 networks that go through as many layers as possible in one build."""

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers, ops


def _settled(model):
    """Batch norm with statistics as training leaves them, and no weight that is zero or one."""
    rng = np.random.default_rng(5)
    for weight in model.weights:
        if weight.path.rsplit("/", 1)[-1] in ("gamma", "beta", "moving_mean", "moving_variance", "bias", "alpha"):
            weight.assign(rng.uniform(0.1, 0.6, weight.shape))
    return model


def one_dimensional():
    """Conv1D and its relatives, nested models, one of them called twice, and operations between layers."""
    ecg = keras.Input((32, 2), name="ecg")
    x = layers.Normalization(mean=[0.1, -0.2], variance=[1.5, 0.5])(ecg)
    x = layers.Conv1D(8, 3, padding="causal", dilation_rate=2, use_bias=False)(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Activation("hard_swish")(x)
    x = layers.SpatialDropout1D(0.1)(x)
    x = layers.SeparableConv1D(8, 3, padding="same", strides=2, activation="relu6")(x)
    x = layers.DepthwiseConv1D(3, padding="same", activation=layers.LeakyReLU(negative_slope=0.1))(x)
    x = layers.PReLU(shared_axes=[1])(x)
    x = layers.ZeroPadding1D((1, 2))(layers.Cropping1D(1)(x))
    x = layers.AveragePooling1D(3, strides=2, padding="same")(layers.UpSampling1D(2)(x))
    x = layers.Conv1DTranspose(6, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.MaxPooling1D(2)(x)
    block = keras.Sequential([layers.Input((17, 6)), layers.Conv1D(6, 3, padding="same"), layers.BatchNormalization()],
                             name="block")  # fmt: skip
    x = block(x) + block(2.0 * x - 1.0)
    gate = layers.Dense(6, activation="hard_sigmoid")(layers.GlobalAveragePooling1D(keepdims=True)(x))
    x = layers.Multiply()([x, gate])
    inner = keras.Input((17, 6))
    head = keras.Model(inner, [layers.GlobalMaxPooling1D()(inner), ops.mean(inner, axis=1)], name="head")
    high, mean = head(x)
    x = layers.Concatenate()([high, ops.relu(-mean) / 3.0, layers.Flatten()(x[:, 2:4])])
    x = layers.LayerNormalization()(layers.Dense(8, activation="leaky_relu")(x))
    return _settled(keras.Model(ecg, layers.Dense(3, activation="softmax", name="classes")(x), name="waves"))


def two_dimensional():
    """Two inputs and two outputs, and the layers of images."""
    image, more = keras.Input((12, 10, 3), name="image"), keras.Input((4,), name="more")
    x = layers.Rescaling(1 / 2, offset=-0.5)(image)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(max_value=6)(layers.BatchNormalization(scale=False)(x))
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=1)(x)
    x = layers.Maximum()([x, layers.SeparableConv2D(8, (3, 1), padding="same", activation="tanh")(y)])
    x = layers.Conv2DTranspose(4, 2, strides=2, activation="silu")(x)
    x = layers.Cropping2D(1)(layers.ZeroPadding2D(((0, 1), (1, 0)))(layers.UpSampling2D(2)(x)))
    x = layers.AveragePooling2D(2)(layers.MaxPooling2D(2, padding="same")(x))
    x = layers.Permute((2, 1, 3))(layers.GaussianNoise(0.1)(x))
    x = layers.Reshape((-1, 4))(x)
    x = layers.Concatenate(axis=-1)([layers.GlobalAveragePooling1D()(x), layers.Dropout(0.2)(more)])
    score = layers.Dense(1, activation="sigmoid", name="score")(x)
    return _settled(keras.Model([image, more], [layers.Softmax(name="kind")(layers.Dense(4)(x)), score], name="images"))


def recurrent():
    """Recurrent layers both ways, and attention."""
    beats = keras.Input((6, 4), name="beats")
    x = layers.TimeDistributed(layers.Dense(5, activation="tanh"))(beats)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")(x)
    x = layers.MultiHeadAttention(2, 3)(x, x) + x
    x = layers.LSTM(4, return_sequences=True, go_backwards=True)(x)
    x = layers.GRU(4, return_sequences=True, reset_after=False)(x)
    return _settled(keras.Model(beats, layers.Dense(2)(layers.SimpleRNN(3)(x)), name="rhythm"))


def answers(model, inputs):
    """The outputs of a Keras 3 model as a list of arrays."""
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(y) for y in (found if isinstance(found, list | tuple) else [found])]
