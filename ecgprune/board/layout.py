"""Whether an image can start on its board: vector table, memory, and what the part's boot ROM asks for."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from ecgprune.board.boards import Board, Memory
from ecgprune.errors import FirmwareError

__all__ = ["Section", "check_layout", "content", "crc32_rp2040"]

_ALLOC = 0x2
_EXCEPTIONS = 16  # words of the table before interrupt 0: the initial SP and 15 system exceptions
_LEAST_ALIGNMENT = 128  # bits 6:0 of VTOR are 0: ARMv7-M ARM B3.2.5, ARMv8-M ARM D1.2.268
_IMAGE_DEF = struct.pack("<5I", 0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)  # RP2350 datasheet, 5.9.5.1
_IMAGE_DEF_WITHIN = 4096  # bytes of the flash that the RP2350's boot ROM searches
_BOOT2_BYTES = 256


@dataclass(frozen=True)
class Section:
    """A section of an image that takes memory: where it is when the program runs, and where flash has its content.

    Attributes:
        name: as the linker script calls it.
        address: of the first byte at run time.
        load: address of the first byte in flash; None: it has no content.
        size: bytes.
        data: its content, or b"".
    """

    name: str
    address: int
    load: int | None
    size: int
    data: bytes


def check_layout(board: Board, image: Path) -> None:
    """Checks a linked image.

    The vector table must be at the start of FLASH, aligned for VTOR; its first word the stack's top, in RAM and a
    multiple of 8; the others handlers in flash, in Thumb state. Sections must lie within the regions of memory.ld and
    not overlap. The boot blocks of RP2040 and RP2350 must be where and what the boot ROM expects.

    Args:
        board: what it was linked for.
        image: the ELF file.

    Raises:
        FirmwareError: it would not start, with the first reason.
    """
    sections = list(_sections(image))
    vectors = _vectors(board, sections, _symbols(image))
    for why in itertools.chain(_memory(board, sections), _overlaps(sections), vectors, _boot(board, sections)):
        raise FirmwareError(f"the image would not start on {board.name}: {why}")


def content(image: Path) -> dict[int, bytes]:
    """What an image puts into flash: bytes by address."""
    return {one.load: one.data for one in _sections(image) if one.load is not None}


def crc32_rp2040(data: bytes) -> int:
    """The CRC-32 of the RP2040's boot ROM (datasheet, 2.8.1.3.1): nothing reflected, nothing inverted at the end."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


def _sections(image: Path) -> Iterator[Section]:
    with image.open("rb") as file:
        elf = ELFFile(file)
        segments = [one for one in elf.iter_segments() if one["p_type"] == "PT_LOAD"]
        for section in elf.iter_sections():
            size, address = int(section["sh_size"]), int(section["sh_addr"])
            if not section["sh_flags"] & _ALLOC or size == 0:
                continue
            if section["sh_type"] == "SHT_NOBITS":
                yield Section(section.name, address, None, size, b"")
                continue
            holds = next(s for s in segments if s["p_vaddr"] <= address < s["p_vaddr"] + s["p_filesz"])
            load = address - int(holds["p_vaddr"]) + int(holds["p_paddr"])
            yield Section(section.name, address, load, size, section.data())


def _symbols(image: Path) -> dict[str, tuple[int, int]]:
    """(address, bytes) of the symbols that the checks ask for."""
    with image.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        names = ("ecgp_vectors", "Reset_Handler", "ecgp_stack_top", "ecgp_stack_limit")
        found = {} if not isinstance(table, SymbolTableSection) else {n: table.get_symbol_by_name(n) for n in names}
        return {n: (int(s[0]["st_value"]), int(s[0]["st_size"])) for n, s in found.items() if s}


