"""The tflm runtime's sources, and the arena as TFLM measures it.

Linking needs the user's own build of TFLM, so what is checked here is the text, its C part with a compiler, and
every figure that TFLM gives by itself.
"""

import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from tflite_builder import model, op, tensor

from ecgprune import tflm
from ecgprune.errors import CodegenError, UnsupportedOperatorError
from ecgprune.graph.reader import read
from ecgprune.graph.tflite import TfliteFile
from ecgprune.interface import ModelContract
from ecgprune.pipeline import arena_split

GOLDEN = Path(__file__).parent / "golden"
RUNTIME = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
CONTRACT = ModelContract(labels=("N", "S", "V"), sample_rate_hz=180, window=16, window_before=7)
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def small_model():
    """Pooling and one dense layer, with weights that do not depend on a random generator's version."""
    weights = (np.arange(3 * 8) * 7 % 11 - 5).reshape(3, 8)
    return model(
        tensors=[
            tensor((1, 1, 8, 2), scale=0.0625, zero_point=0, name="ecg"),
            tensor((1, 1, 4, 2), scale=0.0625, zero_point=0, name="pooled"),
            tensor((3, 8), scale=0.02, data=weights, name="weights"),
            tensor((3,), "int32", scale=0.00125, data=[10, -20, 30], name="bias"),
            tensor((1, 3), scale=0.1, zero_point=-4, name="scores"),
        ],
        ops=[
            op("MAX_POOL_2D", "ecg", "pooled",
               padding="VALID", stride_w=2, stride_h=1, filter_height=1, filter_width=2),
            op("FULLY_CONNECTED", ["pooled", "weights", "bias"], "scores"),
        ],
        inputs="ecg",
        outputs="scores",
    )


@pytest.fixture(scope="module")
def generated():
    blob = small_model()
    return tflm.generate(blob, read(blob), "tiny", CONTRACT)


@pytest.mark.parametrize(
    "file", ["tiny.cc", "tiny.h", "tiny_model.c", "tiny_model.h", "ecgp_model.h", "sources.mk"]
)
def test_generated_text_equals_golden_file(generated, file):
    golden = GOLDEN / file
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(generated[file])
    assert generated[file] == golden.read_text(), "UPDATE_GOLDEN=1 pytest tests/tflm/test_tflm.py writes it anew"


def test_generates_exactly_these_files(generated):
    assert sorted(generated) == sorted(p.name for p in GOLDEN.iterdir())


def test_same_model_gives_the_same_text(generated):
    blob = small_model()
    assert tflm.generate(blob, read(blob), "tiny", CONTRACT) == generated


def test_array_holds_the_model_and_the_header_compiles_as_c_and_cxx(generated, tmp_path):
    for name, text in generated.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "ecgp_model.h"\n#include "tiny_model.h"\n'
        "int main(void) { ecgp_model_t m; (void)m; size_t bad = (size_t)tiny_model % 16u;\n"
        "  if (bad != 0 || ECGP_MODEL_INPUT_BYTES(0) != 16u || ECGP_MODEL_INPUT_BYTES(1) != 0u) return 1;\n"
        "  return fwrite(tiny_model, 1, TINY_MODEL_BYTES, stdout) != TINY_MODEL_BYTES; }\n"
    )
    (tmp_path / "main.cc").write_text('#include "ecgp_model.h"\necgp_model_t m;\n')
    include = [f"-I{tmp_path}", f"-I{RUNTIME}"]
    sources = [str(tmp_path / "main.c"), str(tmp_path / "tiny_model.c")]
    program = str(tmp_path / "main")
    subprocess.run(["gcc", "-std=c99", "-Wconversion", *STRICT, *include, *sources, "-o", program], check=True)
    compiled = ["-c", str(tmp_path / "main.cc"), "-o", program + ".o"]
    subprocess.run(["g++", "-std=c++17", *STRICT, *include, *compiled], check=True)
    assert subprocess.run([program], check=True, capture_output=True).stdout == small_model()


def test_init_checks_the_bytes_of_the_model_and_its_version_before_tflm_sees_them(generated):
    code = generated["tiny.cc"]
    version = re.search(r'const char tiny_version\[(\d+)\] = "(.*)";', code)
    stored = version[2].encode() + b"\0"
    assert len(stored) == int(version[1])
    crc = re.search(r"sizeof tiny_version\) == (0x\w+)u", code)
    assert int(crc[1], 16) == zlib.crc32(small_model() + stored)
    init = code[code.index('extern "C" ecgp_status tiny_init') :]
    assert 0 < init.index("tiny_check() != ECGP_OK") < init.index("tflite::")
    assert "ecgp_crc32.c" in generated["sources.mk"]


def test_resolver_holds_exactly_the_operators_used(generated):
    assert re.findall(r"resolver\.(\w+)\(", generated["tiny.cc"]) == ["AddFullyConnected", "AddMaxPool2D"]
    assert "MicroMutableOpResolver<2>" in generated["tiny.cc"]
    assert "Register_FULLY_CONNECTED_INT8()" in generated["tiny.cc"]


