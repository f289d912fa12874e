"""The programs that firmware needs, and running them under a time limit."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecgprune.errors import FirmwareError, ToolMissingError

__all__ = [
    "MCA",
    "PROGRAMS",
    "Mca",
    "Program",
    "Tools",
    "build_environment",
    "call",
    "find_mca",
    "find_tools",
    "kill",
    "tool_versions",
]


@dataclass(frozen=True)
class Program:
    """A program that is looked for along PATH.

    Attributes:
        name: as it is called.
        package: Debian's package, one or more.
        cost: what cannot be done without it.
    """

    name: str
    package: str
    cost: str


PROGRAMS = {  # field of Tools: program
    "make": Program("make", "make", "no build at all"),
    "cc": Program("cc", "gcc libc6-dev", "no host build of the firmware, no exact instruction counts"),
    "arm_gcc": Program(
        "arm-none-eabi-gcc",
        "gcc-arm-none-eabi libnewlib-arm-none-eabi",
        "no firmware for a board; the run ends at the host build",
    ),
    "arm_objdump": Program("arm-none-eabi-objdump", "binutils-arm-none-eabi", "no profile, no estimate of cycles"),
    "arm_objcopy": Program("arm-none-eabi-objcopy", "binutils-arm-none-eabi", "no .bin and .hex: no whole image"),
    "qemu": Program(
        "qemu-system-arm",
        "qemu-system-arm",
        "firmware is built and not run: no verdict and no instruction counts",
    ),
}


MCA = Program(
    "llvm-mca",
    "llvm-19",
    "cycles are estimated from instruction classes, on the Cortex-M7, M33 and M55 not at all",
)
"""Not needed for anything else; see `find_mca` for the releases that do."""

_OLDEST_LLVM, _NEWEST_LLVM = 16, 30  # the first with a scheduling model of the Cortex-M55
_PREFERRED_LLVM = 19  # the committed figures were made with it


@dataclass(frozen=True)
class Mca:
    """An llvm-mca that knows the cores.

    Attributes:
        program: its path.
        version: 19.1.7.
    """

    program: str
    version: str


@dataclass(frozen=True)
class Tools:
    """Where each program is, or None. `cc` is the host's compiler, for BOARD=host and for counting instructions."""

    make: str | None
    cc: str | None
    arm_gcc: str | None
    arm_objdump: str | None
    arm_objcopy: str | None
    qemu: str | None

    def require(self, *names: str) -> None:
        """Checks that these programs are there.

        Raises:
            ToolMissingError: the first one that is not, with its Debian package.
        """
        for name in names:
            if getattr(self, name) is None:
                program = PROGRAMS[name]
                raise ToolMissingError(
                    f"{program.name} is not installed: on Debian or Ubuntu, apt install {program.package}"
                )


def find_tools() -> Tools:
    """Looks along PATH."""
    return Tools(**{field: shutil.which(program.name) for field, program in PROGRAMS.items()})


def find_mca() -> Mca | None:
    """The llvm-mca along PATH: of LLVM 19, else the newest; None where there is none of LLVM 16 or newer."""
    return _find_mca(os.environ.get("PATH"))


@functools.lru_cache(4)
def _find_mca(path: str | None) -> Mca | None:
    releases = (_PREFERRED_LLVM, *range(_NEWEST_LLVM, _OLDEST_LLVM - 1, -1))
    for name in (*(f"{MCA.name}-{release}" for release in releases), MCA.name):
        if program := shutil.which(name, path=path):
            _, said = call([program, "--version"], 60, name)
            found = re.search(r"version (\d+)[.\d]*", said)
            if found and int(found[1]) >= _OLDEST_LLVM:
                return Mca(program, found[0].removeprefix("version "))
    return None


def build_environment() -> dict[str, str]:
    """The environment of a build: what programs need to run, and nothing that changes what make or a compiler does."""
    kept = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "PATHEXT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def call(
    command: Sequence[str | Path],
    timeout_s: float,
    what: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Runs a command.

    Args:
        command: the program and its arguments.
        timeout_s: seconds that it may take; then it and all its children are killed.
        what: what it is, for the error.
        cwd: folder to run it in.
        env: its whole environment; by default this process's.

    Returns:
        Exit status, and stdout and stderr together.

    Raises:
        FirmwareError: it took longer.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise FirmwareError(f"{what} gave no answer within {timeout_s:g} s and was killed") from None
    finally:
        if process.poll() is None:  # also when the caller is interrupted
            kill(process)
            process.communicate()
    return process.returncode, output.decode("utf-8", "replace")


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a process that was started in a session of its own, with its children where the system has sessions."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def tool_versions() -> dict[str, str | None]:
    """First line of --version of each program that builds, runs or times an image; None where it is missing."""
    tools, mca = find_tools(), find_mca()
    programs = {"arm-none-eabi-gcc": tools.arm_gcc, "qemu-system-arm": tools.qemu, "cc": tools.cc}
    found = {
        name: call([path, "--version"], 60, name)[1].split("\n")[0] if path else None for name, path in programs.items()
    }
    return {**found, MCA.name: f"LLVM {mca.version}" if mca else None}
