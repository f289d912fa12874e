"""A classifier of six operators with every constant in view: for tests that spoil one of them."""

import numpy as np
from tflite_builder import model, op, tensor


def network(change=None):
    """Conv, pool, two dense layers and softmax. Scales of 1/2 and 1/4 make ties, where single rounding shows.

    change: (tensor name, index, value) of one constant to replace.
    """
    rng = np.random.default_rng(7)
    constants = {
        "kernel": rng.integers(-127, 128, (4, 1, 3, 1)),
        "kernel_bias": rng.integers(-300, 300, 4),
        "dense": rng.integers(-9, 10, (6, 28)),
        "dense_bias": rng.integers(-40, 40, 6),
        "last": rng.integers(-60, 61, (5, 6)),
        "last_bias": rng.integers(-400, 400, 5),
    }
    if change:
        constants[change[0]].reshape(-1)[change[1]] = change[2]
    return model(
        tensors=[
            tensor((1, 1, 16, 1), scale=0.0625, zero_point=0, name="ecg"),
            tensor((4, 1, 3, 1), scale=[0.011, 0.013, 0.017, 0.019], data=constants["kernel"], name="kernel"),
            tensor((4,), "int32", scale=[0.0007, 0.0008, 0.001, 0.0012], data=constants["kernel_bias"], name="kb"),
            tensor((1, 1, 14, 4), scale=0.25, zero_point=-128, name="features"),
            tensor((1, 1, 7, 4), scale=0.25, zero_point=-128, name="pooled"),
            tensor((2,), "int32", data=[1, 28], name="shape"),
            tensor((1, 28), scale=0.25, zero_point=-128, name="flat"),
            tensor((6, 28), scale=0.5, data=constants["dense"], name="dense"),
            tensor((6,), "int32", scale=0.125, data=constants["dense_bias"], name="db"),
            tensor((1, 6), scale=1.0, zero_point=3, name="hidden"),
            tensor((5, 6), scale=0.01, data=constants["last"], name="last"),
            tensor((5,), "int32", scale=0.01, data=constants["last_bias"], name="lb"),
            tensor((1, 5), scale=0.05, zero_point=0, name="scores"),
            tensor((1, 5), scale=1 / 256, zero_point=-128, name="probabilities"),
        ],
        ops=[
            op("CONV_2D", ["ecg", "kernel", "kb"], "features", padding="VALID", stride_w=1, stride_h=1,
               dilation_w_factor=1, dilation_h_factor=1, fused_activation_function="RELU"),
            op("MAX_POOL_2D", "features", "pooled", padding="VALID", stride_w=2, stride_h=1, filter_width=2,
               filter_height=1),
            op("RESHAPE", ["pooled", "shape"], "flat", new_shape=[1, 28]),
            op("FULLY_CONNECTED", ["flat", "dense", "db"], "hidden", fused_activation_function="RELU6"),
            op("FULLY_CONNECTED", ["hidden", "last", "lb"], "scores"),
            op("SOFTMAX", "scores", "probabilities", beta=1.0),
        ],
        inputs="ecg",
        outputs="probabilities",
    )  # fmt: skip
