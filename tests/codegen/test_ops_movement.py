"""Operators that move elements: generated C against TFLM and the interpreter, for drawn shapes, axes and bounds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.reader import read

EXAMPLES = settings(max_examples=3, deadline=None)
QUANT = (0.05, -3)
TYPES = ("int8", "int16", "float32")


def shapes(least, most, largest=5):
    return st.lists(st.integers(1, largest), min_size=least, max_size=most).map(tuple)


def add(net, name, x, constants, shape, dtype="int8", quant=QUANT, **options):
    """One operator on an input of shape x and constants of int32."""
    quant = quant if dtype == "int8" else None
    net.apply(name, [net.input(x, quant, dtype), *(net.constant(c) for c in constants)], shape, quant, dtype, **options)


def several(case):
    """Many operators in one network: each network is one build of C."""
    return st.lists(case, min_size=12, max_size=16)


@st.composite
def slices(draw):
    shape = draw(shapes(1, 5))
    counts = [draw(st.integers(1, n)) for n in shape]
    begins = [draw(st.integers(0, n - c)) for n, c in zip(shape, counts, strict=True)]
    sizes = [-1 if b + c == n and draw(st.booleans()) else c for n, b, c in zip(shape, begins, counts, strict=True)]
    return "SLICE", shape, [begins, sizes], counts, {}


@st.composite
def strided_slices(draw):
    """Bounds on both sides of the input, negative ones counted from the end, beyond it, or masked."""
    shape = draw(shapes(1, 4, 6))
    bounds, out = [], []
    masks = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    for i, n in enumerate(shape):
        stride = draw(st.sampled_from([1, 1, 2, 3, -1, -2]))
        begin, end = draw(st.integers(-n - 2, n + 2)), draw(st.integers(-n - 2, n + 2))
        masked = [draw(st.booleans()) for _ in range(2)]
        taken = range(n)[slice(None if masked[0] else begin, None if masked[1] else end, stride)]
        shrunk = draw(st.integers(0, 3)) == 0
        if shrunk or not taken:
            begin, end, stride, masked, shrunk = draw(st.integers(-n, n - 1)), 7, 1, [False, not shrunk], shrunk
            taken = [0] if shrunk else range(n)[begin:]
        masks["begin_mask"] |= masked[0] << i
        masks["end_mask"] |= masked[1] << i
        masks["shrink_axis_mask"] |= shrunk << i
        bounds.append((begin, end, stride))
        out += [] if shrunk else [len(taken)]
    return "STRIDED_SLICE", shape, list(np.transpose(bounds)), out, masks


@st.composite
def transpositions(draw):
    shape = draw(shapes(1, 5, 9))
    order = draw(st.permutations(range(len(shape))))
    return "TRANSPOSE", shape, [order], [shape[i] for i in order], {}


@st.composite
def nearest(draw):
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 6)), draw(st.integers(1, 9)), draw(st.integers(1, 5)))
    size = [draw(st.one_of(st.sampled_from([n, 2 * n, 3 * n]), st.integers(1, 20))) for n in shape[1:3]]
    options = {"align_corners": draw(st.booleans()), "half_pixel_centers": draw(st.booleans())}
    return "RESIZE_NEAREST_NEIGHBOR", shape, [size], (shape[0], *size, shape[3]), options


@EXAMPLES
@given(several(st.tuples(st.one_of(slices(), strided_slices(), transpositions(), nearest()), st.sampled_from(TYPES))))
def test_slices_transpositions_and_repetitions_equal_tflm(cases):
    net = Net()
    for (name, *case, options), dtype in cases:
        add(net, name, *case, dtype, **options)
    assert_bit_exact(net.blob(), 2)


@st.composite
def splits(draw):
    shape = list(draw(shapes(1, 4)))
    axis = draw(st.integers(0, len(shape) - 1))
    parts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    return shape, axis, parts, draw(st.sampled_from([0, len(shape)])), draw(st.sampled_from(TYPES))


@EXAMPLES
@given(several(splits()))
def test_splits_packs_and_unpacks_along_any_axis_equal_tflm(cases):
    net = Net()
    for shape, axis, parts, back, dtype in cases:
        quant = QUANT if dtype == "int8" else None

        def of(n, shape=shape, axis=axis):
            return (*shape[:axis], n, *shape[axis + 1 :])

        count, at = len(parts), net.constant(np.array(axis - back))
        x = net.input(of(count * parts[0]), quant, dtype)
        net.apply_split("SPLIT", [at, x], [of(parts[0])] * count, quant, dtype, num_splits=count)
        operands = [net.input(of(sum(parts)), quant, dtype), net.constant(parts), at]
        net.apply_split("SPLIT_V", operands, [of(n) for n in parts], quant, dtype, num_splits=count)
        without = (*shape[:axis], *shape[axis + 1 :])
        x = net.input(of(count), quant, dtype)
        net.apply_split("UNPACK", [x], [without] * count, quant, dtype, axis=axis - back, num=count)
        values = [net.input(without, quant, dtype) for _ in parts]
        if dtype == "int8":
            values[-1] = net.constant(np.arange(math.prod(without)).reshape(without) - 9, quant)
        if count > 1 or dtype != "int8":
            net.apply("PACK", values, of(count), quant, dtype, axis=axis - back, values_count=count)
    assert_bit_exact(net.blob(), 2)


@EXAMPLES
@given(several(nearest()), st.integers(0, 2))
def test_bilinear_means_equal_tflm(cases, first):
    net = Net()
    for number, (_, shape, size, out, _) in enumerate(cases):
        corners, centers = (first + number) % 3 == 1, (first + number) % 3 == 2
        add(net, "RESIZE_BILINEAR", shape, size, out, align_corners=corners, half_pixel_centers=centers)
    assert_bit_exact(net.blob(), 3)


@st.composite
def gathers(draw):
    shape = draw(shapes(1, 4))
    axis = draw(st.integers(0, len(shape) - 1))
    shared = draw(st.integers(0, axis))
    positions = (*shape[:shared], *draw(shapes(0, 2, 4)))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    out = (*shape[:axis], *positions[shared:], *shape[axis + 1 :])
    options = {"axis": axis - draw(st.sampled_from([0, len(shape)])), "batch_dims": shared}
    return "GATHER", shape, [random.integers(0, shape[axis], positions)], out, options


@st.composite
def blocks(draw):
    """SPACE_TO_BATCH_ND and its inverse, of three and four dimensions; only the latter crops."""
    spatial, back = draw(st.sampled_from([1, 2, 2])), draw(st.booleans())
    block = [draw(st.integers(1, 4)) for _ in range(spatial)]
    cells = [draw(st.integers(1, 4)) for _ in range(spatial)]
    whole = [b * n for b, n in zip(block, cells, strict=True)]
    before = [draw(st.integers(0, n - 1 if back else 0)) for n in whole]
    behind = [draw(st.integers(0, n - b - 1 if back else 0)) for n, b in zip(whole, before, strict=True)]
    batches, channels = draw(st.integers(1, 2)), draw(st.integers(1, 5))
    space = (batches, *(n - b - a for n, b, a in zip(whole, before, behind, strict=True)), channels)
    phases = (batches * math.prod(block), *cells, channels)
    constants = [block, list(zip(before, behind, strict=True))]
    if back:
        return "BATCH_TO_SPACE_ND", phases, constants, space, {}
    return "SPACE_TO_BATCH_ND", space, constants, phases, {}


@st.composite
def depths(draw):
    block, channels = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    batches, height, width = (draw(st.integers(1, n)) for n in (2, 3, 4))
    space, depth = (batches, height * block, width * block, channels), (batches, height, width, channels * block**2)
    if draw(st.booleans()):
        return "SPACE_TO_DEPTH", space, [], depth, {"block_size": block}
    return "DEPTH_TO_SPACE", depth, [], space, {"block_size": block}


@st.composite
def mirrors(draw):
    """REVERSE_V2, BROADCAST_TO and MIRROR_PAD."""
    name, shape = draw(st.sampled_from(["REVERSE_V2", "BROADCAST_TO", "MIRROR_PAD"])), draw(shapes(1, 4, 4))
    if name == "REVERSE_V2":
        first = draw(st.integers(0, len(shape) - 1))
        axes = list(range(first, draw(st.integers(first + 1, len(shape)))))
        return name, shape, [draw(st.permutations([axes[0] - len(shape), *axes[1:]]))], shape, {}
    if name == "BROADCAST_TO":
        out = (*draw(shapes(0, 1, 3)), *(draw(st.integers(1, 3)) if n == 1 else n for n in shape))
        return name, shape, [out], out, {}
    mode = draw(st.sampled_from(["REFLECT", "SYMMETRIC"]))
    pads = [[draw(st.integers(0, n - (mode == "REFLECT"))) for _ in range(2)] for n in shape]
    return name, shape, [pads], tuple(n + sum(p) for n, p in zip(shape, pads, strict=True)), {"mode": mode}


@EXAMPLES
@given(several(st.tuples(st.one_of(gathers(), mirrors(), blocks(), depths()), st.sampled_from(["int8", "float32"]))))
def test_gathers_mirrors_and_blocks_equal_tflm(cases):
    net = Net()
    for (name, *case, options), dtype in cases:
        add(net, name, *case, dtype, **options)
    assert_bit_exact(net.blob(), 2)


def test_what_moves_nothing_needs_no_code():
    net = Net()
    x = net.input((1, 4, 1, 3), QUANT)
    y = net.apply("TRANSPOSE", [x, net.constant([2, 1, 0, 3])], (1, 4, 1, 3), QUANT)
    y = net.apply("SLICE", [y, net.constant([0] * 4), net.constant([-1] * 4)], (1, 4, 1, 3), QUANT)
    net.apply("RESIZE_NEAREST_NEIGHBOR", [y, net.constant([4, 1])], (1, 4, 1, 3), QUANT)
    graph = assert_bit_exact(net.blob())
    assert [layer.kernel for layer in generate(graph, "m").plan.layers] == [""] * 3


SHAPE = (2, 3, 4)
REFUSED = {
    "transposition that is none": ("TRANSPOSE", SHAPE, [[0, 1, 1]], SHAPE, {}, "permutation [0, 1, 1]"),
    "slice that leaves its input": ("SLICE", SHAPE, [[0, 0, 2], [2, 3, 3]], (2, 3, 3), {}, "begin [0, 0, 2] and size"),
    "strided slice of five dimensions": (
        "STRIDED_SLICE", (1, 1, 1, 1, 2), [[0] * 5, [1] * 5, [1] * 5], (1, 1, 1, 1, 1), {}, "5 dimensions"),
    "strided slice with an ellipsis": (
        "STRIDED_SLICE", SHAPE, [[0] * 3, [1] * 3, [1] * 3], (1, 1, 1), {"ellipsis_mask": 1}, "ellipsis_mask 1"),
    "strided slice of nothing": (
        "STRIDED_SLICE", SHAPE, [[0, 2, 0], [1, 1, 1], [1] * 3], (1, 1, 1), {}, "begin 2, end 1, stride 1 of 3"),
    "gather beyond the input": ("GATHER", SHAPE, [[4]], (2, 3, 1), {"axis": 2}, "positions from 4 to 4"),
    "reversed axes with one between": ("REVERSE_V2", SHAPE, [[0, 2]], SHAPE, {}, "axes [0, 2]; supported: a list of"),
    "mirror of more than there is": (
        "MIRROR_PAD", SHAPE, [[[0, 0], [3, 0], [0, 0]]], (2, 6, 4), {"mode": "REFLECT"}, "no more than there is"),
    "blocks that are not whole": (
        "SPACE_TO_BATCH_ND", (1, 3, 4, 1), [[2, 2], [[0, 0], [0, 0]]], (4, 1, 2, 1), {}, "[3, 4] rows"),
    "padded blocks": (
        "SPACE_TO_BATCH_ND", (1, 3, 4, 1), [[2, 2], [[1, 0], [0, 0]]], (4, 2, 2, 1), {}, "paddings [1, 0] before"),
    "bilinear factor that leads out of the input": (
        "RESIZE_BILINEAR", (1, 1, 1, 1), [[1, 97]], (1, 1, 97, 1), {}, "1 to 97 cells"),
    "nearest neighbour of three dimensions": ("RESIZE_NEAREST_NEIGHBOR", SHAPE, [[3, 4]], SHAPE, {}, "3 dimensions"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_moved_is_refused_in_one_line(case):
    name, x, constants, shape, options, said = case
    net = Net()
    add(net, name, x, constants, shape, **options)
    with pytest.raises(UnsupportedOperatorError) as caught:
        generate(read(net.blob()), "m")
    assert f"operator 0 ({name}, output " in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parts_that_nobody_reads_keep_their_bytes_until_the_operator_is_done():
    net = Net()
    parts = net.apply_split("UNPACK", [net.input((3, 40), QUANT)], [(40,)] * 3, QUANT, axis=0, num=3)
    net.outputs = [net.apply("RELU", parts[2], (40,), QUANT, output=False)]
    assert_bit_exact(net.blob(), 2)


def test_a_constant_of_another_type_is_not_packed():
    net = Net()
    x, constant = net.input((2, 3), None, "int16"), net.constant(np.ones((2, 3), np.int8), QUANT)
    net.apply("PACK", [x, constant], (2, 2, 3), None, "int16", axis=0, values_count=2)
    with pytest.raises(UnsupportedOperatorError, match="input 1 is int8; supported: int16, as input 0"):
        generate(read(net.blob()), "m")
