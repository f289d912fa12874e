"""The boards: folders of firmware/boards/, each two data files, and folders of the same kind that a user names."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ecgprune.errors import BoardError
from ecgprune.operating_point import OperatingPoint

__all__ = ["Board", "Memory", "emulator", "find_board", "firmware_root", "known_boards", "read_board"]

_SETTING = re.compile(r"^(ECGP_\w+)[ \t]*[:?]?=[ \t]*(.*?)[ \t]*(?:#.*)?$", re.MULTILINE)
_REGION = re.compile(r"^\s*(\w+)\s*\([rwx]+\)\s*:\s*ORIGIN = (0x[0-9A-Fa-f]+), LENGTH = (\d+)([KM]?)\s*$", re.MULTILINE)
_UNITS = {"": 1, "K": 1024, "M": 1024 * 1024}
_EXAMPLES = {"ECGP_CORE": "Cortex-M4", "ECGP_CPU": "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft"}
_NO_DRIVERS = ("host",)  # uart_host.c is the host's
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


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
        name: the name of the board's folder.
        description: the board's full name.
        core: "Cortex-M4", …, or "host".
        machine: QEMU's name for it, or None where QEMU knows no such board.
        stand_in: name of an emulated board with the same core and memory at the same addresses, or None: it runs
            the board's image as it is, but has none of its peripherals.
        clock_hz: the core's clock while an image runs; 0 on the host.
        clock_max_hz: the part's highest clock; None: not stated.
        operating_point: the clock of the images, and the current where board.mk states one.
        uart: the kind of its UART, or None; see firmware/platform/uart_<kind>.c.
        flasher: the command that `make flash` runs, or None.
        pyocd: pyOCD's name for the part, or None.
        uf2_family: the family id of the part's UF2 files, or None: it takes none.
        boot: what its boot ROM asks for in flash, "rp2040" or "rp2350"; None: nothing but the vector table.
        cpu_flags: of GCC, for its core; "" on the host.
        interrupts: entries of its vector table behind the core's own.
        setup: registers that are set at reset, the initializer of ECGP_SETUP in startup.c; "" for none.
        memory: by region name, at least "FLASH" and "RAM"; empty on the host.
        folder: where board.mk lies.
    """

    name: str
    description: str
    core: str
    machine: str | None
    stand_in: str | None
    clock_hz: int
    clock_max_hz: int | None
    operating_point: OperatingPoint
    uart: str | None
    flasher: str | None
    pyocd: str | None
    uf2_family: int | None
    boot: str | None
    cpu_flags: str
    interrupts: int
    setup: str
    memory: dict[str, Memory]
    folder: Path

    @property
    def is_host(self) -> bool:
        """Whether it is this machine, which is no microcontroller."""
        return self.core == "host"

    @property
    def flashed_by(self) -> tuple[str, ...]:
        """How an image gets into the part's flash, in words; empty for the host and where only QEMU runs it."""
        tool = [self.flasher.split()[0]] if self.flasher else []
        drive = ["UF2"] if self.uf2_family is not None else []
        return (*(["pyOCD"] if self.pyocd else []), *drive, *tool)

    @property
    def is_own(self) -> bool:
        """Whether it is a user's folder, outside firmware/boards."""
        return self.folder.parent != firmware_root() / "boards"


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
    """All boards of the package by name, sorted.

    Raises:
        BoardError: there are no firmware sources, or a board's files are not usable.
    """
    return {file.parent.name: read_board(file.parent) for file in sorted(firmware_root().glob("boards/*/board.mk"))}


def find_board(name: str) -> Board:
    """The board of that name, or of that folder: a name with a slash is a folder with board.mk and memory.ld.

    Raises:
        BoardError: it is unknown, and the message lists the known ones; or the folder's files are not usable.
    """
    if "/" in name or os.sep in name:
        return _own(Path(name))
    known = known_boards()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        hint = f"for the folder {name} write ./{name}; " if (Path(name) / "board.mk").is_file() else hint
        raise BoardError(f"unknown board '{name}': {hint}known boards are {', '.join(known)}")
    return known[name]


def emulator(board: Board) -> Board | None:
    """The emulated board that runs the board's image: itself, its stand-in, or None."""
    if board.machine is not None or board.stand_in is None:
        return board if board.machine is not None else None
    return find_board(board.stand_in)


def _own(folder: Path) -> Board:
    if not (folder / "board.mk").is_file():
        raise BoardError(f"no board in the folder {folder}: it has no board.mk; docs/guide/board.md describes one")
    return read_board(folder)


