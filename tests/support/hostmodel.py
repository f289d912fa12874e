"""Generated C, built for the host with ASan and UBSan, and called from tests.

    outputs = HostModel(generate(graph, "m"), tmp_path).invoke([x])

Every warning is an error. The arena is allocated at exactly the size the generator promises, so a kernel that
leaves it is caught. With `apart`, so is one that leaves its inputs for a neighbour in the arena.
"""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FIRMWARE = Path(__file__).parents[2] / "firmware"
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
FLAGS = [*WARNINGS, "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DECGP_ASSERT_ENABLED"]
INCLUDES = [f"-I{FIRMWARE / 'lib/nn'}", f"-I{FIRMWARE / 'lib/ecg'}"]
LINKER = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []
MAIN = Path(__file__).parent / "c" / "hostmodel.c"

_objects = tempfile.TemporaryDirectory(prefix="ecgprune-kernels-")
atexit.register(_objects.cleanup)


class HostModel:
    """One generated model as a host program.

    generated: what `ecgprune.codegen.generate` returned (anything with `.files`: {name: text}).
    folder: where to write the sources and the program.
    apart: every call reads its inputs from blocks of their own, of their sizes, which ASan watches.
    """

    def __init__(self, generated: Any, folder: Path, apart: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (generated.files | (inputs_apart(generated) if apart else {})).items():
            (folder / name).write_text(text)
        lists = make_lists(generated.files["sources.mk"])
        objects = [kernel_object(k) for k in lists["ECGP_KERNELS"]]
        # One translation unit, and a linker that is faster with sanitizers: hundreds of models are built.
        unit = folder / "unit.c"
        unit.write_text("".join(f'#include "{s}"\n' for s in [*(folder / s for s in lists["ECGP_GENERATED"]), MAIN]))
        self.program = folder / "model"
        compile_c(["-DECGP_TRACE_ENABLED", f"-I{folder}", str(unit), *LINKER, *objects, "-o", str(self.program)])

    def invoke(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[np.int8]]:
        """The outputs' bytes (flat int8 arrays) for one vector: one array per graph input, of its own dtype."""
        return self.invoke_many([inputs])[0]

    def invoke_many(self, vectors: Sequence[Sequence[npt.NDArray[Any]]]) -> list[list[npt.NDArray[np.int8]]]:
        """`invoke` for several vectors, one after the other on the same instance."""
        return [outputs for outputs, _ in self.trace_many(vectors)]

    def trace(self, inputs: Sequence[npt.NDArray[Any]]) -> dict[int, npt.NDArray[np.int8]]:
        """Tensor index -> its bytes, for every operator's output, of one vector."""
        return self.trace_many([inputs])[0][1]

    def trace_many(
        self, vectors: Sequence[Sequence[npt.NDArray[Any]]]
    ) -> list[tuple[list[npt.NDArray[np.int8]], dict[int, npt.NDArray[np.int8]]]]:
        data = b"".join(np.ascontiguousarray(x).tobytes() for vector in vectors for x in vector)
        done = subprocess.run([str(self.program)], input=data, capture_output=True, timeout=1800)
        if done.returncode != 0:
            raise AssertionError(f"exit status {done.returncode}: {done.stderr.decode(errors='replace')}")
        return _records(done.stdout, len(vectors))


APART = """#include <stdlib.h>
#include <string.h>

static void *apart(const void *input, size_t bytes)
{
    static void *blocks[64];
    static size_t turn;
    void **const block = &blocks[turn++ % 64u];

    free(*block);
    *block = malloc(bytes);
    return *block != NULL ? memcpy(*block, input, bytes) : NULL;
}
"""


def inputs_apart(generated: Any) -> dict[str, str]:
    """{file name: text} of the model with each input of a call in a block of its own."""
    model = generated.model.name
    name = f"{model}.c"
    text = generated.files[name]
    at = text.index(f"{model}_invoke(")
    for call in (planned.call for planned in generated.plan.calls if planned.call.kernel):
        at = text.index(f"    {call.kernel}(", at)
        end = text.index(");", at)
        arguments = re.split(r",\s+", text[at:end])
        arguments[0], first = arguments[0].split("(", 1)
        arguments.insert(1, first)
        begin = 2 if call.params else 1
        for i, tensor in enumerate(call.inputs, begin):
            arguments[i] = f"apart({arguments[i]}, {generated.plan.graph.tensor(tensor).nbytes})"
        changed = f"{arguments[0]}({', '.join(arguments[1:])}"
        text = text[:at] + changed + text[end:]
        at += len(changed)
    return {name: APART + text} if "apart(" in text else {}


def _records(
    data: bytes, vectors: int
) -> list[tuple[list[npt.NDArray[np.int8]], dict[int, npt.NDArray[np.int8]]]]:
    """int32 kind, index, bytes, then the data. Kind 0 is a traced tensor, 1 a graph output, 2 ends a vector."""
    results: list[tuple[list[npt.NDArray[np.int8]], dict[int, npt.NDArray[np.int8]]]] = []
    outputs: list[npt.NDArray[np.int8]] = []
    traced: dict[int, npt.NDArray[np.int8]] = {}
    at = 0
    while at < len(data):
        kind, index, size = struct.unpack_from("=iii", data, at)
        at += 12
        array = np.frombuffer(data, np.int8, size, at)
        at += size
        if kind == 0:
            traced[index] = array
        elif kind == 1:
            outputs.append(array)
        else:
            results.append((outputs, traced))
            outputs, traced = [], {}
    assert len(results) == vectors, f"{len(results)} vectors answered, expected {vectors}"
    return results


def make_lists(text: str) -> dict[str, list[str]]:
    """The variables of a sources.mk."""
    pairs = (line.split(":=") for line in text.splitlines() if ":=" in line)
    return {name.strip(): values.split() for name, values in pairs}


@functools.cache
def kernel_object(name: str) -> str:
    """One file of firmware/lib/nn, compiled once per test process."""
    out = Path(_objects.name) / f"{name}.o"
    compile_c(["-c", str(FIRMWARE / "lib/nn" / name), "-o", str(out)])
    return str(out)


def compile_c(arguments: Sequence[str]) -> None:
    """gcc with the project's warnings as errors and both sanitizers; fails with the compiler's words."""
    done = subprocess.run(["gcc", "-pipe", *FLAGS, *INCLUDES, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
