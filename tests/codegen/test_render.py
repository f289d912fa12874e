"""The generated text: golden files, determinism, safe names, and the interface's answers to wrong use."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from firmware_models import needs
from hostmodel import INCLUDES, compile_c, kernel_object, make_lists
from networks import PROBABILITY, Net
from oracle import assert_bit_exact
from tflite_builder import op, tensor

from ecgprune import __version__
from ecgprune.board import build_image
from ecgprune.codegen import generate
from ecgprune.errors import CodegenError
from ecgprune.graph.reader import read
from ecgprune.interface import ModelContract
from ecgprune.interface.names import clean, operator_names

GOLDEN = Path(__file__).parent / "golden"
MODEL = GOLDEN / "small.tflite"
FILES = ["small.h", "small.c", "ecgp_model.h", "sources.mk"]
CONTRACT = ModelContract(("N", "S", "V"), 180, 12, 5, 0.5, 40.0, 5)
LAYERS = {
    "t0": "serving_default_ecg:0",
    "t3": "net/relu1/Relu;net/norm1/FusedBatchNormV3;net/conv1/Conv2D1",
    "t4": "net/pool1/MaxPool2d",
    "t6": "net/depthwise/Relu6;net/depthwise/BiasAdd;net/depthwise/depthwise",
    "t8": "net/flatten/Reshape",
    "t11": "net/dense/MatMul;net/dense/BiasAdd",
    "t12": "StatefulPartitionedCall:0",
}
UPDATE = "UPDATE_GOLDEN=1 pytest tests/codegen/test_render.py writes it anew"


def small_model():
    """Every kind of thing that is rendered: dense and sparse weights, staged padding, a reshape, a table."""
    net = Net()

    def weights(values, scales, axis):
        zeros = [0] * len(scales)
        net.tensors.append(tensor(values.shape, "int8", scales, zeros, values, axis, name=f"t{len(net.tensors)}"))
        return net.tensors[-1].name

    def bias(values, scale):
        net.tensors.append(tensor((len(values),), "int32", scale, 0, values, name=f"t{len(net.tensors)}"))
        return net.tensors[-1].name

    geometry = {"stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}
    x = net.input((1, 1, 12, 2), (0.0625, 0))
    taps = np.where(np.arange(48) % 7 == 0, np.arange(48) - 24, 0).reshape(6, 1, 4, 2)
    w = weights(taps, [0.02, 0.03, 0.01, 0.02, 0.05, 0.02], 0)
    y = net.apply(
        "CONV_2D", [x, w, bias([10, -20, 30, -40, 50, -60], 0.00125)], (1, 1, 12, 6), (0.05, -128), output=False,
        padding="SAME", fused_activation_function="RELU", **geometry,
    )  # fmt: skip
    y = net.apply(
        "MAX_POOL_2D", y, (1, 1, 6, 6), (0.05, -128), output=False,
        padding="VALID", stride_w=2, stride_h=1, filter_width=2, filter_height=1,
    )  # fmt: skip
    w = weights((np.arange(18) * 5 % 23 - 11).reshape(1, 1, 3, 6), [0.05], 3)
    y = net.apply(
        "DEPTHWISE_CONV_2D", [y, w], (1, 1, 4, 6), (0.04, 3), output=False,
        padding="VALID", depth_multiplier=1, fused_activation_function="RELU6", **geometry,
    )  # fmt: skip
    y = net.apply("RESHAPE", [y, net.constant(np.array([1, 24], np.int32))], (1, 24), (0.04, 3), output=False)
    w = weights((np.arange(72) * 11 % 31 - 15).reshape(3, 24), [0.004], 0)
    y = net.apply("FULLY_CONNECTED", [y, w, bias([5, -6, 7], 0.00016)], (1, 3), (0.02, 4), output=False)
    net.apply("SOFTMAX", y, (1, 3), PROBABILITY, beta=1.0)
    return renamed(net, LAYERS)


def renamed(net, names):
    """The model with its tensors under the names that a converter gives them."""
    other = Net()
    other.tensors = [replace(t, name=names.get(t.name, t.name)) for t in net.tensors]
    for step in net.ops:
        inputs, outputs = ([names.get(t, t) for t in given] for given in (listed(step.inputs), listed(step.outputs)))
        other.ops.append(replace(step, inputs=inputs, outputs=outputs))
    other.inputs = [names.get(t, t) for t in net.inputs]
    other.outputs = [names.get(t, t) for t in net.outputs]
    return other.blob()


def listed(names):
    return [names] if isinstance(names, str) else list(names)


@pytest.fixture(scope="module")
def golden():
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        MODEL.write_bytes(small_model())
    return generate(read(MODEL.read_bytes()), "small", contract=CONTRACT)


@pytest.mark.parametrize("file", FILES)
def test_generated_text_equals_golden_file(golden, file):
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_text(golden.files[file])
    assert golden.files[file] == (GOLDEN / file).read_text(), UPDATE


def test_generates_exactly_these_files(golden):
    assert list(golden.files) == FILES


def test_the_golden_model_has_dense_and_sparse_layers_and_equals_tflm(golden):
    kernels = [layer.kernel for layer in golden.plan.layers]
    assert "ecgp_conv_sparse_s8" in kernels
    assert "ecgp_fully_connected_s8" in kernels
    assert_bit_exact(MODEL.read_bytes(), vectors=20, interpreter=False)


def test_another_process_generates_the_same_text(golden):
    script = (
        "from ecgprune.codegen import generate; from ecgprune.graph.reader import read; import sys; "
        f"from ecgprune.interface import ModelContract; contract = {CONTRACT!r}; "
        f"sys.stdout.write(''.join(generate(read({str(MODEL)!r}), 'small', contract=contract).files.values()))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert done.stdout == "".join(golden.files.values())


def test_no_line_is_longer_than_120_characters(golden):
    for text in golden.files.values():
        assert max(map(len, text.splitlines())) <= 120


def test_text_holds_no_time_and_no_path(golden):
    for text in golden.files.values():
        assert not re.search(r"\d\d:\d\d|20\d\d-\d\d", text)
        assert str(Path(__file__).parents[2]) not in text


def built(generated, folder, main):
    for name, text in generated.files.items():
        (folder / name).write_text(text)
    lists = make_lists(generated.files["sources.mk"])
    objects = [kernel_object(k) for k in lists["ECGP_KERNELS"]]
    generated_c = str(folder / lists["ECGP_GENERATED"][0])
    compile_c([f"-I{folder}", str(main), generated_c, *objects, "-o", str(folder / "main")])
    return folder / "main"


def test_wrong_use_is_answered_and_instances_live_side_by_side(golden, tmp_path):
    main = Path(__file__).parents[1] / "support" / "c" / "interface.c"
    done = subprocess.run([built(golden, tmp_path, main)], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, f"check {done.returncode} of interface.c failed {done.stderr}"


def test_the_header_is_also_cpp(golden, tmp_path):
    for name, text in golden.files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.cc").write_text('#include "ecgp_model.h"\nint main() { return ecgp_model_invoke(nullptr); }\n')
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
    subprocess.run(["g++", *flags, *INCLUDES, f"-I{tmp_path}", str(tmp_path / "main.cc")], check=True)


def test_a_tensor_name_cannot_end_a_comment():
    net = Net()
    net.tensors.append(tensor((1, 4), "int8", 0.5, 0, name="*/ #error \n \\ ?? \u03bc /*"))
    net.tensors.append(tensor((1, 4), "int8", 0.5, 0, name="t1"))
    net.inputs, net.outputs = [net.tensors[0].name], ["t1"]
    net.ops.append(op("RELU", net.tensors[0].name, "t1"))
    assert_bit_exact(net.blob())


def test_the_code_names_layers_buffers_inputs_and_classes_and_no_bare_place_in_the_arena(golden):
    code, header = golden.files["small.c"], golden.files["small.h"]
    assert "/* conv1: CONV_2D + MAX_POOL_2D, 1x1x12x2 -> 1x1x6x6 */" in code
    assert not re.search(r"arena(\[| \+ )\d", code)
    found = dict(re.findall(r"^#define (SMALL_\w+) (.+?)(?: /\*\*<.*)?$", header, re.MULTILINE))
    assert [found[f"SMALL_{name}"] for name in ("INPUT_ECG", "OUTPUT_SCORES", "CLASS_V", "CLASSES")] == list("0023")
    assert found["SMALL_CLASS_NAMES"] == '{"N", "S", "V"}'
    contract = ("SAMPLE_RATE_HZ", "WINDOW", "WINDOW_BEFORE", "BAND_LOW_HZ", "BAND_HIGH_HZ", "UNIT_UV")
    assert [found[f"SMALL_{name}"] for name in contract] == ["180u", "12u", "5u", "0.5f", "40.0f", "5u"]


def test_without_a_contract_the_header_states_shapes_alone():
    header = generate(read(MODEL.read_bytes()), "small").files["small.h"]
    assert "int8_t 1x1x12x2" in header
    assert not re.search("CLASS|WINDOW|BAND|_HZ|_UV", header)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("N", "S"), r"^2 labels \(N, S\) for an output of 3 values; give one each$"),
        (("N", "n", "V"), r"^labels 'N', 'n', 'V' do not make distinct C names; use letters and digits"),
        (("N", "-", "V"), r"^labels 'N', '-', 'V' do not make distinct C names; use letters and digits"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, said):
    with pytest.raises(CodegenError, match=said):
        generate(read(MODEL.read_bytes()), "small", contract=ModelContract(labels))


@pytest.mark.parametrize(
    ("tensor_name", "layer"),
    [
        ("compact/relu1/Relu;compact/norm1/FusedBatchNormV3;compact/conv1/Conv2D1", "conv1"),
        ("model/conv1/Relu;model/conv1/BiasAdd;model/conv2/Conv2D;model/conv1/Conv2D", "conv1"),
        ("sequential_1/conv1d_1/Relu;sequential_1/conv1d_1/convolution/Squeeze1", "conv1d_1"),
        ("model_2/dense_8/clip_by_value/Minimum", "dense_8"),
        ("model/block/conv/BiasAdd", "block_conv"),
        ("net/depthwise/Relu6;net/depthwise/BiasAdd;net/depthwise/depthwise", "depthwise"),
        ("conv1/Relu", "conv1"),
        ("model/Relu", "relu"),
        ("StatefulPartitionedCall/model/conv1/Relu", "conv1"),
        ("serving_default_ecg:0", "ecg"),
        ("ecg", "ecg"),
        ("StatefulPartitionedCall_1:0", ""),
        ("serving_default_keras_tensor_12:0", ""),
        ("serving_default_input_1:0", ""),
        ("tfl.quantize", ""),
        ("net/3rd/Relu", "layer_3rd"),
        ("*/ #error", "error"),
    ],
)
def test_a_layer_keeps_its_own_name_without_what_the_converter_added(tensor_name, layer):
    assert clean(tensor_name) == layer


def test_two_layers_of_one_name_stay_apart():
    net = Net()
    y = net.input((1, 4), (0.5, 0))
    for k in range(3):
        y = net.apply("RELU", y, (1, 4), (0.5 / (k + 1), 0), output=k == 2)
    blob = renamed(net, {"t1": "net/act/Relu", "t2": "net/act/Relu1", "t3": "other/act/Relu"})
    assert_bit_exact(blob)
    assert list(operator_names(read(blob)).values()) == ["act", "act_relu", "act_relu_2"]


@pytest.mark.parametrize("board", ["mps2_an386"])
def test_strings_finds_the_model_and_its_hash_in_the_image(golden, board, tmp_path):
    needs("make", "arm-none-eabi-gcc", "strings")
    (tmp_path / "model").mkdir()
    for name, text in golden.files.items():
        (tmp_path / "model" / name).write_text(text)
    image = build_image(tmp_path / "model", board, tmp_path / "out")
    done = subprocess.run(["strings", "-n", "20", image.elf], capture_output=True, text=True, check=True)
    version = f"small tflite-sha256:{hashlib.sha256(MODEL.read_bytes()).hexdigest()[:16]} ecgprune {__version__}"
    assert version in done.stdout.splitlines()
    assert f"Takes {len(version) + 1} bytes of flash." in golden.files["small.h"]


@pytest.mark.parametrize("name", ["", "Ecg", "1ecg", "my-model", "ecgp_conv"])
def test_a_name_that_is_no_c_prefix_is_refused(name):
    with pytest.raises(CodegenError, match=rf"model name is '{name}', expected lower-case letters, digits and _"):
        generate(read(small_model()), name)
