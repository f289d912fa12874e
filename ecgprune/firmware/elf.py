"""What an ELF file says of itself: section sizes, functions, and their instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from ecgprune.errors import FirmwareError
from ecgprune.firmware.tools import call

__all__ = ["Function", "Insn", "Sizes", "disassemble", "sizes", "symbol"]

_ALLOC = 0x2  # SHF_ALLOC of the ELF specification
_FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_INSN = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\t(.*))?$")


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image.

    flash: text + rodata + data. data: data + bss, arena included, stack left out. stack: what is reserved for it.
    """

    flash: int
    data: int
    stack: int


@dataclass(frozen=True)
class Insn:
    """One disassembled instruction, as objdump writes it."""

    address: int
    mnemonic: str
    operands: str


@dataclass(frozen=True)
class Function:
    name: str
    address: int
    instructions: list[Insn] = field(default_factory=list)


def sizes(path: Path) -> Sizes:
    """The sizes of a linked Cortex-M image. Raises FirmwareError when it is no ELF file."""
    flash = data = stack = 0
    with path.open("rb") as file:
        try:
            for section in ELFFile(file).iter_sections():
                if not section["sh_flags"] & _ALLOC:
                    continue
                size = int(section["sh_size"])
                if section.name == ".stack":
                    stack += size
                elif section.name in (".data", ".bss"):
                    data += size
                if section["sh_type"] != "SHT_NOBITS":
                    flash += size
        except ELFError as error:
            raise FirmwareError(f"{path} is not a whole ELF file: {error}") from None
    return Sizes(flash, data, stack)


def symbol(path: Path, name: str) -> int:
    """Address of a symbol, without the Thumb bit. Raises FirmwareError when the image has none of that name."""
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            found = section.get_symbol_by_name(name) if isinstance(section, SymbolTableSection) else None
            if found:
                return int(found[0]["st_value"]) & ~1
    raise FirmwareError(f"{path} has no symbol {name}: it was not built by firmware/Makefile")


def disassemble(path: Path) -> list[Function]:
    """All functions of an Arm image in the order of their addresses, from arm-none-eabi-objdump."""
    status, text = call(["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", path], 120, "arm-none-eabi-objdump")
    if status != 0:
        raise FirmwareError(f"arm-none-eabi-objdump cannot read {path}: {text.strip().splitlines()[-1]}")
    functions: list[Function] = []
    for line in text.splitlines():
        if start := _FUNCTION.match(line):
            functions.append(Function(start[2], int(start[1], 16)))
        elif (insn := _INSN.match(line)) and functions and not insn[2].startswith("."):
            operands = re.split(r"\s*[@;]", insn[3] or "", maxsplit=1)[0]
            functions[-1].instructions.append(Insn(int(insn[1], 16), insn[2], operands))
    return functions
