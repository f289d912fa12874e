"""Which part of the live chain a function or an object of an image belongs to; for board_records.py."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stream_host import FIRMWARE

from ecgprune.board.elf import Function
from ecgprune.board.live import LiveImage

__all__ = ["PARTS", "REST", "memory", "parts_of", "plugin", "sources_hash"]

FILTER, DETECTOR, SIGNAL, FEATURES, MODEL, LINK, REST = PARTS = (
    "filter", "QRS detector", "signal, quality, stream", "features", "model", "UART and protocol", "C library, startup",
)  # fmt: skip
_PREFIXES = {
    "lib/ecg/ecgp_filter": FILTER,
    "lib/ecg/ecgp_qrs": DETECTOR,
    "lib/ecg/ecgp_sort": DETECTOR,
    "lib/ecg/ecgp_stream": SIGNAL,
    "lib/ecg/ecgp_signal": SIGNAL,
    "lib/ecg/ecgp_quality": SIGNAL,
    "lib/ecg/ecgp_template": SIGNAL,
    "lib/ecg/ecgp_flutter": SIGNAL,
    "lib/ecg": FEATURES,
    "lib/nn": MODEL,
    "model/": MODEL,
    "examples/live/main": SIGNAL,
    "examples/live/classifier": MODEL,
    "examples/live/": LINK,
    "app/": LINK,
    "platform/link": LINK,
    "platform/uart": LINK,
}
"""The beginning of a source's path, the first that fits."""


def _part(place: str) -> str:
    """Of what the debug information says: firmware/lib/ecg/ecgp_qrs.c:123."""
    path = place.removeprefix("firmware/")
    return next((part for prefix, part in _PREFIXES.items() if path.startswith(prefix)), REST)


def _said(*words: object) -> list[str]:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def plugin(folder: Path) -> Path:
    """Builds QEMU's counting plugin into a folder."""
    made = folder / "insn_count.so"
    words = ["cc", "-std=c99", "-O2", "-fPIC", "-shared", FIRMWARE / "tools" / "insn_count.c", "-o", made]
    _said(*words)
    return made


def parts_of(program: Path, functions: Sequence[Function]) -> list[str]:
    """The part of each function."""
    words = ["arm-none-eabi-addr2line", "-a", "-i", "-e", program]
    lines = _said(*words, *(f"{function.address:#x}" for function in functions))
    # After an address, what is inlined at it comes first, and the function itself last.
    places = [line for line, after in zip(lines, [*lines[1:], "0x"], strict=True) if after.startswith("0x")]
    return [_part(place) for place in places]


def memory(image: LiveImage, stack_bytes: int) -> dict[str, Any]:
    """Flash and RAM by part, from the image's symbols; the stack is what the board used at its deepest."""
    flash, ram = dict.fromkeys(PARTS, 0), dict.fromkeys(PARTS, 0)
    for line in _said("arm-none-eabi-nm", "-S", "-l", "--size-sort", image.program):
        words, _, place = line.partition("\t")
        _, size, kind, _ = words.split()
        (ram if kind in "bBdD" else flash)[_part(place)] += int(size, 16)
    flash[REST] = (image.flash_bytes or 0) - (sum(flash.values()) - flash[REST])
    static = (image.ram_bytes or 0) - (image.stack_reserved_bytes or 0)
    ram[REST] = static - (sum(ram.values()) - ram[REST])
    return {"flash": flash, "ram": ram | {"stack": stack_bytes}}


def sources_hash(*folders: str) -> str:
    """SHA-256 of folders of firmware/: names and contents of the files, in the order of the names."""
    made = hashlib.sha256()
    for folder in folders:
        for path in sorted((FIRMWARE / folder).iterdir()):
            made.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return made.hexdigest()
