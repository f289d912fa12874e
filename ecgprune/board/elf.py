"""What an ELF file says of itself: section sizes, functions, and their instructions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import ARMAttributesSection, SymbolTableSection

from ecgprune.board.tools import call, find_tools
from ecgprune.errors import FirmwareError

__all__ = ["Function", "Insn", "Sizes", "disassemble", "function_sizes", "pointed_to", "sizes", "symbol"]

_ALLOC = 0x2  # SHF_ALLOC of the ELF specification
_ADDRESS_RELOCATIONS = (2, 43, 47)  # R_ARM_ABS32, R_ARM_MOVW_ABS_NC, R_ARM_THM_MOVW_ABS_NC of Arm IHI 0044
_NO_CALLS = (".rel.debug", ".rel.vectors")
_FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_INSN = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\t(.*))?$")


@dataclass(frozen=True)
class Sizes:
    """Bytes of an image.

    Attributes:
        flash: text + rodata + data.
        data: data + bss, arena included, stack left out.
        stack: what is reserved for the stack.
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
    """A function of an image: its name, the address of its first instruction, and its instructions in order."""

    name: str
    address: int
    instructions: list[Insn] = field(default_factory=list)


def sizes(path: Path) -> Sizes:
    """The sizes of a linked Cortex-M image.

    Raises:
        FirmwareError: it is no whole ELF file.
    """
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
    """Address of a symbol, without the Thumb bit.

    Raises:
        FirmwareError: the image has no symbol of that name.
    """
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            found = section.get_symbol_by_name(name) if isinstance(section, SymbolTableSection) else None
            if found:
                return int(found[0]["st_value"]) & ~1
    raise FirmwareError(f"{path} has no symbol {name}: it was not built by firmware/Makefile")


def function_sizes(path: Path) -> dict[str, tuple[int, int]]:
    """(address without the Thumb bit, bytes) of every function by name; of static ones with one name, the largest."""
    found: dict[str, tuple[int, int]] = {}
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            for one in section.iter_symbols() if isinstance(section, SymbolTableSection) else ():
                if one["st_info"]["type"] == "STT_FUNC":
                    size = int(one["st_size"])
                    found[one.name] = max(found.get(one.name, (0, -1)), (int(one["st_value"]) & ~1, size), key=_second)
    return found


def _second(pair: tuple[int, int]) -> int:
    return pair[1]


def pointed_to(objects: Iterable[Path]) -> set[str]:
    """Names of the functions whose address code or constants in these object files take, vector tables left out."""
    names: set[str] = set()
    for path in objects:
        with path.open("rb") as file:
            elf = ELFFile(file)
            for section in elf.iter_sections():
                if not isinstance(section, RelocationSection) or section.name.startswith(_NO_CALLS):
                    continue
                symbols = elf.get_section(section["sh_link"])
                for relocation in section.iter_relocations():
                    if relocation["r_info_type"] in _ADDRESS_RELOCATIONS:
                        found = symbols.get_symbol(relocation["r_info_sym"])
                        name = _function_name(elf, found)
                        names |= {name} if name else set()
    return names


def _function_name(elf: ELFFile, symbol: Any) -> str | None:
    """The function that a symbol is: with -ffunction-sections a static one may go by its section, .text.NAME."""
    if symbol["st_info"]["type"] == "STT_SECTION":
        section = str(elf.get_section(symbol["st_shndx"]).name)
        return section.removeprefix(".text.") if section.startswith(".text.") else None
    # An undefined symbol has no type; those of data match no function's name.
    return str(symbol.name) or None


def _has_helium(path: Path) -> bool:
    """Whether the image is compiled for Helium, by its build attributes (Tag_MVE_arch of Arm's ABI addenda)."""
    with path.open("rb") as file:
        try:
            for section in ELFFile(file).iter_sections():
                if isinstance(section, ARMAttributesSection):
                    subs = [part for sub in section.iter_subsections() for part in sub.iter_subsubsections()]
                    return any(a.tag == "TAG_MVE_ARCH" and a.value for part in subs for a in part.iter_attributes())
        except ELFError:
            return False  # objdump tells what is wrong with it
    return False


def disassemble(path: Path) -> list[Function]:
    """All functions of an Arm image in the order of their addresses, from arm-none-eabi-objdump.

    Raises:
        ToolMissingError: objdump is not installed.
        FirmwareError: objdump cannot read the image.
    """
    find_tools().require("arm_objdump")
    words: list[str | Path] = ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn"]
    words += ["-m", "armv8.1-m.main"] if _has_helium(path) else []  # else it takes Helium for coprocessor instructions
    status, text = call([*words, path], 120, "arm-none-eabi-objdump")
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
