"""All kernels in one small model, built with any compiler and flags, and run on QEMU without the harness.

    matrix = KernelMatrix(folder)
    expected = matrix.host()
    assert matrix.run("mps2_an386", GCC, ["-O2", "-ffixed-r9"]) == expected

The calls are those that may be selected on a Cortex-M3, M4 or M55 for the layers of the calibration suite: of each
kernel the smallest for every mode that its fields select. All boards run all of them, in C where the core has no
instruction for it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hostmodel import FLAGS, WARNINGS, kernel_object, make_lists

from ecgprune.board import find_board
from ecgprune.calibration import measuring, suite
from ecgprune.codegen import ops
from ecgprune.codegen.render import render
from ecgprune.interface import interface

FIRMWARE = Path(__file__).parents[2] / "firmware"
PROGRAM = Path(__file__).parent / "c" / "matrix"
GCC = ("arm-none-eabi-gcc",)
_MODES = ("pool", "requant.per_channel", "window.stage", "collect", "phases", "loop")
_LATE = {"SOFTMAX": (14,), "CONV_2D": range(60, 66)}
"""Cases that are not among the first: many classes; a signal's first layer."""
_MOST = 5000  # bytes of inputs, outputs and scratch: a microbit has 16 KB of RAM


def clang(name: str = "clang") -> tuple[str, ...]:
    """clang for Cortex-M with newlib's headers, which it has none of."""
    verbose = subprocess.run([*GCC, "-xc", "-E", "-v", "/dev/null"], capture_output=True, text=True, check=True).stderr
    folders = verbose.split("search starts here:")[-1].split("End of search list")[0].split()
    newlib = [f for f in folders if (Path(f) / "newlib.h").exists()]
    assert newlib, f"no newlib headers in {folders}"
    return (name, "--target=arm-none-eabi", "-isystem", newlib[0])


class KernelMatrix:
    """The model, its sources, and images of it in `folder`."""

    def __init__(self, folder: Path) -> None:
        jobs = _calls()
        self.called = {job.call.kernel for job in jobs}
        self.kernels = [job.call.kernel for job in jobs for _ in job.call.outputs]  # one for each hash
        graph, plan = measuring._merged(jobs)
        plan = replace(plan, calls=tuple(replace(planned, ends_op=True) for planned in plan.calls))
        self.folder = folder
        source = folder / "model"
        source.mkdir(parents=True)
        generated = render(graph, plan, interface(graph, "model"))
        for name, text in generated.files.items():
            (source / name).write_text(text, encoding="utf-8")
        lists = make_lists(generated.files["sources.mk"])
        kernels = tuple(FIRMWARE / "lib/nn" / name for name in lists["ECGP_KERNELS"])
        self.sources = (*kernels, *(source / name for name in lists["ECGP_GENERATED"]), PROGRAM / "main.c")
        self.includes = [f"-I{FIRMWARE / 'lib/nn'}", f"-I{source}", "-DECGP_TRACE_ENABLED"]
        self._builds = 0

    def host(self) -> list[str]:
        """The hash of every call's output, computed by this machine with sanitizers and asserts."""
        program = self.folder / "host"
        lib = FIRMWARE / "lib/nn"
        parts = [kernel_object(s.name) if s.parent == lib else str(s) for s in self.sources]
        _compile(["gcc", *FLAGS, *self.includes, "-std=c11", "-DMATRIX_HOST", *parts, "-o", str(program)])
        return _hashes(subprocess.run([program], capture_output=True, text=True))

    def build(self, board: str, compiler: Sequence[str], flags: Sequence[str]) -> Path:
        """The image for `board`, every file compiled with the project's warnings as errors and with `flags`."""
        self._builds += 1
        out = self.folder / f"build-{self._builds}"
        out.mkdir()
        cpu = [f for f in _cpu(board) if f.split("=")[0] not in {g.split("=")[0] for g in flags}]
        if "-mfloat-abi=soft" in flags:
            cpu = [f for f in cpu if not f.startswith("-mfpu")]
        # The program itself is no library: C11, and GCC's LTO may not see that assembly calls its functions.
        for own, more in ((False, []), (True, ["-std=c11", "-fno-lto"])):
            sources = [source for source in self.sources if (source.parent == PROGRAM) == own]
            options = [*cpu, *WARNINGS, "-ffunction-sections", "-fno-builtin-memcpy", *self.includes, *flags, *more]
            _compile([*compiler, *options, "-c", *map(str, sources)], out)
        objects = [str(out / f"{source.stem}.o") for source in self.sources]
        image = out / "image.elf"
        scripts = ["-T", str(FIRMWARE / f"boards/{board}/memory.ld"), "-T", str(PROGRAM / "sections.ld")]
        link = [f for f in flags if f.startswith(("-m", "-flto", "-O", "-f"))] if compiler == GCC else []
        soft = ["-mfloat-abi=soft"] if "-mfloat-abi=soft" in flags else []
        _compile([*GCC, *cpu, *link, *soft, "-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,--build-id=none",
                  "-Wl,--no-warn-rwx-segments", *scripts, *objects, "-lgcc", "-o", str(image)])  # fmt: skip
        return image

    def run(self, board: str, compiler: Sequence[str], flags: Sequence[str]) -> list[str]:
        """The hash of every call's output on QEMU."""
        machine = find_board(board).machine
        assert machine
        command = ["qemu-system-arm", "-M", machine, "-display", "none", "-monitor", "none", "-serial", "none"]
        command += ["-no-reboot", "-semihosting-config", "enable=on,target=native", "-kernel"]
        image = self.build(board, compiler, flags)
        return _hashes(subprocess.run([*command, image], capture_output=True, text=True, timeout=300))


def _calls() -> list[Any]:
    """Of each kernel and mode the smallest call."""
    graphs = suite.layers(7, share=0.3)
    for name, numbers in _LATE.items():
        cases = ops.specs()[name].calibration
        assert cases is not None
        graphs += [cases.draw(np.random.default_rng(number), number) for number in numbers]
    found: dict[tuple[Any, ...], Any] = {}
    for core in ("Cortex-M3", "Cortex-M4", "Cortex-M55"):
        for graph, call in measuring.offered(graphs, core):
            job = measuring._Job(graph, call)
            full = (call.params.get("requant.min"), call.params.get("requant.max")) == (-128, 127)
            fixed = call.params.get("fixed") is not None
            key = (call.kernel, full, fixed, *(call.params.get(name) for name in _MODES))
            size = sum(job.sizes) + call.weight_bytes
            if sum(job.sizes) <= _MOST and (key not in found or size < found[key][0]):
                found[key] = (size, job)
    return [job for _, job in found.values()]


def _cpu(board: str) -> list[str]:
    text = (FIRMWARE / f"boards/{board}/board.mk").read_text()
    return make_lists(text)["ECGP_CPU"]


def _compile(command: Sequence[str], folder: Path | None = None) -> None:
    # No other test compiles with these flags: a compiler cache would only cost time.
    alone = {**os.environ, "CCACHE_DISABLE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=alone, cwd=folder)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"


def _hashes(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stdout[-200:]}{done.stderr[-2000:]}"
    return (done.stdout + done.stderr).split()
