"""The programs that firmware needs, and running them under a time limit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ecgprune.errors import FirmwareError, ToolMissingError

__all__ = ["Tools", "call", "find_tools", "tool_versions"]

_PACKAGES = {  # field of Tools: (program, Debian package)
    "make": ("make", "make"),
    "cc": ("cc", "gcc"),
    "arm_gcc": ("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi"),
    "arm_objdump": ("arm-none-eabi-objdump", "binutils-arm-none-eabi"),
    "qemu": ("qemu-system-arm", "qemu-system-arm"),
}


@dataclass(frozen=True)
class Tools:
    """Where each program is, or None. cc is the host's compiler, for BOARD=host and for counting instructions."""

    make: str | None
    cc: str | None
    arm_gcc: str | None
    arm_objdump: str | None
    qemu: str | None

    def require(self, *names: str) -> None:
        """Raises ToolMissingError for the first of these fields that is None, naming its Debian package."""
        for name in names:
            if getattr(self, name) is None:
                program, package = _PACKAGES[name]
                raise ToolMissingError(f"{program} is not installed: on Debian or Ubuntu, apt install {package}")

    @property
    def missing(self) -> dict[str, str]:
        """Program -> Debian package of everything that is not installed."""
        return dict(_PACKAGES[f.name] for f in fields(self) if getattr(self, f.name) is None)


def find_tools() -> Tools:
    """Looks along PATH."""
    return Tools(**{name: shutil.which(program) for name, (program, _) in _PACKAGES.items()})


def call(
    command: Sequence[str | Path],
    timeout_s: float,
    what: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """(exit status, stdout and stderr together) of a command that may take `timeout_s` seconds.

    Then it and all its children are killed, and FirmwareError says that `what` gave no answer.
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
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return process.returncode, output.decode("utf-8", "replace")


def tool_versions() -> dict[str, str | None]:
    """First line of --version of each program that makes or runs an image; None where it is missing."""
    tools = find_tools()
    programs = {"arm-none-eabi-gcc": tools.arm_gcc, "qemu-system-arm": tools.qemu, "cc": tools.cc}
    return {
        name: call([path, "--version"], 60, name)[1].split("\n")[0] if path else None for name, path in programs.items()
    }
