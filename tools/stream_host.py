"""ecgp_stream.h on the host: builds stream_host.c, runs it on samples, and gives what Python's twin must give too."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.stream import Classifier, Event, Lead

ROOT = Path(__file__).parents[1]
FIRMWARE = ROOT / "firmware"
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
SECONDS = 60  # after which a run hangs


@dataclass(frozen=True)
class Run:
    """What the C said.

    Attributes:
        events: in their order.
        taken: frames that had been taken when each came.
        state_bytes: size of ecgp_stream_t.
        blocks: int64 [blocks, 8] of a program built with -DBLOCKS, run with `part` 1: the fields of ecgp_quality_block,
            the quality, and the frames that had been taken.
    """

    events: list[Event]
    taken: NDArray[np.int64]
    state_bytes: int
    blocks: NDArray[np.int64]


def build(program: Path, *flags: str, model: Path | None = None) -> Path:
    """Compiles the host program; with a model's folder, around that model."""
    sources = [ROOT / "tools" / "stream_host.c", *sorted((FIRMWARE / "lib" / "ecg").glob("*.c"))]
    includes = [FIRMWARE / "lib" / "ecg", FIRMWARE / "lib" / "nn"]
    if model is not None:
        listed = (model / "sources.mk").read_text()
        kernels = re.search(r"ECGP_KERNELS := (.*)", listed)[1].split()
        generated = re.search(r"ECGP_GENERATED := (.*)", listed)[1].split()
        sources += [FIRMWARE / "lib" / "nn" / name for name in kernels] + [model / name for name in generated]
        includes.append(model)
        flags = (*flags, "-DMODEL")
    words = [*WARNINGS, *flags, *(f"-I{folder}" for folder in includes), *map(str, sources)]
    subprocess.run(["gcc", *words, "-o", str(program)], check=True)
    return program


def run(
    program: Path,
    samples: NDArray[np.integer],
    rate_hz: int,
    leads: Sequence[Lead],
    gaps: Sequence[tuple[int, int]] = (),
    part: int = 0,
) -> Run:
    """Runs the program on frames; arguments as of `ecgprune.ecg.stream.events`, `part` frames in a push.

    Raises:
        RuntimeError: the program failed.
        subprocess.TimeoutExpired: it hangs.
    """
    words: list[object] = [program, rate_hz, len(leads), part]
    for lead in leads:
        words += [lead.units_per_volt, lead.zero, lead.lowest, lead.highest]
    for gap in gaps:
        words += gap
    given = np.ascontiguousarray(samples, np.int16).tobytes()
    done = subprocess.run([str(word) for word in words], input=given, capture_output=True, timeout=SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.decode()[-2000:]}")
    rows = [[int(word) for word in line.split()] for line in done.stdout.decode().splitlines()]
    blocks = np.array([row[1:] for row in rows if row[0] < 0], np.int64).reshape(-1, 8)
    rows = [row for row in rows if row[0] >= 0]
    events = [Event(*row[:7], late=bool(row[7]), lead=row[8]) for row in rows]
    return Run(events, np.array([row[9] for row in rows], np.int64), int(done.stderr), blocks)


def checksums(inputs: Mapping[str, NDArray[np.int8]]) -> NDArray[np.int8]:
    """The scores of stream_host.c without a model: they change with every bit of the inputs."""
    rows = np.concatenate([inputs[name] for name in ("ecg", "rr", "patient", "context")], axis=1)
    total = np.zeros(len(rows), np.uint32)
    for column in rows.astype(np.uint8).T:
        total = total * np.uint32(31) + column
    parts = [(total >> np.uint32(6 * i) & np.uint32(255)).astype(np.int64) - 128 for i in range(5)]
    return np.stack(parts, axis=1).astype(np.int8)


CHECKSUM = Classifier(170, 64, checksums)
"""The classifier of stream_host.c without a model."""
