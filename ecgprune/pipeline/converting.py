"""TFLite's converter in a child process: some networks crash it, and TensorFlow writes to the terminal as it likes.

A program as well: `python -m ecgprune.pipeline.converting MODEL REPRESENTATIVE OUT` writes the .tflite to OUT, and
messages to stdout, each a JSON object on a line: {"progress": [share, words]}, then {"used", "found",
"output_error", "mended"} or {"error"}.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune import errors
from ecgprune.artifacts import Progress, no_progress
from ecgprune.training.outcome import Quantized

__all__ = ["convert", "quantize"]


def convert(
    model: Path, representative: Path, out: Path, progress: Progress = no_progress, *, what: str = ""
) -> dict[str, Any]:
    """Quantizes a float model after training, to int8 inputs and outputs and batch size 1.

    Args:
        model: a Keras file or the folder of a SavedModel.
        representative: the inputs that ranges are measured on, see `importers.representative`.
        out: the file to write.
        progress: called as work goes on.
        what: names the model where the converter crashes; its path where it is empty.

    Returns:
        {"used", "found"}: samples that were used, and that the file holds; {"output_error", "mended"}: as
        `outcome.Quantized`.

    Raises:
        ModelError: the model or the representative inputs are not usable.
        QuantizationError: the model cannot be converted to int8, or the converter crashes on it.
        ImportError: TensorFlow is missing, or does not load.
    """
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # "" is the working directory
    command = [sys.executable, "-P", "-m", __name__, str(model), str(representative), str(out)]
    last: dict[str, Any] = {}
    # A folder of its own for the child's temporary files: TensorFlow leaves them where it is killed, or crashes.
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryDirectory(prefix="ecgprune-") as scratch:
        environment = {**os.environ, "PYTHONPATH": paths, "TMPDIR": scratch, "TF_USE_LEGACY_KERAS": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=printed, env=environment) as child:
            assert child.stdout is not None
            try:
                for line in child.stdout:
                    last = json.loads(line)
                    if "progress" in last:
                        progress(*last["progress"])
            except BaseException:
                child.kill()
                raise
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    if "used" in last:
        return last
    if "module" in last:
        kind = ModuleNotFoundError if last["missing"] else ImportError
        raise kind(last["error"], name=last["module"])
    if "error" in last:
        raise getattr(errors, last["kind"])(last["error"])
    if child.returncode < 0:
        how = f"crashed ({signal.Signals(-child.returncode).name}) on {what or model}"
        raise errors.QuantizationError(
            f"TFLite's converter {how}; take out what is unusual in the network, layer by layer"
        )
    raise RuntimeError(f"the conversion of {model} ended with exit status {child.returncode}: {text}")


def quantize(model: Any, representative: Any, progress: Progress = no_progress) -> Quantized:
    """See `ecgprune.quantize`.

    A model that its own file does not tell all of, as one with layers of the user's own, is converted in this process.
    """
    from ecgprune.training import keras_file, own

    net, inputs = own.quantizable(model, representative)
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as scratch:
        file, samples, out = (Path(scratch) / name for name in ("model.keras", "inputs.npz", "model.tflite"))
        try:
            keras_file.save(net, file)
            np.savez(samples, **inputs)
            about = convert(file, samples, out, progress, what=f"model {net.name}")
        except (errors.ModelError, NotImplementedError, TypeError):
            return own.quantize(net, inputs, progress)
        found = Quantized(out.read_bytes(), about["output_error"], about["mended"])
    own.check(found.content, net)
    return found


def _main() -> None:
    model, representative, out = map(Path, sys.argv[1:])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what TensorFlow prints must not get between the messages

    def tell(**message: Any) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        from ecgprune.importers import representative as samples
        from ecgprune.training.imported import traced_model
        from ecgprune.training.post_training import quantized

        tell(progress=(0.05, "read the model"))
        traced = traced_model(model)
        read = samples.read(representative, {name: shape[1:] for name, shape in traced.inputs.items()})
        made = quantized(traced, read.inputs, lambda done, doing: tell(progress=(done, doing)))
        out.write_bytes(made.content)
        tell(used=read.used, found=read.found, **made.told)
    except errors.EcgpruneError as error:
        tell(kind=type(error).__name__, error=str(error))
    except ImportError as error:
        tell(error=str(error), module=error.name, missing=isinstance(error, ModuleNotFoundError))


if __name__ == "__main__":
    _main()
