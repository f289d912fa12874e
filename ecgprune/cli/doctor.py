"""ecgprune doctor: what is installed, what is missing, and what that costs you."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from ecgprune.cli.console import progress_bar, show, table
from ecgprune.cli.data import cached
from ecgprune.cli.options import DEFAULT_BOARD, command, format_option
from ecgprune.cli.packages import Package, required
from ecgprune.errors import EcgpruneError, ExitCode


@dataclass(frozen=True)
class _Finding:
    """One thing looked for.

    Attributes:
        group: "base", "train", "study" or "flash" (packages), "programs", "trial" (they work together), "places".
        name: What was looked for.
        found: Its version, or what it showed; "" where it is missing or does not work.
        problem: Why it does not, "" where it is found.
        cost: What cannot be done without it.
        remedy: What to do about it.
        needed: Whether `ecgprune run smoke` needs it.
    """

    group: str
    name: str
    found: str
    problem: str = ""
    cost: str = ""
    remedy: str = ""
    needed: bool = True


_GROUPS = {
    "": "ecgprune does not work",
    "train": "no training, pruning or quantization",
    "study": "no figures from `ecgprune reproduce`",
    "flash": "nothing with a connected board: no flash, monitor or verify --on-target",
}
"""Extra: what its absence costs."""

_COSTS = {
    "ai-edge-litert": "no reading of .tflite files, no comparison with the TFLite interpreter",
    "tflite-micro": "no oracle: nothing can be verified",
    "wfdb": "no ECG records can be read, generated or fetched",
}

_NATIVE = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-micro": "tflite_micro.python.tflite_micro.runtime",
}
"""The module that loads the compiled part, of packages whose own module does not."""

_HAS_WHEEL = (sys.platform, platform.machine()) == ("linux", "x86_64")
"""Whether tflite-micro has a wheel for this platform; verify.oracles.has_tflm asks it too, and imports numpy."""

_IMPORT_SECONDS = 300.0
_IMPORT = """
import importlib, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        said = ""
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    print(name, " ".join(said.split()), sep="\\t", file=answers, flush=True)
"""


@command()
@format_option
def doctor(style: str) -> None:
    """Check what is installed, and what a missing part costs.

    Imports every Python package, and builds and runs the shipped model with the programs found. Exits with 4 where
    something is missing that `ecgprune run smoke` needs.
    """
    with progress_bar("check") as progress:
        progress(0.0, "importing packages")
        findings = _packages()
        progress(0.7, "building firmware")
        findings += _firmware()
    findings += [_working_folder(), _mitdb()]
    missing = [f for f in findings if f.needed and not f.found]
    show(style, {"whole": not missing, "findings": [asdict(f) for f in findings]}, lambda: _human(findings))
    if missing:
        click.get_current_context().exit(ExitCode.TOOL_MISSING)


def _human(findings: list[_Finding]) -> None:
    def verdict(finding: _Finding) -> str:
        return "ok" if finding.found else "MISSING" if finding.needed else "none"

    table(
        ("", "for", "", "found", "without it"),
        [(verdict(f), f.group, f.name, f.found or f.problem, "" if f.found else f.cost) for f in findings],
    )
    absent = [f for f in findings if not f.found]
    for remedy in dict.fromkeys(f.remedy for f in absent):
        click.echo(f"{', '.join(f.name for f in absent if f.remedy == remedy)}: {remedy}")
    count = sum(f.needed for f in absent)
    click.echo(f"{count} missing." if count else "Nothing is missing.")


def _packages() -> list[_Finding]:
    packages = [package for package in required() if package.extra in _GROUPS]
    usable = [p for p in packages if p.installed() and p.accepts(p.installed())]
    problems = dict(zip(usable, _imported([_NATIVE.get(p.name, p.module) for p in usable]), strict=True))
    python = _Finding("base", "python", ".".join(map(str, sys.version_info[:3])))
    return [python, *(_package(p, problems.get(p, "")) for p in packages)]


def _package(package: Package, problem: str) -> _Finding:
    version, remedy = package.installed(), package.reinstall
    if not version:
        problem, remedy = "not installed", package.remedy
    elif not package.accepts(version):
        problem = f"found {version}, expected {package.versions}"
    return _Finding(
        group=package.extra or "base",
        name=package.name,
        found="" if problem else version,
        problem=problem,
        cost=_COSTS.get(package.name, _GROUPS[package.extra]),
        remedy=remedy,
        needed=package.extra not in ("study", "flash") and (package.name != "tflite-micro" or _HAS_WHEEL),
    )


def _imported(modules: list[str]) -> list[str]:
    """Imports the modules in a process of its own; why each cannot be, "" where it can.

    An import that ends the process (as of a build for another processor) is that module's failure alone.
    """
    problems: list[str] = []
    while len(problems) < len(modules):
        words = [sys.executable, "-P", "-c", _IMPORT, *modules[len(problems) :]]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=_IMPORT_SECONDS, check=False)
            said, ended = done.stdout, f"the import ends the interpreter with status {done.returncode}"
        except subprocess.TimeoutExpired as error:
            said = error.stdout.decode() if isinstance(error.stdout, bytes) else ""
            ended = f"the import takes longer than {_IMPORT_SECONDS:g} s"
        problems += [line.partition("\t")[2] for line in said.splitlines()]
        if len(problems) < len(modules):
            problems.append(ended)
    return problems


def _firmware() -> list[_Finding]:
    """The programs, and where all are there, that they work together."""
    try:
        programs = _programs()
    except ImportError as error:  # of a base package
        return [_Finding("programs", "firmware", "", str(error), "no firmware", 'pip install "ecgprune"')]
    if not all(program.found for program in programs if program.needed):
        return programs
    return [*programs, _trial("host", "cc"), _trial(DEFAULT_BOARD, "arm_gcc", "qemu")]


def _programs() -> list[_Finding]:
    from ecgprune.board import MCA, PROGRAMS, find_mca

    findings = []
    for program in PROGRAMS.values():
        path = shutil.which(program.name)
        found, problem = (_version(path), "") if path else ("", "not on PATH")
        remedy = f"apt-get install {program.package}"
        findings.append(_Finding("programs", program.name, found, problem, program.cost, remedy))
    mca = find_mca()
    found, problem = (mca.version, "") if mca else ("", "not on PATH, or older than LLVM 16")
    remedy = f"apt-get install {MCA.package}"
    findings.append(_Finding("programs", MCA.name, found, problem, MCA.cost, remedy, needed=False))
    return findings


def _version(program: str) -> str:
    """The number in the first line that `program --version` prints; a program that cannot say it is still there."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "version unknown"
    number = re.search(r"\d+\.\d+(\.\d+)?", re.sub(r"\(.*?\)", "", answer.stdout.partition("\n")[0]))
    return number.group() if number else "version unknown"


