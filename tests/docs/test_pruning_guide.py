"""The worked examples of the guide on pruning one's own model, run as they stand."""

import subprocess
import sys

import pytest
from firmware_models import needs_qemu
from manual import PYTHON, ROOT

PAGE = (ROOT / "docs" / "guide" / "pruning-your-model.md").read_text()
EXAMPLES = PYTHON.findall(PAGE)[:3]

# One process for all: TensorFlow takes longer to load than an example to run. Each example has names of its own.
SCRIPT = """
import sys
from pathlib import Path
import numpy as np
for path in sys.argv[1:]:
    names = {}
    exec(compile(Path(path).read_text(), path, "exec"), names)
    result = names["result"]
    assert all(stage.passed for stage in result.stages), result
    from ecgprune.graph.tflite import TfliteFile
    from ecgprune.training import conversion
    (given,) = result.model.input_names
    tflite = names.get("tflite") or conversion.convert(result.model, {given: names["x"][:100]})
    kernels = [op.inputs[1].data for op in TfliteFile(tflite).operators if op.weighted]
    zeros = sum(int(np.sum(k == 0)) for k in kernels)
    rows = result.report()["stages"][-1]["sparsity"]["per_layer"]
    print(path, sum(row["zeros"] for row in rows), zeros, sum(row["weights"] for row in rows), result.dense_scores)
"""


@pytest.mark.slow
def test_the_worked_examples_run_and_their_zeros_reach_the_tflite(tmp_path):
    needs_qemu()
    paths = []
    for number, text in enumerate(EXAMPLES):
        paths.append(tmp_path / f"example{number}.py")
        paths[-1].write_text(text)
    command = [sys.executable, "-c", SCRIPT, *map(str, paths)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line for line in done.stdout.splitlines() if line.startswith(str(tmp_path))]
    assert len(lines) == 3
    for line in lines:
        pruned, stored, weights = (int(word) for word in line.split()[1:4])
        assert 0.4 * weights < pruned <= stored, line
    assert "True" in done.stdout, "verify passed"
    assert (tmp_path / "ecg" / "drop-in" / "cortex-m4").is_dir()
    assert "DenseLayer(name='first', reason='excluded')" in done.stdout
