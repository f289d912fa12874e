"""The bench tables of README.md and results/bench.md, from results/bench.json and results/tflm.json.

Run as a program, it writes them.
"""

import json
import re
from functools import partial
from pathlib import Path

from ecgprune.formatting import grouped

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "results" / "bench.json"
TFLM = ROOT / "results" / "tflm.json"
FULL = ROOT / "results" / "bench.md"
PLACE = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)
MODELS = ("A", "B")
MAIN = "Cortex-M4"
SHOWN = ("dense", "weight 60%", "weight 80%", "block 60%", "block 80%")
number = partial(grouped, missing="")


class Bench:
    """Both files, and what follows from them."""

    def __init__(self):
        self.bench, self.tflm = json.loads(BENCH.read_text()), json.loads(TFLM.read_text())
        self.rows = {(r["model"], r["pattern"], r["core"], r["optimize"]): r for r in self.bench["rows"]}
        self.rivals = {(r["model"], r["core"]): r for r in self.tflm["tflm_cmsis_nn"]}
        self.targets = self.tflm["targets"]
        self.cores = list(dict.fromkeys(r["core"] for r in self.bench["rows"]))

    def share(self, row, key):
        """Of what TFLM + CMSIS-NN takes; None where there is no such figure."""
        rival = self.rivals.get((row["model"], row["core"]))
        return row[key] / rival[key] if rival and rival[key] else None

    def target(self, row, key):
        """The share that was to be reached; None where none was set."""
        wanted = None
        if key == "instructions" and row["optimize"] == "speed":
            wanted = self.targets["instructions"].get(row["core"], {}).get(row["pattern"])
        elif key == "flash_bytes" and row["core"] == MAIN and row["optimize"] == "flash":
            wanted = self.targets["flash"].get(row["pattern"])
        elif key == "ram_bytes" and row["core"] == MAIN:
            wanted = self.targets["ram"].get(row["optimize"])
        return wanted[MODELS.index(row["model"])] if wanted else None

    def cell(self, row, key):
        """0.27 / 0.25 with its target, bold where that is reached."""
        share, target = self.share(row, key), self.target(row, key)
        if share is None:
            return ""
        shown = f"{share:.2f}"
        if target is None:
            return shown
        return f"**{shown}** / {target:.2f}" if share <= target else f"{shown} / {target:.2f}"

    def errors(self):
        """Relative errors of the predicted totals."""
        return [r["instructions_estimate"] / r["instructions"] - 1 for r in self.bench["rows"]]