def read_board(folder: Path) -> Board:
    """The board in a folder.

    Raises:
        BoardError: board.mk or memory.ld lacks what a board needs, or says it in another form.
    """
    folder = folder.resolve()
    name = folder.name
    if not _NAME.fullmatch(name):
        raise BoardError(f"board {name!r}: the name of a board's folder is letters, digits and _ . -")
    settings = dict(_SETTING.findall((folder / "board.mk").read_text(encoding="utf-8")))
    layout = folder / "memory.ld"
    regions = _REGION.findall(layout.read_text(encoding="utf-8")) if layout.exists() else []
    number = {
        key: _number(name, key, settings.get(key) or "0")
        for key in ("ECGP_CLOCK_HZ", "ECGP_CLOCK_MAX_HZ", "ECGP_UF2_FAMILY", "ECGP_INTERRUPTS")
    }
    found = Board(
        name=name,
        description=settings.get("ECGP_DESCRIPTION", name),
        core=settings.get("ECGP_CORE", ""),
        machine=settings.get("ECGP_QEMU") or None,
        stand_in=settings.get("ECGP_STAND_IN") or None,
        clock_hz=number["ECGP_CLOCK_HZ"],
        clock_max_hz=number["ECGP_CLOCK_MAX_HZ"] or None,
        operating_point=_operating_point(name, settings, number["ECGP_CLOCK_HZ"]),
        uart=settings.get("ECGP_UART") or None,
        flasher=settings.get("ECGP_FLASHER") or None,
        pyocd=settings.get("ECGP_PYOCD") or None,
        uf2_family=number["ECGP_UF2_FAMILY"] or None,
        boot=settings.get("ECGP_BOOT") or None,
        cpu_flags=settings.get("ECGP_CPU", ""),
        interrupts=number["ECGP_INTERRUPTS"],
        setup=settings.get("ECGP_SETUP", ""),
        memory={name: Memory(int(origin, 16), int(length) * _UNITS[unit]) for name, origin, length, unit in regions},
        folder=folder,
    )
    _check(found, settings)
    return found


def _operating_point(name: str, settings: Mapping[str, str], clock_hz: int) -> OperatingPoint:
    """ECGP_CLOCK_HZ, ECGP_UA_PER_MHZ, ECGP_SUPPLY_MV and ECGP_CURRENT_SOURCE."""
    point = OperatingPoint(clock_hz or None, "by the board's data" if clock_hz else "")
    text, source = settings.get("ECGP_UA_PER_MHZ") or "0", settings.get("ECGP_CURRENT_SOURCE", "")
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise BoardError(f"board {name}: ECGP_UA_PER_MHZ is '{text}', expected a number of microamperes, such as 52")
    ua_per_mhz = float(text)
    if ua_per_mhz and not source:
        raise BoardError(f"board {name}: ECGP_UA_PER_MHZ takes ECGP_CURRENT_SOURCE beside it: who says so, in words")
    if not ua_per_mhz:
        return point
    supply_mv = _number(name, "ECGP_SUPPLY_MV", settings.get("ECGP_SUPPLY_MV") or "3000")
    return replace(point, ua_per_mhz=ua_per_mhz, supply_v=supply_mv / 1000, current_source=source)


def _number(name: str, key: str, text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise BoardError(f"board {name}: {key} is '{text}', expected a number") from None


def _check(board: Board, settings: Mapping[str, str]) -> None:
    if board.is_host:
        return
    for key in ("ECGP_CORE", "ECGP_CPU"):
        if not settings.get(key):
            raise BoardError(f"board {board.name}: board.mk has no {key}, such as {_EXAMPLES[key]}")
    for key, value, files in (("ECGP_UART", board.uart, "uart_*.c"), ("ECGP_BOOT", board.boot, "boot_*.S")):
        known = sorted(path.stem.partition("_")[2] for path in (firmware_root() / "platform").glob(files))
        known = [name for name in known if name not in _NO_DRIVERS]
        if value is not None and value not in known:
            raise BoardError(f"board {board.name}: {key} is '{value}', expected one of {', '.join(known)}")
    if not {"FLASH", "RAM"} <= board.memory.keys():
        raise BoardError(
            f"board {board.name}: memory.ld must hold the regions FLASH and RAM, each as "
            f"'NAME (rx) : ORIGIN = 0x…, LENGTH = 256K', but holds {', '.join(board.memory) or 'none'}"
        )