def _trial(board: str, *programs: str) -> _Finding:
    """Builds the shipped model for a board and runs it. programs: keys of PROGRAMS that are to blame if it fails."""
    from ecgprune.board import PROGRAMS, build_image, firmware_root, run_on_board

    found, problem = "", ""
    try:
        model = firmware_root() / "models" / "reference"
        with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
            image = build_image(model, board, Path(name) / "image")
            result = run_on_board(image, model / "vectors.bin")
        if result.mismatches:
            problem = f"{result.mismatches} of {result.vectors} vectors differ"
        else:
            found = f"{result.vectors} vectors equal"
    except (EcgpruneError, OSError) as error:
        problem = " ".join(str(error).split())
    packages = " ".join(PROGRAMS[name].package for name in programs)
    return _Finding(
        group="trial",
        name=f"shipped model on {board}",
        found=found,
        problem=problem,
        cost="the programs are there and do not work together: no verified firmware",
        remedy=f"apt-get install --reinstall {packages}",
    )


def _working_folder() -> _Finding:
    writable = os.access(".", os.W_OK | os.X_OK)
    return _Finding(
        group="places",
        name="working folder",
        found="writable" if writable else "",
        problem="" if writable else "not writable",
        cost="relative paths after --out cannot be written",
        remedy="change to another folder, or give --out an absolute path",
        needed=False,
    )


def _mitdb() -> _Finding:
    folder = cached("mitdb")
    there = folder.is_dir() and any(folder.glob("*.dat"))
    return _Finding(
        group="places",
        name="MIT-BIH database",
        found=str(folder) if there else "",
        problem="" if there else "not fetched",
        cost="`ecgprune run mitdb` needs --data; the synthetic default runs without it",
        remedy="ecgprune data fetch mitdb",
        needed=False,
    )
