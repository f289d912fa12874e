"""The bench tables, from results/bench.json and results/tflm.json. Written by docs_tables.py for `make bench`."""

import json
from pathlib import Path

from docs_format import number

from ecgprune.formatting import percent

ROOT = Path(__file__).parent.parent
BENCH = ROOT / "results" / "bench.json"
ANCHORS = ROOT / "results" / "anchors.json"
TFLM = ROOT / "results" / "tflm.json"
MODELS = ("A", "B")
MAIN = "Cortex-M4"
SHOWN = ("dense", "weight 60%", "weight 80%", "block 60%", "block 80%")


class Bench:
    """The bench and TFLM's figures, and what follows from them; TFLM's cycles are those of results/anchors.json."""

    def __init__(self):
        self.bench, self.tflm = json.loads(BENCH.read_text()), json.loads(TFLM.read_text())
        self.rows = {(r["model"], r["pattern"], r["core"], r["optimize"]): r for r in self.bench["rows"]}
        measured = json.loads(ANCHORS.read_text())["measured"]
        cycles = {(r["model"], r["core"]): r["cycles_estimate"] for r in measured if r["what"] == "TFLM + CMSIS-NN"}
        rivals = {(r["model"], r["core"]): r for r in self.tflm["tflm_cmsis_nn"]}
        self.rivals = {at: row | {"cycles_estimate": cycles.get(at)} for at, row in rivals.items()}
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
        return f"**{shown}**\u00a0/\u00a0{target:.2f}" if share <= target else f"{shown}\u00a0/\u00a0{target:.2f}"

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
    """(reached, all) targets: flash counts with `--optimize flash`, RAM with `speed` and `ram`."""
    judged = [
        b.share(row, key) <= b.target(row, key)
        for row in b.bench["rows"]
        for key in ("instructions", "flash_bytes", "ram_bytes")
        if b.target(row, key) is not None
    ]
    return sum(judged), len(judged)


def summary():
    """README's six rows: model B on the default board."""
    b = Bench()
    rival = b.rivals["B", MAIN]
    keys = ("instructions", "cycles_estimate", "flash_bytes", "ram_bytes")
    lines = [
        "| model B, Cortex-M4 | instructions | estimated cycles | flash | RAM |",
        "|---|---|---|---|---|",
        "| TFLM + CMSIS-NN | " + " | ".join(number(rival[key]) for key in keys) + " |",
    ]
    for pattern in SHOWN:
        row = b.rows["B", pattern, MAIN, "speed"]
        cells = [f"{number(row[key])} ({b.share(row, key):.2f})" for key in keys]
        lines.append(f"| ecgprune, {pattern} | " + " | ".join(cells) + " |")
    return lines


def checked():
    """One sentence each on equality, targets and the cost model."""
    b = Bench()
    errors, (reached, targets) = b.errors(), verdict(b)
    mean = sum(map(abs, errors)) / len(errors)
    exact = all(row["bit_exact"] for row in b.bench["rows"])
    vectors = {row["vectors"] for row in b.bench["rows"]}
    predicted = {row["core"] for row in b.bench["rows"] if row.get("cycles_predicted")}
    cycles = [r["cycles_predicted"] / r["cycles_estimate"] - 1 for r in b.bench["rows"] if r.get("cycles_predicted")]
    return [
        f"{'Every' if exact else 'NOT every'} row was checked on {' or '.join(map(str, sorted(vectors)))} random "
        f"vectors: {'all' if exact else 'not all'} output bytes equal TFLM's. {reached} of {targets} targets are "
        f"reached. The cost model's prediction of instructions is off by {percent(mean)} on "
        f"average, {percent(max(errors, key=abs), signed=True)} at most; of cycles, on the "
        f"{' and the '.join(sorted(predicted))}, by {percent(sum(map(abs, cycles)) / len(cycles))} on average, "
        f"{percent(max(cycles, key=abs), signed=True)} at most."
    ]


def how():
    """How TFLM was measured, in the words of results/tflm.json."""
    tflm = Bench().tflm
    return [tflm["how"], "", *(f"- Model {name}: {text}" for name, text in tflm["models"].items())]


def main():
    """The default board in full."""
    return main_table(Bench())


def cores():
    """The other cores."""
    return core_table(Bench())


def cycles(row):
    """340 708 to 435 091; nothing where there is no estimate."""
    if row is None or row.get("cycles_estimate") is None:
        return ""
    high = row.get("cycles_high")
    return number(row["cycles_estimate"]) + (f" to {number(high)}" if high else "")


def cycle_error(row):
    """How far the prediction lies from the estimate; nothing where the core's cycles are not predicted."""
    predicted = row.get("cycles_predicted")
    return percent(predicted / row["cycles_estimate"] - 1, signed=True) if predicted else ""


def boards():
    """Every row."""
    b = Bench()
    lines = []
    for core, optimize in dict.fromkeys((r["core"], r["optimize"]) for r in b.bench["rows"]):
        lines += [
            f"## {core}, optimized for {optimize}",
            "",
            "| model | cycles | predicted | instructions | share | predicted | flash | share | RAM | share | arena "
            "| stack |",
            "|---" * 12 + "|",
        ]
        for row in (r for r in b.bench["rows"] if (r["core"], r["optimize"]) == (core, optimize)):
            error = row["instructions_estimate"] / row["instructions"] - 1
            lines.append(
                f"| {row['model']}, {row['pattern']} | {cycles(row)} | {cycle_error(row)} "
                f"| {number(row['instructions'])} | {b.cell(row, 'instructions')} "
                f"| {percent(error, signed=True)} | {number(row['flash_bytes'])} "
                f"| {b.cell(row, 'flash_bytes')} | {number(row['ram_bytes'])} | {b.cell(row, 'ram_bytes')} "
                f"| {number(row['arena_bytes'])} | {number(row['stack_bytes'])} |"
            )
        lines.append("")
    return lines
