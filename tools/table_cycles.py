"""The tables about cycles, from the timing tables of ecgprune/board/timings.py. Written by docs_tables.py."""

from ecgprune.board.timings import CORES, RULES


def cores():
    """Which model stands for each core."""
    lines = ["| core | model | in place of one of its own |", "|---|---|---|"]
    for name, core in CORES.items():
        model = f"llvm-mca, `-mcpu={core.cpu}`" if core.cpu else "instruction classes"
        lines.append(f"| {name} | {model} | {core.substitute} |")
    return lines


def rules():
    """What is corrected in LLVM's models."""
    lines = ["| instructions | cycles | source |", "|---|---|---|"]
    return [*lines, *(f"| {rule.what} | {rule.cycles} | {rule.source} |" for rule in RULES.values())]
