"""Runs llvm-mca over basic blocks: cycles of one pass, as LLVM's scheduling model of a core sees them.

A block is written out for llvm-mca with what its scheduling models leave out: see `timings.RULES`. A list of N
registers becomes the loads and stores it makes, a gather occupies the load pipeline for as long as its accesses take.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ecgprune.board.elf import Insn
from ecgprune.board.timings import Core, long_multiply
from ecgprune.board.tools import Mca, call
from ecgprune.errors import FirmwareError

__all__ = ["pass_cycles", "written_out"]

_ITERATIONS = 100
_SECONDS = 120.0
_TRIPLE = "thumbv8.1m.main-none-eabi"

_LISTS = re.compile(r"^(push|pop|v?(ldm|stm)(ia|db|fd|ea)?|vpush|vpop)$")
_GATHER = re.compile(r"^v(?:ldr|str)([bhwd])t?\.[usfi]?(\d+)$")
_GATHER_OPERANDS = re.compile(r"\[(\w+, q\d|q\d)")
_LOOP_START = re.compile(r"^(dls|wls)(tp)?$")
_WIDTH = re.compile(r"\.n$|(?<=^mul)\.w$|(?<=^adc)\.w$")  # objdump writes these, LLVM does not read them
_MOVING = re.compile(r"(\], #|\]!|#-)")  # LLVM 19 misreads ldr.w and str.w with such an address, and may crash
_BRANCH_TARGET = re.compile(r"[0-9a-f]+ <[^>]+>")


def pass_cycles(mca: Mca, core: Core, blocks: Iterable[tuple[Insn, ...]], *, slowest: bool = False) -> list[float]:
    """Cycles of one pass through each block, in a steady state; branches as if they were not taken.

    Args:
        mca: the program.
        core: with a scheduling model.
        blocks: instructions of each.
        slowest: the upper end where a rule leaves an interval.

    Raises:
        FirmwareError: llvm-mca fails.
    """
    texts = [tuple(line for insn in block for line in written_out(insn, core, slowest)) for block in blocks]
    missing = [text for text in dict.fromkeys(texts) if text and (mca, core.cpu, text) not in _known]
    if missing:
        _known.update(((mca, core.cpu, text), n) for text, n in zip(missing, _run(mca, core, missing), strict=True))
    return [_known[mca, core.cpu, text] if text else 0.0 for text in texts]


_known: dict[tuple[Mca, str, tuple[str, ...]], float] = {}  # images have most of their blocks in common


def _run(mca: Mca, core: Core, texts: Sequence[tuple[str, ...]]) -> list[float]:
    regions_in = ((f"# LLVM-MCA-BEGIN b{n}", *text, "# LLVM-MCA-END") for n, text in enumerate(texts))
    source = "\n".join(line for region in regions_in for line in region) + "\n"
    with tempfile.TemporaryDirectory(prefix="ecgprune-mca-") as name:
        file, out = Path(name) / "blocks.s", Path(name) / "out.json"
        file.write_text(source, encoding="ascii")
        takes_value = int(mca.version.split(".")[0]) >= 19
        skip = f"-skip-unsupported-instructions{'=any' if takes_value else ''}"
        words = [f"-mtriple={_TRIPLE}", f"-mcpu={core.cpu}", f"-iterations={_ITERATIONS}", skip, "-json"]
        words += ["-instruction-info=0", "-resource-pressure=0", "-o", str(out), str(file)]
        status, said = call([mca.program, *words], _SECONDS, "llvm-mca")
        try:
            regions = {r["Name"]: r for r in json.loads(out.read_text(encoding="utf-8"))["CodeRegions"]}
        except (OSError, ValueError, KeyError):
            why = next((line for line in said.splitlines() if "error" in line), f"exit status {status}")
            raise FirmwareError(f"llvm-mca gave no result: {why}") from None
    free = "it" if core.cpu == "cortex-m7" else "\0"  # of which the M7's model knows nothing
    timed = [sum(not line.startswith(free) for line in text) for text in texts]
    return [_cycles(regions.get(f"b{n}"), instructions) for n, instructions in enumerate(timed)]


def _cycles(region: dict[str, dict[str, float]] | None, instructions: int) -> float:
    """What llvm-mca skipped, because the model has no entry for it, takes a cycle; an IT of the M7, none."""
    if region is None:
        return float(instructions)
    summary = region["SummaryView"]
    skipped = instructions - summary["Instructions"] / summary["Iterations"]
    return summary["TotalCycles"] / summary["Iterations"] + skipped


def written_out(insn: Insn, core: Core, slowest: bool = False) -> list[str]:
    """The assembly that stands for an instruction: the rules of `timings.RULES` applied, targets as one label.

    Args:
        insn: as disassembled.
        core: whose rules.
        slowest: the upper end where a rule leaves an interval.
    """
    mnemonic, operands = _WIDTH.sub("", insn.mnemonic), insn.operands
    if mnemonic.startswith(("ldr", "str")) and _MOVING.search(operands):
        mnemonic = mnemonic.removesuffix(".w")
    base = mnemonic.split(".")[0]
    if base in ("le", "letp", "lctp"):
        return []
    if start := _LOOP_START.match(base):
        return [f"mvn lr, {operands.split(',')[1].strip()}"] if start else []
    if base in ("bl", "blx"):
        return ["b .L" if _BRANCH_TARGET.search(operands) else f"bx {operands}"]
    if _LISTS.match(base):
        return _list(base, operands, core, slowest)
    if base in ("ldrd", "strd"):
        return _double(base, mnemonic, operands, core, slowest)
    line = f"{mnemonic} {_BRANCH_TARGET.sub('.L', operands)}".rstrip()
    if (gather := _GATHER.match(mnemonic)) and _GATHER_OPERANDS.search(operands):
        return [line, *_more_accesses(gather, operands)]
    if core.interval:
        return [line]
    if base in ("smull", "umull", "umlal", "umaal"):
        line = f"smlal {operands}"
    more = 11 if base in ("sdiv", "udiv") else long_multiply(base) - 1 if core.slow_multiply else 0
    return [line, *["nop"] * more]


def _list(base: str, operands: str, core: Core, slowest: bool) -> list[str]:
    """A list of registers as the single or double accesses that it makes."""
    pointer = "sp" if base in ("push", "pop", "vpush", "vpop") else re.split(r"[!,]", operands)[0].strip()
    moves = pointer == "sp" or "!" in operands
    names = _names(operands)
    store = base.removeprefix("v").startswith(("push", "st"))
    word = "str" if store else "ldr"
    plain = [n for n in names if n not in ("pc", pointer)] + [n for n in names if n == pointer and not moves]
    leaves = ["bx lr"] if "pc" in names else []
    if core.lists and not base.startswith("v"):
        return _accesses(word, plain, pointer, core, slowest) + leaves
    kind = f"v{word}" if base.startswith("v") else word
    lines = [f"{kind} {name}, [{pointer}]" for name in plain]
    if core.lists:
        return lines
    lines += ["nop"] * sum(name.startswith("d") for name in plain)  # two words each
    return [f"add {pointer}, {pointer}, #8" if moves else "nop", *lines, *leaves]


def _accesses(word: str, names: Sequence[str], pointer: str, core: Core, slowest: bool) -> list[str]:
    if len(names) == 1:
        return [f"{word} {names[0]}, [{pointer}]"]
    if not slowest:
        pairs = [f"{word}d {a}, {b}, [{pointer}]" for a, b in zip(names[::2], names[1::2], strict=False)]
        return pairs + ([f"{word} {names[-1]}, [{pointer}]"] if len(names) % 2 else [])
    if core.cpu == "cortex-m7":  # single words issue in pairs there, doubles alone
        return [f"{word}d {a}, {b}, [{pointer}]" for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    return [f"{word} {name}, [{pointer}]" for name in names]


def _double(base: str, mnemonic: str, operands: str, core: Core, slowest: bool) -> list[str]:
    first, second, pointer = re.split(r", |\]|\[|, \[", operands.replace("[", ""), maxsplit=3)[:3]
    if core.lists and not (slowest and core.cpu == "cortex-m55"):
        return [f"{mnemonic} {operands}"]
    word = base[:3]
    moves = operands.endswith("!") or re.search(r"\], #", operands)
    names = [first, second] if first != pointer else [second, first]
    lines = [f"{word} {name}, [{pointer}]" for name in names]
    if core.lists:
        return [*lines, *([f"add {pointer}, {pointer}, #8"] if moves else [])]
    return [*lines, f"add {pointer}, {pointer}, #8" if moves else "nop"]


def _names(operands: str) -> list[str]:
    found = []
    for item in operands[operands.find("{") + 1 : operands.find("}")].split(","):
        low, _, high = item.strip().partition("-")
        last = int(high[1:]) if high else 0
        found += [f"{low[0]}{n}" for n in range(int(low[1:]), last + 1)] if high else [low]
    return found


def _more_accesses(gather: re.Match[str], operands: str) -> list[str]:
    """Vector loads, of 2 cycles each, that hold the pipeline for what a gather takes beyond its first 2 cycles."""
    cycles = 128 // int(gather[2]) * (2 if gather[1] == "d" else 1) // 2
    vector = operands.split(",")[0]
    word = "vldrw.u32" if gather[0].startswith("vldr") else "vstrw.32"
    return [f"{word} {vector}, [sp]"] * ((cycles - 2) // 2)
