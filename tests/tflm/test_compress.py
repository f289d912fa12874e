"""Pruned tensors stored small: TFLM decodes them, and gives the bytes of the plain file."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from tflite_builder import model, op, tensor
from tflite_micro.python.tflite_micro import runtime

from ecgprune import tflm
from ecgprune.errors import CodegenError
from ecgprune.graph.reader import read
from ecgprune.tflm.compress import encode

HEADER = bytes([2, 1, 0, 0, 1]) + bytes(11)


def pruned(rng, shape, zeros, dtype=np.int8, zero=0):
    values = rng.integers(1, 100, shape).astype(dtype) * rng.choice([-1, 1], shape).astype(dtype)
    return np.where(rng.random(shape) < zeros, dtype(zero), values)


def answers(blob, graph, inputs):
    interpreter = runtime.Interpreter.from_bytes(blob, arena_size=1 << 20)
    found = []
    for x in inputs:
        interpreter.set_input(x, 0)
        interpreter.invoke()
        found.append(b"".join(interpreter.get_output(i).tobytes() for i in range(len(graph.outputs))))
    return found


def check(blob, inputs):
    """The compressed file, after a check that TFLM gives the same bytes for it."""
    compressed = tflm.compress(blob)
    assert answers(compressed.tflite, read(blob), inputs) == answers(blob, read(blob), inputs)
    return compressed


def test_bits_come_first_bit_highest_and_the_table_follows_a_header_of_16_bytes():
    bits, table = encode(np.array([[0, 5, 0, 0], [0, 0, -7, 9], [1, 0, 0, 0]], np.int8))
    assert bits == bytes([0b01000011, 0b10000000])
    assert table == HEADER + bytes([5, 256 - 7, 9, 1])


def test_elements_that_are_their_slices_zero_point_are_left_out():
    values = np.array([[3, 4], [3, 4]], np.int8)
    assert encode(values, [3, 4], axis=1) == (bytes([0]), HEADER)
    assert encode(values, [3, 4], axis=0) == (bytes([0b01100000]), HEADER + bytes([4, 3]))


def test_negative_zero_is_kept():
    bits, table = encode(np.array([0.0, -0.0, 1.5], np.float32))
    assert bits == bytes([0b01100000])
    assert table == HEADER + np.array([-0.0, 1.5], np.float32).tobytes()


def convolution(zeros, seed=0, axis_scales=True):
    """A convolution, a depthwise one and a dense layer, int8 with a scale per channel."""
    rng = np.random.default_rng(seed)
    scales = np.linspace(0.01, 0.02, 16) if axis_scales else 0.01
    points = np.zeros(16, int) if axis_scales else 0
    tensors = [
        tensor((1, 1, 40, 8), scale=0.5, zero_point=-3, name="x"),
        tensor((16, 1, 5, 8), scale=scales, zero_point=points, data=pruned(rng, (16, 1, 5, 8), zeros), name="conv"),
        tensor((1, 1, 40, 16), scale=0.7, zero_point=3, name="a"),
        tensor((1, 1, 25, 16), scale=scales, zero_point=points, axis=3 if axis_scales else 0,
               data=pruned(rng, (1, 1, 25, 16), zeros), name="depthwise"),
        tensor((1, 1, 40, 16), scale=0.7, zero_point=3, name="b"),
        tensor((12, 640), scale=0.01, zero_point=0, data=pruned(rng, (12, 640), zeros), name="dense"),
        tensor((1, 12), scale=2.0, zero_point=1, name="y"),
    ]  # fmt: skip
    slide = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
    ops = [
        op("CONV_2D", ["x", "conv"], "a", **slide),
        op("DEPTHWISE_CONV_2D", ["a", "depthwise"], "b", depth_multiplier=1, **slide),
        op("FULLY_CONNECTED", ["b", "dense"], "y"),
    ]
    return model(ops, tensors, "x", "y")


def random_inputs(shape=(1, 1, 40, 8)):
    return np.random.default_rng(5).integers(-128, 128, (6, *shape)).astype(np.int8)


@pytest.mark.parametrize("axis_scales", [True, False])
@pytest.mark.parametrize("zeros", [0.3, 0.6, 0.95, 1.0])
def test_tflm_gives_the_same_bytes_for_the_compressed_file(zeros, axis_scales):
    blob = convolution(zeros, axis_scales=axis_scales)
    compressed = check(blob, random_inputs())
    assert len(compressed.tflite) < len(blob)
    assert {t.name for t in compressed.tensors} <= {"conv", "depthwise", "dense"}


def test_at_60_percent_zeros_int8_weights_take_at_most_55_percent_of_their_bytes():
    found = {t.name: t for t in check(convolution(0.6), random_inputs()).tensors}
    assert found["dense"].bytes_after <= 0.55 * found["dense"].bytes_before
    assert found["dense"].bytes_after == 16 + 7680 // 8 + found["dense"].kept


def test_what_does_not_pay_stays_as_it_is():
    blob = convolution(0.02)
    assert tflm.compress(blob) == tflm.Compression(blob, ())


@pytest.mark.parametrize("zero", [-100, 0, 77])
def test_elements_at_a_zero_point_that_is_not_0_are_left_out(zero):
    rng = np.random.default_rng(1)
    tensors = [
        tensor((1, 900), scale=0.5, zero_point=-3, name="x"),
        tensor((1, 900), scale=0.5, zero_point=zero, data=pruned(rng, (1, 900), 0.8, zero=zero), name="c"),
        tensor((1, 900), scale=0.7, zero_point=3, name="y"),
    ]
    blob = model([op("ADD", ["x", "c"], "y")], tensors, "x", "y")
    (found,) = check(blob, random_inputs((1, 900))).tensors
    assert found.kept < 250


def test_a_float_model_is_compressed_too():
    rng = np.random.default_rng(1)
    weights = pruned(rng, (20, 60), 0.7, np.float32)
    weights[0, 0] = -0.0
    tensors = [
        tensor((1, 60), "float32", name="x"),
        tensor((20, 60), "float32", data=weights, name="w"),
        tensor((1, 20), "float32", name="y"),
    ]
    blob = model([op("FULLY_CONNECTED", ["x", "w"], "y")], tensors, "x", "y")
    inputs = rng.normal(size=(4, 1, 60)).astype(np.float32)
    (found,) = check(blob, inputs).tensors
    assert found.bytes_after == 16 + 1200 // 8 + 4 * found.kept


def test_a_tensor_that_two_operators_read_is_decoded_for_each():
    rng = np.random.default_rng(1)
    tensors = [
        tensor((1, 60), scale=0.5, zero_point=-3, name="x"),
        tensor((60, 60), scale=0.01, data=pruned(rng, (60, 60), 0.9), name="w"),
        tensor((1, 60), scale=0.7, zero_point=3, name="a"),
        tensor((1, 60), scale=0.7, zero_point=3, name="y"),
    ]
    blob = model([op("FULLY_CONNECTED", ["x", "w"], "a"), op("FULLY_CONNECTED", ["a", "w"], "y")], tensors, "x", "y")
    compressed = check(blob, random_inputs((1, 60)))
    assert [t.readers for t in compressed.tensors] == [2]
    assert [op.name for op in read(compressed.tflite).ops].count("CUSTOM TFLM_DECODE") == 2


def test_the_generated_code_registers_the_decoder():
    blob = tflm.compress(convolution(0.8)).tflite
    assert "resolver.AddDecode()" in tflm.generate(blob, read(blob), "m")["m.cc"]


def test_a_compressed_file_is_not_compressed_again():
    with pytest.raises(CodegenError, match=r"holds a TFLM_DECODE already; compress the plain \.tflite"):
        tflm.compress(tflm.compress(convolution(0.8)).tflite)


def test_a_file_with_operator_codes_in_the_old_field_alone_keeps_its_operators():
    built = schema.ModelT.InitFromPackedBuf(convolution(0.8), 0)
    for code in built.operatorCodes:
        code.builtinCode = 0
    builder = flatbuffers.Builder(1024)
    builder.Finish(built.Pack(builder), b"TFL3")
    blob = bytes(builder.Output())
    assert len(check(blob, random_inputs()).tensors) == 3
