"""UF2 files: what the boot ROM of some parts takes as a file that is copied to a USB drive.

Format: https://github.com/microsoft/uf2, blocks of 512 bytes, each with up to 476 of data; here 256, a page of flash.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

__all__ = ["BLOCK_BYTES", "PAGE_BYTES", "read", "uf2"]

BLOCK_BYTES = 512
PAGE_BYTES = 256

_HEAD = struct.Struct("<8I")
_START = (0x0A324655, 0x9E5D5157)
_END = 0x0AB16F30
_FAMILY_PRESENT = 0x2000
_DATA_BYTES = 476


def uf2(content: Mapping[int, bytes], family: int) -> bytes:
    """A UF2 file.

    Args:
        content: bytes by the address that they go to.
        family: the family id of the part.

    Returns:
        The file: one block for each page of 256 bytes that holds some of the content, the rest of the page 0.
    """
    pages: dict[int, bytearray] = {}
    for start, data in sorted(content.items()):
        for offset, byte in enumerate(data, start):
            page = offset - offset % PAGE_BYTES
            pages.setdefault(page, bytearray(PAGE_BYTES))[offset - page] = byte
    blocks = [
        _HEAD.pack(*_START, _FAMILY_PRESENT, address, PAGE_BYTES, number, len(pages), family)
        + bytes(page).ljust(_DATA_BYTES, b"\0")
        + struct.pack("<I", _END)
        for number, (address, page) in enumerate(sorted(pages.items()))
    ]
    return b"".join(blocks)


def read(file: bytes) -> tuple[dict[int, bytes], int]:
    """The pages of a UF2 file by address, and its family id.

    Raises:
        ValueError: it is none, or its blocks do not agree with one another.
    """
    blocks = [file[at : at + BLOCK_BYTES] for at in range(0, len(file), BLOCK_BYTES)]
    pages: dict[int, bytes] = {}
    families = set()
    for number, block in enumerate(blocks):
        if len(block) != BLOCK_BYTES:
            raise ValueError(f"the last block has {len(block)} bytes, expected {BLOCK_BYTES}")
        first, second, flags, address, size, index, count, family = _HEAD.unpack_from(block)
        if (first, second) != _START or struct.unpack("<I", block[-4:])[0] != _END or not flags & _FAMILY_PRESENT:
            raise ValueError(f"block {number} is none of a UF2 file with a family id")
        if (index, count) != (number, len(blocks)):
            raise ValueError(f"block {number} of {len(blocks)} says that it is {index} of {count}")
        pages[address] = block[_HEAD.size : _HEAD.size + size]
        families.add(family)
    if len(families) != 1:
        raise ValueError(f"{len(families)} family ids, expected one")
    return pages, families.pop()
