"""The boards: folders of firmware/boards/, each two data files."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ecgprune.errors import BoardError

__all__ = ["Board", "Memory", "find_board", "firmware_root", "known_boards"]

_SETTING = re.compile(r"^(ECGP_\w+)\s*:=\s*(.*?)\s*$", re.MULTILINE)
_REGION = re.compile(r"^\s*(\w+)\s*\([rwx]+\)\s*:\s*ORIGIN = (0x[0-9A-Fa-f]+), LENGTH = (\d+)([KM]?)\s*$", re.MULTILINE)
_UNITS = {"": 1, "K": 1024, "M": 1024 * 1024}


@dataclass(frozen=True)
class Memory:
    """A region of memory.ld.

    Attributes:
        origin: first address.
        length: size in bytes.
    """

    origin: int
    length: int


@dataclass(frozen=True)
class Board:
    """What board.mk and memory.ld say.

    Attributes:
        name: the board's folder in firmware/boards.
        description: the board's full name.
        core: "Cortex-M4", …, or "host".
        machine: QEMU's name for it, or None where QEMU knows no such board.
        clock_hz: the timer's clock on the emulated board; 0 on the host.
        uart: the kind of its UART, or None; see firmware/platform/uart_<kind>.c.
        memory: by region name, "FLASH" and "RAM"; empty on the host.
    """

    name: str
    description: str
    core: str
    machine: str | None
    clock_hz: int
    uart: str | None
    memory: dict[str, Memory]

    @property
    def is_host(self) -> bool:
        """Whether it is this machine, which is no microcontroller."""
        return self.core == "host"


def firmware_root() -> Path:
    """The folder with the firmware's C sources: what ECGPRUNE_FIRMWARE names, else the package's own.

    The package's own is ecgprune/_firmware: a link to firmware/ in a checkout, a folder in an installed wheel. It may
    be read-only: nothing is built or written there.

    Raises:
        BoardError: ECGPRUNE_FIRMWARE names something else, or the installation lacks the sources.
    """
    named = os.environ.get("ECGPRUNE_FIRMWARE")
    folder = Path(named or Path(__file__).parents[1] / "_firmware").resolve()
    if not (folder / "boards").is_dir():
        remedy = "name the folder firmware/ of a checkout, or unset it" if named else "install ecgprune anew"
        found = f"ECGPRUNE_FIRMWARE={named}" if named else f"{folder}"
        raise BoardError(f"no firmware sources in {found}: expected a folder that holds boards/; {remedy}")
    return folder


def known_boards() -> dict[str, Board]:
    """All boards by name, sorted.

    Raises:
        BoardError: there are no firmware sources, or a board's memory.ld lacks a region.
    """
    return {file.parent.name: _read(file.parent) for file in sorted(firmware_root().glob("boards/*/board.mk"))}


def find_board(name: str) -> Board:
    """The board of that name.

    Raises:
        BoardError: it is unknown; the message lists the known ones.
    """
    known = known_boards()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise BoardError(f"unknown board '{name}': {hint}known boards are {', '.join(known)}")
    return known[name]


def _read(folder: Path) -> Board:
    settings = dict(_SETTING.findall((folder / "board.mk").read_text(encoding="utf-8")))
    layout = folder / "memory.ld"
    regions = _REGION.findall(layout.read_text(encoding="utf-8")) if layout.exists() else []
    found = Board(
        name=folder.name,
        description=settings.get("ECGP_DESCRIPTION", folder.name),
        core=settings.get("ECGP_CORE", ""),
        machine=settings.get("ECGP_QEMU") or None,
        clock_hz=int(settings.get("ECGP_CLOCK_HZ", "0")),
        uart=settings.get("ECGP_UART") or None,
        memory={name: Memory(int(origin, 16), int(length) * _UNITS[unit]) for name, origin, length, unit in regions},
    )
    if not found.is_host and sorted(found.memory) != ["FLASH", "RAM"]:
        raise BoardError(
            f"board {folder.name}: memory.ld must hold the regions FLASH and RAM, each as "
            f"'NAME (rx) : ORIGIN = 0x…, LENGTH = 256K', but holds {', '.join(found.memory) or 'none'}"
        )
    return found
