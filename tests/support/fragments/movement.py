"""Operators that move elements: slices, splits, transpositions, rearrangements."""

import numpy as np

QUANT = (0.05, -3)


def batch_to_space_nd(net, rng):
    operands = [net.input((4, 2, 2, 3), QUANT), net.constant([2, 2]), net.constant([[0, 1], [1, 0]])]
    net.apply("BATCH_TO_SPACE_ND", operands, (1, 3, 3, 3), QUANT)


def broadcast_to(net, rng):
    operands = [net.input((2, 1, 5), QUANT), net.constant([2, 2, 3, 5])]
    net.apply("BROADCAST_TO", operands, (2, 2, 3, 5), QUANT)


def depth_to_space(net, rng):
    net.apply("DEPTH_TO_SPACE", net.input((1, 2, 3, 8), QUANT), (1, 4, 6, 2), QUANT, block_size=2)


def gather(net, rng):
    operands = [net.input((2, 5, 3), QUANT), net.constant([4, 0, 0, 3])]
    net.apply("GATHER", operands, (2, 4, 3), QUANT, axis=1, batch_dims=0)
    x, table = net.input((2, 5, 3), QUANT), net.constant(rng.integers(-128, 128, (5, 7)), QUANT)
    places = net.apply("ARG_MAX", [x, net.constant([1])], (2, 3), None, "int32", output=False, output_type=2)
    net.apply("GATHER", [table, places], (2, 3, 7), QUANT, axis=0, batch_dims=0)
    net.apply("GATHER", [x, places], (2, 2, 3, 3), QUANT, axis=1, batch_dims=0)


def mirror_pad(net, rng):
    x = net.input((2, 3, 2), QUANT)
    for mode, pads in (("REFLECT", [[1, 0], [2, 1], [0, 0]]), ("SYMMETRIC", [[0, 1], [0, 0], [2, 0]])):
        shape = [n + sum(pad) for n, pad in zip((2, 3, 2), pads, strict=True)]
        net.apply("MIRROR_PAD", [x, net.constant(pads)], shape, QUANT, mode=mode)


def pack(net, rng):
    x, y = net.input((2, 3), QUANT), net.constant(rng.integers(-128, 128, (2, 3)), QUANT)
    net.apply("PACK", [x, y, x], (2, 3, 3), QUANT, axis=1, values_count=3)
    wide = net.input((2, 3), None, "int16")
    net.apply("PACK", [wide, wide], (2, 3, 2), None, "int16", axis=-1, values_count=2)


def resize_nearest_neighbor(net, rng):
    for size in ([4, 6], [3, 5]):
        operands = [net.input((1, 2, 3, 2), QUANT), net.constant(size)]
        net.apply("RESIZE_NEAREST_NEIGHBOR", operands, (1, *size, 2), QUANT, half_pixel_centers=True)


def resize_bilinear(net, rng):
    operands = [net.input((1, 2, 3, 2), QUANT), net.constant([3, 5])]
    net.apply("RESIZE_BILINEAR", operands, (1, 3, 5, 2), QUANT, half_pixel_centers=True)


def reverse(net, rng):
    for axes in ([1], [-1, 1], [0]):
        net.apply("REVERSE_V2", [net.input((2, 3, 4), QUANT), net.constant(axes)], (2, 3, 4), QUANT)


def slice_(net, rng):
    operands = [net.input((2, 4, 5), QUANT), net.constant([1, 1, 0]), net.constant([1, 2, -1])]
    net.apply("SLICE", operands, (1, 2, 5), QUANT)


def space_to_batch_nd(net, rng):
    operands = [net.input((1, 4, 6, 2), QUANT), net.constant([2, 3]), net.constant([[0, 0], [0, 0]])]
    net.apply("SPACE_TO_BATCH_ND", operands, (6, 2, 2, 2), QUANT)


def space_to_depth(net, rng):
    net.apply("SPACE_TO_DEPTH", net.input((1, 4, 6, 2), QUANT), (1, 2, 3, 8), QUANT, block_size=2)


def split(net, rng):
    net.apply_split("SPLIT", [net.constant(np.array(1)), net.input((2, 6), QUANT)], [(2, 2)] * 3, QUANT, num_splits=3)


def split_v(net, rng):
    operands = [net.input((2, 6), QUANT), net.constant([1, 5]), net.constant(np.array(-1))]
    net.apply_split("SPLIT_V", operands, [(2, 1), (2, 5)], QUANT, num_splits=2)


def strided_slice(net, rng):
    for dtype in ("int8", "int16", "float32"):
        quant = QUANT if dtype == "int8" else None
        bounds = [net.constant(v) for v in ([-1, 1, 5], [0, 2, 0], [1, 1, -2])]
        x = net.input((2, 3, 6), quant, dtype) if dtype == "int8" else net.input((1, 2, 6), quant, dtype)
        net.apply("STRIDED_SLICE", [x, *bounds], (1, 3), quant, dtype, end_mask=1, shrink_axis_mask=2)


def transpose(net, rng):
    net.apply("TRANSPOSE", [net.input((3, 2, 9), QUANT), net.constant([2, 0, 1])], (9, 3, 2), QUANT)
    net.apply("TRANSPOSE", [net.input((2, 3), None, "int16"), net.constant([1, 0])], (3, 2), None, "int16")


def unpack(net, rng):
    net.apply_split("UNPACK", [net.input((2, 3, 4), QUANT)], [(2, 4)] * 3, QUANT, axis=-2, num=3)


FRAGMENTS = {
    "BATCH_TO_SPACE_ND": batch_to_space_nd,
    "BROADCAST_TO": broadcast_to,
    "DEPTH_TO_SPACE": depth_to_space,
    "GATHER": gather,
    "MIRROR_PAD": mirror_pad,
    "PACK": pack,
    "RESIZE_BILINEAR": resize_bilinear,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "REVERSE_V2": reverse,
    "SLICE": slice_,
    "SPACE_TO_BATCH_ND": space_to_batch_nd,
    "SPACE_TO_DEPTH": space_to_depth,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
}
