"""A model that crashes its runtime, loops or fills the memory is one line, and the next one runs."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from networks import Net
from schema_objects import changed

from ecgprune.errors import CodegenError, RefusedModelError
from ecgprune.graph.reader import read
from ecgprune.runtimes import Child, Limits, tflm_reason
from ecgprune.runtimes.child import _idle
from ecgprune.verify.oracles import Interpreter, TflmHost


def pooled():
    net = Net()
    x = net.input((1, 1, 8, 2), (0.5, 3))
    net.apply("MAX_POOL_2D", x, (1, 1, 4, 2), (0.5, 3), padding="VALID", stride_w=2, stride_h=1, filter_width=2,
              filter_height=1)  # fmt: skip
    return net.blob()


def wild(m):
    m.subgraphs[0].operators[0].inputs = np.array([100_000_000], np.int32)


@pytest.mark.parametrize(("runtime", "name"), [("tflm", "TFLM"), ("interpreter", "the TFLite interpreter")])
def test_a_model_that_crashes_or_is_refused_is_one_line_and_the_next_one_runs(runtime, name):
    failed = r"(crashed \(SIG\w+\) when it was to|cannot)"
    with pytest.raises(CodegenError, match=rf"^{name} {failed} load the model: [^\n]+$"):
        Child(runtime, changed(pooled(), wild), error=CodegenError)
    host = {"tflm": TflmHost, "interpreter": Interpreter}[runtime](pooled(), read(pooled()))
    x = np.arange(16, dtype=np.int8).reshape(1, 16)
    assert host.outputs([x])[0].tolist() == [[2, 3, 6, 7, 10, 11, 14, 15]]


def test_a_tensor_index_beyond_the_file_makes_tflm_itself_crash():
    with pytest.raises(RefusedModelError, match=r"^TFLM crashed \(SIGSEGV\) when it was to load the model: the"):
        Child("tflm", changed(pooled(), wild), error=RefusedModelError)


def slow():
    net = Net()
    x = net.input((1, 64, 64, 64), (0.5, 3))
    net.apply("AVERAGE_POOL_2D", x, (1, 64, 64, 64), (0.5, 3), padding="SAME", stride_w=1, stride_h=1, filter_width=60,
              filter_height=60)  # fmt: skip
    return net.blob()


def test_a_vector_that_takes_too_long_is_one_line():
    child = Child("tflm", slow(), error=RefusedModelError, arena=1 << 20, limits=Limits(cpu_seconds=0.2))
    with pytest.raises(RefusedModelError, match=r"^TFLM took more than 0\.2 s to run the model: "):
        child.run([(0, np.zeros((1, 1, 64, 64, 64), np.int8))], [1], outputs=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is bounded on Linux only")
def test_a_model_that_asks_for_too_much_memory_is_one_line():
    with pytest.raises(RefusedModelError, match=r"^TFLM needs more than 1 GiB to load the model: "):
        Child("tflm", pooled(), error=RefusedModelError, arena=1 << 31)


def test_a_child_is_used_again_and_gives_the_same_bytes():
    graph, rows = read(pooled()), [np.random.default_rng(1).integers(-128, 128, (40, 16)).astype(np.int8)]
    first = TflmHost(pooled(), graph).outputs(rows)
    before = {process.popen.pid for process in _idle}
    second = TflmHost(pooled(), graph, all_layers=True)
    assert second._child._process.popen.pid in before
    np.testing.assert_array_equal(second.outputs(rows)[0], first[0])
    np.testing.assert_array_equal(second.layers(rows)[1], first[0])


def test_a_child_that_ctrl_c_ended_is_an_interrupt_and_no_damaged_model():
    child = Child("tflm", pooled(), error=RefusedModelError)
    child._process.popen.send_signal(signal.SIGINT)
    child._process.popen.wait()
    with pytest.raises(KeyboardInterrupt):
        child.run([(0, np.zeros((1, 1, 1, 8, 2), np.int8))], [1], outputs=True)


def test_a_child_that_was_left_in_the_middle_is_not_used_again():
    child = Child("tflm", pooled(), error=RefusedModelError)
    process = child._process
    process.busy = True  # as an interrupt of the user's leaves it
    del child
    assert process not in _idle
    assert process.popen.returncode is not None


def test_a_child_imports_neither_tensorflow_nor_more_than_it_runs():
    heavy = {"tensorflow", "click", "pydantic", "ai_edge_litert"}
    code = f"import sys; import ecgprune.runtimes.worker; print(*sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == ""


def test_what_tflm_prints_does_not_reach_the_users_stderr(capfd):
    with pytest.raises(RefusedModelError):
        Child("tflm", changed(pooled(), lambda m: setattr(m, "version", 4)), error=RefusedModelError, arena=64)
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", ""),
        ("Didn't find op for builtin opcode 'LOG'\nFailed to get registration from op code LOG\n ",
         "operator LOG is not in the op resolver"),
        ("Failed to allocate tail memory. Requested: 40, available 8, missing: 32\nFailed starting model allocation.\n",
         "the arena is too small: 40 bytes are needed where 8 are left, so give it 32 more at least"),
        ("tensorflow/lite/micro/kernels/elementwise.cc:202 input->type != expected_type (INT8 != FLOAT32)\n"
         "Node LOG (number 2) failed to invoke with status 1",
         "LOG (operator 2): elementwise.cc:202 input->type != expected_type (INT8 != FLOAT32)"),
        ("Node ELU (number 2) failed to prepare with status 1", "Node ELU (number 2) failed to prepare with status 1"),
    ],
)  # fmt: skip
def test_tflms_words_become_one_line(printed, reason):
    assert tflm_reason(printed) == reason


def test_tflms_own_words_for_a_small_arena_are_understood():
    with pytest.raises(RefusedModelError, match=r"the arena is too small: \d+ bytes are needed where \d+ are"):
        Child("tflm", pooled(), error=RefusedModelError, arena=800)
