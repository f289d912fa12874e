"""Convolutions drawn and written by hand for the tests of their kernels."""

import weighted
from hypothesis import settings
from hypothesis import strategies as st

EXAMPLES = settings(max_examples=8, deadline=None)


def output_size(size, kernel, stride, dilation, padding):
    extent = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == "SAME" else -(-(size - extent + 1) // stride)


@st.composite
def geometries(draw):
    """Input and kernel of one convolution; half of them 1xk, as ECG models have them."""
    flat = draw(st.booleans())
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    kernel = (1 if flat else draw(st.integers(1, 3)), draw(st.integers(1, 5)))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 3)))
    stride = (draw(st.integers(1, 2)), draw(st.integers(1, 3)))
    least = [(k - 1) * d + 1 if padding == "VALID" else 1 for k, d in zip(kernel, dilation, strict=True)]
    shape = (
        draw(st.integers(1, 2)),
        draw(st.integers(least[0], least[0] + 4)),
        least[1] + draw(st.one_of(st.integers(0, 12), st.sampled_from([60, 90]))),
    )
    return {"shape": shape, "kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}


def add(net, name, geometry, case, input_c, outputs, weight_shape, axis, **options):
    values = weighted.weights(case, weight_shape)
    inputs = weighted.add_inputs(net, case, (*geometry["shape"], input_c), values, outputs, axis)
    out = [
        output_size(size, k, s, d, geometry["padding"])
        for size, k, s, d in zip(
            geometry["shape"][1:], geometry["kernel"], geometry["stride"], geometry["dilation"], strict=True
        )
    ]
    return net.apply(
        name,
        inputs,
        (geometry["shape"][0], *out, outputs),
        (1.0, case.output_zero),
        padding=geometry["padding"],
        stride_h=geometry["stride"][0],
        stride_w=geometry["stride"][1],
        dilation_h_factor=geometry["dilation"][0],
        dilation_w_factor=geometry["dilation"][1],
        fused_activation_function=case.activation,
        **options,
    )


def add_conv(net, geometry, case, groups, group_inputs, group_outputs):
    outputs = groups * group_outputs
    shape = (outputs, *geometry["kernel"], group_inputs)
    return add(net, "CONV_2D", geometry, case, groups * group_inputs, outputs, shape, 0)


def add_depthwise(net, geometry, case, channels, multiplier):
    outputs = channels * multiplier
    shape = (1, *geometry["kernel"], outputs)
    return add(
        net, "DEPTHWISE_CONV_2D", geometry, case, channels, outputs, shape, 3, depth_multiplier=multiplier
    )


def interpreted(cases):
    """The interpreter, unlike TFLM, takes no convolution without a bias."""
    return all(case[1].bias != "left out" for case in cases)


small = st.integers(1, 5)
convs = st.tuples(geometries(), weighted.drawn, st.sampled_from([1, 1, 1, 2, 3]), small, small)
depthwises = st.tuples(geometries(), weighted.drawn, small, st.integers(1, 3))


def a_case(**changes):
    """A written case, with the changed fields of `weighted.Drawn`."""
    fields = {
        "seed": 1, "zeros": 0.5, "extreme": False, "exponent": -9, "tie": False, "per_channel": True, "bias": "small",
        "input_zero": -7, "output_zero": 3, "activation": "RELU",
    }  # fmt: skip
    return weighted.Drawn(**{**fields, **changes})


def a_geometry(**changes):
    """A written geometry, with the changed keys of those that `geometries` draws."""
    return {"shape": (1, 1, 40), "kernel": (1, 5), "stride": (1, 1), "dilation": (1, 1), "padding": "SAME", **changes}
