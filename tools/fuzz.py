"""Spoils twelve models in seeded ways, and looks for what ecgprune must not do with a spoilt model.

Each mutant is read, verified, folded and planned in a process of its own. A finding is an exception that is not
ecgprune's, more than 5 s, more than 1 GiB, or an error of more than one line. Of the mutants that are accepted, a share
is built with sanitizers and compared with TFLM: a finding is what does not compile, what a sanitizer reports, and any
byte that differs. A mutant that TFLM itself refuses is counted by TFLM's reason.

    python tools/fuzz.py --mutants 24000 --json results/fuzz.json
    python tools/fuzz.py --only 4711          # one mutant again

A finding is written to a folder, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tools")]

import numpy as np  # noqa: E402
from fuzz_examiner import MEMORY, SECONDS, model_of  # noqa: E402
from hostmodel import HostModel, kernel_object, make_lists  # noqa: E402
from oracle import random_vectors  # noqa: E402

from ecgprune.errors import RefusedModelError  # noqa: E402
from ecgprune.graph.reader import read  # noqa: E402
from ecgprune.runtimes import Limits  # noqa: E402
from ecgprune.verify.oracles import TflmHost, oracle_info  # noqa: E402

__all__ = ["Examiner", "Findings", "fuzz", "judge", "main"]

VECTORS = 4
LIMITS = Limits(cpu_seconds=20.0)
LARGEST = 1 << 26
"""Bytes of a model's tensors at most, for it to be compared."""
_kernels = threading.Lock()


@dataclass
class Findings:
    """What became of the mutants.

    Attributes:
        mutants: examined, by model.
        accepted: those for which C was generated.
        compared: those whose C ran, and was compared with TFLM.
        refused: by class of error.
        tflm_refuses: accepted ones that TFLM does not run, by its reason.
        examples: number of the first mutant of each of those reasons.
        findings: {number: (kind, text)}; empty is the pass.
        slowest: seconds of the processor.
    """

    mutants: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    tflm_refuses: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)
    findings: dict[int, tuple[str, str]] = field(default_factory=dict)
    slowest: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "models": {
                name: {"mutants": count, "accepted": self.accepted[name], "compared": self.compared[name]}
                for name, count in sorted(self.mutants.items())
            },
            "mutants": self.mutants.total(),
            "accepted": self.accepted.total(),
            "compared": self.compared.total(),
            "refused": dict(sorted(self.refused.items())),
            "refused_by_tflm": dict(self.tflm_refuses.most_common()),
            "slowest_seconds": round(self.slowest, 2),
            "findings": {str(number): kind for number, (kind, _) in sorted(self.findings.items())},
        }


