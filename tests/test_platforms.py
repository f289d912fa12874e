"""What works where tflite-micro has no wheel, and where Python lacks what only POSIX systems have.

A child process is such a place: its sitecustomize takes away the wheel, the modules and the functions.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_calls import small_tflite
from firmware_models import needs_qemu
from networks import Net

from ecgprune.errors import ExitCode, ToolMissingError
from ecgprune.graph.reader import read
from ecgprune.verify.oracles import TflmHost
from ecgprune.verify.substitute import Substitute

ROOT = Path(__file__).parents[1]
ELSEWHERE = '''
import errno, os, platform, signal, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tflite_micro", "fcntl", "resource", "termios", "pty"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "tflite_micro" else found(name, package)
sys.meta_path.insert(0, Absent())
platform.machine = lambda: "aarch64"
for module, names in (
    (os, ("pathconf", "sysconf", "fork", "forkpty", "register_at_fork", "pread", "killpg", "geteuid", "mkfifo")),
    (signal, ("SIGHUP", "SIGPROF", "setitimer", "ITIMER_PROF")),
    (errno, ("EDQUOT",)),
):
    for name in names:
        delattr(module, name)
'''
LINE = (
    "tflite-micro has no wheel for this platform (there is one for Linux x86_64): the oracle is the TFLite interpreter "
    "with its known deviations put right"
)


@pytest.fixture
def elsewhere(tmp_path):
    """Runs ecgprune in such a process."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(ELSEWHERE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])}

    def run(*words):
        command = [sys.executable, "-m", "ecgprune", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)

    return run


def network():
    """FULLY_CONNECTED, RELU with a rescaling and MUL, where the interpreter deviates."""
    net, rng = Net(), np.random.default_rng(5)
    x = net.input((1, 24), (0.05, 3))
    weights = net.constant(rng.integers(-127, 128, (40, 24)), (0.01, 0))
    x = net.apply("FULLY_CONNECTED", [x, weights], (1, 40), (0.11, -5), output=False)
    y = net.apply("RELU", x, (1, 40), (0.077, -128), output=False)
    net.apply("MUL", [x, y], (1, 40), (0.37, 9))
    return net.blob()


def test_export_build_bench_and_verify_work_without_tflm_s_wheel_and_without_posix(elsewhere, tmp_path):
    needs_qemu()
    (tmp_path / "m.tflite").write_bytes(network())
    words = ("m.tflite", "--out", "my out", "--board", "mps2_an386", "--vectors", 20, "--format", "json")
    done = elsewhere("verify", *words)  # which exports and builds
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "oracle" in line] == [LINE]
    found = json.loads(done.stdout)
    rows = {row["runtime"]: row for row in found["runtimes"]}
    assert rows["host-c"]["bit_exact"]
    assert rows["mps2_an386"]["bit_exact"]
    assert rows["tflm-host"]["skipped"] == LINE
    assert found["oracle"]["oracle"] == "the TFLite interpreter with its known deviations put right"
    done = elsewhere("bench", "m.tflite", "--vectors", 2, "--format", "json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert row["bit_exact"]
    assert set(row["versions"]) == {"ecgprune", "ai-edge-litert"}


def test_the_substitute_gives_tflm_s_bytes():
    rng = np.random.default_rng(1)
    for blob in (network(), (ROOT / "firmware" / "models" / "small" / "model.tflite").read_bytes()):
        graph = read(blob)
        inputs = [rng.integers(-128, 128, (100, graph.tensor(i).size)).astype(np.int8) for i in graph.inputs]
        ours, theirs = Substitute(blob, graph).layers(inputs), TflmHost(blob, graph, all_layers=True).layers(inputs)
        for op in graph.ops:
            np.testing.assert_array_equal(ours[op.outputs[0]], theirs[op.outputs[0]], err_msg=str(op))


def test_a_model_that_only_tflm_knows_the_bytes_of_is_refused(elsewhere, tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite("ABS"))
    done = elsewhere("bench", "m.tflite", "--vectors", 1, "-q")
    said = "the interpreter deviates in operator 0 (ABS): verify this model on Linux x86_64"
    assert done.returncode == ExitCode.TOOL_MISSING
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(f"{said}\n")
    with pytest.raises(ToolMissingError, match=r"operator 0 \(ABS\)"):
        Substitute(small_tflite("ABS"), read(small_tflite("ABS")))
