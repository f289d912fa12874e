"""ecgprune doctor: what is installed, what is missing, and what that costs you."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata

import click

from ecgprune.cli.console import echo, show, table
from ecgprune.cli.data import cached
from ecgprune.cli.options import command, format_option


@dataclass(frozen=True)
class _Finding:
    """One thing looked for. found: its version, "" when missing; cost: what its absence costs, in plain words."""

    name: str
    found: str
    cost: str
    remedy: str
    needed: bool = True


_PACKAGES = {
    "tensorflow": "no training, pruning or quantization",
    "tf-keras": "no training, pruning or quantization",
    "tensorflow-model-optimization": "no pruning",
    "ai-edge-litert": "no reading of .tflite files, no comparison with the TFLite interpreter",
    "tflite-micro": "no oracle: nothing can be verified",
    "wfdb": "no ECG records can be read or fetched",
}

@command()
@format_option
def doctor(style: str) -> None:
    """Say what is installed, what is missing, and what that costs.

    Exits with 1 where something is missing.
    """
    findings = [*_packages(), *_programs(), _mitdb()]
    missing = [f for f in findings if f.needed and not f.found]

    def human() -> None:
        table(
            ("", "", "version", "without it"),
            [
                ("ok" if f.found else "MISSING" if f.needed else "none", f.name, f.found, "" if f.found else f.cost)
                for f in findings
            ],
        )
        for finding in findings:
            if not finding.found:
                echo(f"{finding.name}: {finding.remedy}")
        echo("Nothing is missing." if not missing else f"{len(missing)} missing.")

    show(style, {"whole": not missing, "findings": [asdict(f) for f in findings]}, human)
    if missing:
        click.get_current_context().exit(1)


def _packages() -> list[_Finding]:
    found = {name: _installed(name) for name in _PACKAGES}
    python = _Finding("python", ".".join(map(str, sys.version_info[:3])), "", "")
    return [python] + [_Finding(n, v, _PACKAGES[n], "make setup") for n, v in found.items()]


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _programs() -> list[_Finding]:
    from ecgprune.board import PROGRAMS

    findings = []
    for program in PROGRAMS.values():
        path = shutil.which(program.name)
        remedy = f"apt-get install {program.package}"
        findings.append(_Finding(program.name, _version(path) if path else "", program.cost, remedy))
    return findings


def _version(program: str) -> str:
    """The number in the first line that `program --version` prints; a program that cannot say it is still there."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "version unknown"
    number = re.search(r"\d+\.\d+(\.\d+)?", re.sub(r"\(.*?\)", "", answer.stdout.partition("\n")[0]))
    return number.group() if number else "version unknown"


def _mitdb() -> _Finding:
    folder = cached("mitdb")
    there = folder.is_dir() and any(folder.glob("*.dat"))
    return _Finding(
        "MIT-BIH database",
        str(folder) if there else "",
        "`ecgprune run mitdb` needs --data; the synthetic default runs without it",
        "ecgprune data fetch mitdb",
        needed=False,
    )