class Examiner:
    """The process that reads and plans mutants; another one where it has died."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.folder = tempfile.TemporaryDirectory(prefix="ecgprune-fuzz-")
        self.file = Path(self.folder.name) / "mutant.tflite"
        self.start()

    def start(self) -> None:
        """A new process."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tools" / "fuzz_examiner.py"), str(self.seed), str(self.file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def verdict(self, number: int) -> dict[str, Any]:
        """What `fuzz_examiner.examine` says, or {"outcome": "died"}."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{number}\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line:
            return dict(json.loads(line))
        status = self.process.wait()
        self.start()
        return {"outcome": "died", "text": f"the process ended with status {status} (-27: more than {SECONDS:g} s)"}

    def close(self) -> None:
        """Ends it."""
        self.process.communicate()
        self.folder.cleanup()


def fuzz(seed: int, numbers: Sequence[int], share: float, minutes: float, jobs: int, out: Path | None) -> Findings:
    """Examines mutants.

    Args:
        seed: of all of them.
        numbers: which ones.
        share: of the accepted ones that are compared with TFLM, 0 to 1.
        minutes: after which no more are begun.
        jobs: processes.
        out: folder for the findings; None to keep none.
    """
    found, lock = Findings(), threading.Lock()
    pending, end = iter(numbers), time.monotonic() + 60 * minutes

    def work() -> None:
        examiner = Examiner(seed)
        try:
            while time.monotonic() < end:
                with lock:
                    number = next(pending, None)
                if number is None:
                    break
                verdict = examiner.verdict(number)
                compare = np.random.default_rng([seed, number, 1]).random() < share
                kind, text = judge(examiner.file, verdict, compare)
                with lock:
                    _count(found, number, model_of(number), verdict, kind, text)
                if kind in FINDINGS and out is not None:
                    _write(out / str(number), examiner.file.read_bytes(), kind, text)
        finally:
            examiner.close()

    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(work) for _ in range(jobs)]:
            done.result()
    return found


FINDINGS = ("exception", "died", "lines", "compiler", "sanitizer", "different")


def judge(file: Path, verdict: Mapping[str, Any], compare: bool) -> tuple[str, str]:
    """(kind, text) of the mutant in `file`: one of FINDINGS, or "refused", "accepted", "equal", "tflm"."""
    kind, text = str(verdict["outcome"]), str(verdict.get("text", ""))
    if kind == "refused" and "\n" in text:
        return "lines", text
    return _compared(file.read_bytes(), verdict["files"]) if kind == "accepted" and compare else (kind, text)


def _compared(blob: bytes, files: Mapping[str, str]) -> tuple[str, str]:
    """Generated C against TFLM."""
    graph = read(blob)
    if sum(t.nbytes for t in graph.tensors) > LARGEST:
        return "accepted", ""
    vectors = random_vectors(graph, VECTORS)
    rows = [np.stack([vector[i].reshape(-1) for vector in vectors]) for i in range(len(graph.inputs))]
    try:
        expected = TflmHost(blob, graph, limits=LIMITS).outputs(rows)
    except RefusedModelError as error:
        return "tflm", re.sub(r"\d+", "N", str(error))
    with tempfile.TemporaryDirectory(prefix="ecgprune-fuzz-") as folder:
        try:
            with _kernels:
                for name in make_lists(files["sources.mk"])["ECGP_KERNELS"]:
                    kernel_object(name)
            model = HostModel(SimpleNamespace(files=files), Path(folder))
        except AssertionError as error:
            return "compiler", str(error)
        try:
            got = model.invoke_many(vectors)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return "sanitizer", str(error)
    for position, want in enumerate(expected):
        bytes_wanted = want.view(np.int8).reshape(VECTORS, -1)
        wrong = np.array([not np.array_equal(got[v][position], bytes_wanted[v]) for v in range(VECTORS)])
        if wrong.any():
            v = int(wrong.argmax())
            return "different", f"output {position}, vector {v}: TFLM {bytes_wanted[v]}, generated C {got[v][position]}"
    return "equal", ""


def _count(found: Findings, number: int, name: str, verdict: Mapping[str, Any], kind: str, text: str) -> None:
    found.mutants[name] += 1
    found.slowest = max(found.slowest, float(verdict.get("seconds", 0.0)))
    if kind == "refused":
        found.refused[str(verdict["error"])] += 1
    if verdict["outcome"] == "accepted":
        found.accepted[name] += 1
    if kind == "tflm":
        found.tflm_refuses[text] += 1
        found.examples.setdefault(text, number)
    if kind in ("equal", "different", "sanitizer"):
        found.compared[name] += 1
    if kind in FINDINGS:
        found.findings[number] = (kind, text)
        print(f"{number} ({name}): {kind}: {text.strip().splitlines()[-1][:300]}", flush=True)
    total = found.mutants.total()
    if total % 1000 == 0:
        accepted, compared = found.accepted.total(), found.compared.total()
        print(f"{total} mutants, {accepted} accepted, {compared} compared, {len(found.findings)} findings", flush=True)


def _write(folder: Path, blob: bytes, kind: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(blob)
    (folder / "finding.txt").write_text(f"{kind}\n{text}\n")


def main(words: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=24000)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--only", type=int, help="examine and compare this mutant alone")
    parser.add_argument("--share", type=float, default=0.25, help="of the accepted mutants that are compared with TFLM")
    parser.add_argument("--minutes", type=float, default=120.0, help="begin no mutant after so many")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "fuzz", help="folder for findings")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args(words)
    numbers = range(asked.first, asked.first + asked.mutants) if asked.only is None else [asked.only]
    share, jobs = (asked.share, asked.jobs) if asked.only is None else (1.0, 1)
    found = fuzz(asked.seed, numbers, share, asked.minutes, jobs, asked.out)
    for text, count in found.tflm_refuses.most_common(30):
        print(f"{count} accepted, and not by TFLM, such as {found.examples[text]}: {text[:200]}")
    figures = found.as_dict()
    print(json.dumps({key: value for key, value in figures.items() if key != "refused_by_tflm"}))
    if asked.json:
        command = f"python tools/fuzz.py --seed {asked.seed} --mutants {asked.mutants} --share {asked.share:g}"
        limits = {"seconds": SECONDS, "memory_bytes": MEMORY, "vectors": VECTORS}
        about = {"schema_version": 1, "command": command, "seed": asked.seed, "limits": limits, **oracle_info()}
        asked.json.write_text(json.dumps(about | figures, indent=2) + "\n")
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