def test_operator_with_float_activations_gets_the_plain_kernel():
    blob = model(
        tensors=[
            tensor((1, 4), scale=0.5, zero_point=1, name="x"),
            tensor((1, 4), "float32", name="real"),
            tensor((1, 4), "float32", name="soft"),
            tensor((1, 4), scale=1 / 256, zero_point=-128, name="y"),
        ],
        ops=[op("DEQUANTIZE", "x", "real"), op("SOFTMAX", "real", "soft", beta=1.0), op("QUANTIZE", "soft", "y")],
        inputs="x",
        outputs="y",
    )
    text = tflm.generate(blob, read(blob), "mixed")["mixed.cc"]
    assert "resolver.AddSoftmax()" in text


def test_arena_is_a_quarter_more_than_tflm_reports_rounded_to_its_alignment():
    blob = small_model()
    program = (
        "import sys; from tflite_micro.python.tflite_micro import runtime; "
        "runtime.Interpreter.from_bytes(sys.stdin.buffer.read()).print_allocations()"
    )
    done = subprocess.run([sys.executable, "-c", program], input=blob, capture_output=True, check=True)
    total = int(done.stderr.split(b"Arena allocation total ")[1].split()[0])
    assert tflm.arena_bytes(blob) == -(-total * 5 // 64) * 16
    assert tflm.arena_bytes(blob) >= 1.25 * total


def test_measuring_the_arena_leaves_stderr_as_it_was(capfd):
    tflm.arena_bytes(small_model())
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_model_that_tflm_refuses_is_named():
    # TFLM's int8 SOFTMAX insists on an output scale of 1/256.
    blob = model(
        tensors=[tensor((1, 8), scale=0.0625, name="x"), tensor((1, 8), scale=0.5, zero_point=-128, name="y")],
        ops=[op("SOFTMAX", "x", "y", beta=1.0)],
        inputs="x",
        outputs="y",
    )
    with pytest.raises(CodegenError, match=r"^TFLM cannot load the model: SOFTMAX \(operator 0\): [^\n]+$"):
        tflm.arena_bytes(blob)


def test_all_operators_that_tflm_lacks_are_named_with_their_places():
    blob = model(
        tensors=[tensor((1, 4), "float32", name=name) for name in "xabcy"],
        ops=[op("POW", ["x", "x"], "a"), op("ABS", "a", "b"), op("POW", ["b", "x"], "c"), op("ATAN2", ["c", "x"], "y")],
        inputs="x",
        outputs="y",
    )
    expected = "TensorFlow Lite Micro has no operator ATAN2 (operator 3); POW (operator 0, 2); replace it in the model"
    with pytest.raises(UnsupportedOperatorError, match=f"^{re.escape(expected)}$"):
        tflm.generate(blob, read(blob), "m")


def test_padding_with_a_value_of_its_own_is_registered():
    paddings, value = np.array([[0, 0], [1, 1]]), np.array([7])
    blob = model(
        tensors=[
            tensor((1, 4), scale=0.1, zero_point=0, name="x"),
            tensor((2, 2), "int32", data=paddings, name="paddings"),
            tensor((1,), scale=0.1, zero_point=0, data=value, name="value"),
            tensor((1, 6), scale=0.1, zero_point=0, name="y"),
        ],
        ops=[op("PADV2", ["x", "paddings", "value"], "y")],
        inputs="x",
        outputs="y",
    )
    assert "resolver.AddPadV2()" in tflm.generate(blob, read(blob), "padded")["padded.cc"]


def test_float_input_has_its_bytes_and_no_scale():
    blob = model(
        tensors=[tensor((1, 4), "float32", name="x"), tensor((1, 4), scale=0.1, zero_point=0, name="y")],
        ops=[op("QUANTIZE", "x", "y")],
        inputs="x",
        outputs="y",
    )
    header = tflm.generate(blob, read(blob), "m")["m.h"]
    assert "#define M_INPUT_X_BYTES 16u" in header
    assert "M_INPUT_X_SCALE" not in header


def test_name_that_is_no_c_prefix_is_refused():
    blob = small_model()
    with pytest.raises(CodegenError, match=r"^model name is 'My Model', expected lower-case letters, digits and _"):
        tflm.generate(blob, read(blob), "My Model")


def test_the_arena_is_told_by_tensor_and_by_kind_of_bookkeeping():
    blob = small_model()
    rows = {row["what"]: row["bytes"] for row in arena_split.tflm(blob, read(blob))}
    assert (rows["ecg"], rows["pooled"], rows["scores"]) == (16, 8, 3)
    found = tflm.allocations(blob)
    assert rows["tensors and scratch buffers, as planned"] == found.planned >= 16 + 8
    assert found.total >= found.planned + sum(found.bookkeeping.values())
    assert "NodeAndRegistration struct" in rows


def test_a_core_with_helium_gets_room_for_the_sums_of_weights_that_cmsis_nn_keeps():
    blob = small_model()
    dense = [op for op in TfliteFile(blob).operators if op.name == "FULLY_CONNECTED"]
    sums = sum(-(-4 * op.inputs[1].shape[0] // 16) * 16 for op in dense)
    assert sums > 0
    assert tflm.arena_bytes(blob, helium=True) == tflm.arena_bytes(blob) + sums