def _memory(board: Board, sections: list[Section]) -> Iterator[str]:
    flash = [region for name, region in board.memory.items() if name != "RAM"]
    for one in sections:
        if one.load is not None and not any(_within(one.load, one.size, region) for region in flash):
            yield f"{one.name} is loaded to {one.load:#010x}, outside of the flash of memory.ld"
        if not any(_within(one.address, one.size, region) for region in board.memory.values()):
            yield f"{one.name} is at {one.address:#010x}, outside of the regions of memory.ld"


def _overlaps(sections: list[Section]) -> Iterator[str]:
    at_run_time = [(one.address, one) for one in sections]
    in_flash = [(one.load, one) for one in sections if one.load is not None]
    for places in (at_run_time, in_flash):
        for (first, a), (second, b) in itertools.pairwise(sorted(places, key=lambda pair: pair[0])):
            if first + a.size > second:
                yield f"{a.name} and {b.name} overlap at {second:#010x}"


def _vectors(board: Board, sections: list[Section], symbols: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    missing = {"ecgp_vectors", "Reset_Handler", "ecgp_stack_top", "ecgp_stack_limit"} - symbols.keys()
    if missing:
        yield f"it has no {min(missing)}"
        return
    flash, ram = board.memory["FLASH"], board.memory["RAM"]
    start, size = symbols["ecgp_vectors"]
    if start != flash.origin:
        yield f"the vector table is at {start:#010x}, expected at the start of FLASH, {flash.origin:#010x}"
    alignment = max(_LEAST_ALIGNMENT, 1 << (size - 1).bit_length())
    if start % alignment:
        yield f"the vector table of {size} bytes is at {start:#010x}, expected a multiple of {alignment} for VTOR"
    text = next(one for one in sections if one.load is not None and _within(start, size, Memory(one.address, one.size)))
    stack, reset, *handlers = struct.unpack_from(f"<{size // 4}I", text.data, start - text.address)
    if stack != symbols["ecgp_stack_top"][0] or stack % 8 or not ram.origin < stack <= ram.origin + ram.length:
        yield f"the initial stack pointer is {stack:#010x}, expected the top of the stack, in RAM, a multiple of 8"
    if reset != symbols["Reset_Handler"][0] | 1 or not _within(reset - 1, 2, flash):
        yield f"the reset vector is {reset:#010x}, expected Reset_Handler in flash, an odd address"
    wrong = (n for n, one in enumerate(handlers, 2) if one and not (one % 2 and _within(one - 1, 2, flash)))
    for number in itertools.islice(wrong, 1):
        what = f"interrupt {number - _EXCEPTIONS}" if number >= _EXCEPTIONS else f"exception {number}"
        yield f"the vector of {what} is {handlers[number - 2]:#010x}, expected an odd address in flash"


def _boot(board: Board, sections: list[Section]) -> Iterator[str]:
    flash = {one.load: one for one in sections if one.load is not None}
    if board.boot == "rp2040":
        region = board.memory.get("BOOT2", Memory(board.memory["FLASH"].origin - _BOOT2_BYTES, _BOOT2_BYTES))
        stage = flash.get(region.origin)
        if stage is None or stage.size != _BOOT2_BYTES:
            yield f"there is no second boot stage of {_BOOT2_BYTES} bytes at {region.origin:#010x}"
        elif crc32_rp2040(stage.data[:-4]) != int.from_bytes(stage.data[-4:], "little"):
            expected = crc32_rp2040(stage.data[:-4])
            yield f"the CRC of the second boot stage is not {expected:#010x}: set the last word of boot_rp2040.S to it"
    elif board.boot == "rp2350":
        first = flash.get(board.memory["FLASH"].origin)
        at = -1 if first is None else first.data.find(_IMAGE_DEF)
        if at < 0 or at % 4 or at + len(_IMAGE_DEF) > _IMAGE_DEF_WITHIN:
            yield f"there is no IMAGE_DEF in the first {_IMAGE_DEF_WITHIN} bytes of the flash"


def _within(address: int, size: int, region: Memory) -> bool:
    return region.origin <= address and address + size <= region.origin + region.length