def main_table(b):
    """The default board in full."""
    lines = [
        f"| {MAIN} | instructions | share | cycles | flash | share | `flash` | RAM | share | `ram` |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for model in MODELS:
        rival = b.rivals[model, MAIN]
        lines.append(
            f"| {model}, TFLM, its own kernels | {number(rival['instructions_reference_kernels'])} | | | | | | | | |"
        )
        of_rival = " | | | ".join(number(rival[key]) for key in ("instructions", "flash_bytes"))
        lines.append(f"| {model}, TFLM + CMSIS-NN | {of_rival} | | | {number(rival['ram_bytes'])} | | |")
        for pattern in b.bench["patterns"]:
            row = b.rows[model, pattern, MAIN, "speed"]
            cells = [number(row["instructions"]), b.cell(row, "instructions"), b.cell(row, "cycles_estimate")]
            for key, way in (("flash_bytes", "flash"), ("ram_bytes", "ram")):
                cells += [number(row[key]), b.cell(row, key), b.cell(b.rows[model, pattern, MAIN, way], key)]
            lines.append(f"| {model}, {pattern} | {' | '.join(cells)} |")
    return lines


def core_table(b):
    """One line per other core."""
    names = [f"{model} {pattern}" for model in MODELS for pattern in SHOWN]
    lines = ["| instructions | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for core in b.cores:
        if core != MAIN:
            rows = [b.rows[model, pattern, core, "speed"] for model in MODELS for pattern in SHOWN]
            cells = [b.cell(row, "instructions") or f"{row['instructions'] / 1e6:.2f} M" for row in rows]
            lines.append(f"| {core} | " + " | ".join(cells) + " |")
    return lines


def verdict(b):
    """How many of the targets are reached: flash is judged where flash is spared, RAM where speed or RAM is."""
    judged = [
        b.share(row, key) <= b.target(row, key)
        for row in b.bench["rows"]
        for key in ("instructions", "flash_bytes", "ram_bytes")
        if b.target(row, key) is not None
    ]
    return sum(judged), len(judged)


def current():
    """What stands in README.md."""
    b = Bench()
    errors, (reached, targets) = b.errors(), verdict(b)
    exact = all(row["bit_exact"] for row in b.bench["rows"])
    return "\n".join(
        [
            "Two networks with random weights (A: 95 770 multiply-accumulates, B: 1 403 168), dense and pruned weight "
            "by weight or in 1x4 blocks. Shares are of what TFLM + CMSIS-NN takes for the same network on the same "
            "core; behind a slash the share that was to be reached, bold where it is. `cycles` is the share of "
            "estimated cycles. Generated for speed, but for the shares under `flash` and `ram`, which are those of "
            "`--optimize flash` and `--optimize ram`:",
            "",
            *main_table(b),
            "",
            "On the other cores, as shares (on the Cortex-M0, which has no CMSIS-NN figure, in millions):",
            "",
            *core_table(b),
            "",
            f"One inference, counted by QEMU, {'every' if exact else 'NOT every'} output byte equal to TFLM's; bytes "
            f"net of an empty image. {reached} of {targets} targets are reached. The cost model's prediction is off by "
            f"{sum(map(abs, errors)) / len(errors):.1%} on average, {max(errors, key=abs):+.1%} at most. Made by "
            "`make bench`; all of it, for RAM and flash as well, is in [results/bench.md](results/bench.md), and how "
            "TFLM was measured in [results/tflm.json](results/tflm.json). Random weights leave more channels empty "
            "than training does, and empty channels are left out: that flatters A and B above 60%. On the Cortex-M55 "
            "the sparse forms gather: one instruction, but more cycles than one, and how many is not published.",
            "",
        ]
    )


def full():
    """results/bench.md: every row."""
    b = Bench()
    lines = [
        "# Measured by `make bench`",
        "",
        f"TFLM: {b.tflm['how']}",
        "",
        *(f"- {name}: {text}" for name, text in b.tflm["models"].items()),
        "",
        "Shares are of TFLM + CMSIS-NN's figures; behind a slash the share that was to be reached, bold where it is.",
        "Predicted: the cost model's error. Cycles are estimates from instruction classes.",
    ]
    for core, optimize in dict.fromkeys((r["core"], r["optimize"]) for r in b.bench["rows"]):
        lines += [
            "",
            f"## {core}, for {optimize}",
            "",
            "| model | instructions | share | predicted | cycles | flash | share | RAM | share | arena | stack |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in (r for r in b.bench["rows"] if (r["core"], r["optimize"]) == (core, optimize)):
            error = row["instructions_estimate"] / row["instructions"] - 1
            lines.append(
                f"| {row['model']}, {row['pattern']} | {number(row['instructions'])} | {b.cell(row, 'instructions')} "
                f"| {error:+.1%} | {number(row['cycles_estimate'])} | {number(row['flash_bytes'])} "
                f"| {b.cell(row, 'flash_bytes')} | {number(row['ram_bytes'])} | {b.cell(row, 'ram_bytes')} "
                f"| {number(row['arena_bytes'])} | {number(row['stack_bytes'])} |"
            )
    return "\n".join([*lines, ""])


def write():
    """Writes both."""
    FULL.write_text(full())
    readme = ROOT / "README.md"
    readme.write_text(PLACE.sub(lambda _: current(), readme.read_text()))


if __name__ == "__main__":
    write()
