"""The tables about cycles: results/bench.json beside results/anchors.json, and the timing tables of ecgprune/board.

Written by docs_tables.py.
"""

import json

import table_bench
from docs_format import number

from ecgprune.board.timings import CORES, RULES
from ecgprune.formatting import percent

ANCHORS = table_bench.ANCHORS
SHOWN = ("Cortex-M4", "Cortex-M33", "Cortex-M7", "Cortex-M55")
DIRECT = "CMSIS-NN called directly"
GOALS = {
    "Cortex-M4": (0.50, 0.29, 0.17, 0.23, 0.125), "Cortex-M33": (0.50, 0.29, 0.17, 0.23, 0.125),
    "Cortex-M7": (0.45, 0.32, 0.18, 0.22, 0.13), "Cortex-M55": (0.42, 0.42, 0.35, 0.28, 0.18),
}  # fmt: skip
"""{core: shares of CMSIS-NN called directly that were to be reached, model B, in the order of table_bench.SHOWN}."""
MLPERF = {"kws": "keyword spotting", "ic": "image classification", "ad": "anomaly detection"}


def anchors():
    return json.loads(ANCHORS.read_text())


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


def ours():
    """{(model, pattern, core): row} of the bench, optimized for speed."""
    rows = json.loads(table_bench.BENCH.read_text())["rows"]
    return {(r["model"], r["pattern"], r["core"]): r for r in rows if r["optimize"] == "speed"}


def networks():
    """Models A and B of the bench beside the anchors."""
    found, bench = anchors(), ours()
    lines = ["| cycles | " + " | ".join(SHOWN) + " |", "|---|" + "---|" * len(SHOWN)]
    for model in table_bench.MODELS:
        here = {(r["what"], r["core"]): r for r in found["measured"] if r["model"] == model}
        there = {(r["what"], r["core"]): r for r in found["estimated"] if r["model"] == model}
        for what in ("TFLM + CMSIS-NN", DIRECT):
            cells = [table_bench.cycles(here.get((what, core))) for core in SHOWN]
            lines.append(f"| {model}, {what} | {' | '.join(cells)} |")
        what = "ns-cmsis-nn called directly"
        cells = [number(there[what, core]["cycles"]) + " ¹" if (what, core) in there else "" for core in SHOWN]
        lines.append(f"| {model}, {what} | {' | '.join(cells)} |")
        for pattern in dict.fromkeys(pattern for name, pattern, _ in bench if name == model):
            cells = [table_bench.cycles(bench.get((model, pattern, core))) for core in SHOWN]
            lines.append(f"| {model}, ecgprune, {pattern} | {' | '.join(cells)} |")
    return [
        *lines, "", f"TFLM + CMSIS-NN: {found['measured_source']}", "", f"{DIRECT}: {found['direct_source']}", "",
        f"¹ {found['estimated_source']}",
    ]  # fmt: skip


def direct():
    """Model B's shares of CMSIS-NN called directly: by this counter, and by the other's figure, which set the goals."""
    found, bench = anchors(), ours()
    here = {r["core"]: r["cycles_estimate"] for r in found["measured"] if (r["what"], r["model"]) == (DIRECT, "B")}
    there = {r["core"]: r["cycles"] for r in found["estimated"] if (r["what"], r["model"]) == (DIRECT, "B")}
    there["Cortex-M33"] = there["Cortex-M4"]  # the goals take both cores together
    lines = ["| model B: this counter, the other, goal | " + " | ".join(SHOWN) + " |", "|---|" + "---|" * len(SHOWN)]
    for number_of_pattern, pattern in enumerate(table_bench.SHOWN):
        cells = []
        for core in SHOWN:
            cycles, goal = bench["B", pattern, core]["cycles_estimate"], GOALS[core][number_of_pattern]
            shares = [cycles / anchor[core] for anchor in (here, there)]
            shown = ", ".join(f"**{share:.3f}**" if share <= goal else f"{share:.3f}" for share in shares)
            cells.append(f"{shown}, {goal:.3f}")
        lines.append(f"| {pattern} | {' | '.join(cells)} |")
    return lines


def classes():
    """The Cortex-M4 by both models of ecgprune: shares of TFLM + CMSIS-NN by the same model."""
    bench = table_bench.Bench()
    lines = ["| Cortex-M4 | llvm-mca | share | instruction classes | share | classes over llvm-mca |", "|---" * 6 + "|"]
    for model in table_bench.MODELS:
        rival = bench.rivals[model, table_bench.MAIN]
        rows = [(f"{model}, TFLM + CMSIS-NN", rival)]
        rows += [(f"{model}, ecgprune, {r['pattern']}", r) for r in ours().values()
                 if (r["model"], r["core"]) == (model, table_bench.MAIN)]  # fmt: skip
        for name, row in rows:
            cells = []
            for key in ("cycles_estimate", "cycles_classes"):
                share = "" if row is rival else f"{row[key] / rival[key]:.2f}"
                cells += [number(row[key]), share]
            difference = percent(row["cycles_classes"] / row["cycles_estimate"] - 1, signed=True)
            lines.append(f"| {name} | {' | '.join(cells)} | {difference} |")
    return lines


def counters():
    """This counter's estimates beside those of the other one, for the same networks and an earlier ecgprune."""
    found = anchors()
    lines = ["| | this counter | the other | difference |", "|---|---|---|---|"]
    here = {(r["what"], r["model"], r["core"]): r for r in (*found["measured"], *found["earlier"])}
    for row in found["estimated"]:
        what = row["what"]
        mine = here.get((what, row["model"], row["core"]))
        if mine is None or mine["cycles_estimate"] is None:
            continue
        share = mine["cycles_estimate"] / row["cycles"] - 1
        lines.append(
            f"| {row['model']}, {what}, {row['core']} | {number(mine['cycles_estimate'])} | {number(row['cycles'])} "
            f"| {100 * share:+.1f} % |"
        )
    return lines


def mlperf():
    """MLPerf Tiny: estimates, and results published on silicon."""
    found = anchors()
    lines = ["| million cycles | date | " + " | ".join(MLPERF.values()) + " |", "|---|---|" + "---|" * len(MLPERF)]
    names = {("native", "dense"): "ecgprune, dense", ("native", "block 60%"): "ecgprune, block 60%, not retrained",
             ("tflm", "dense"): "TFLM + CMSIS-NN"}  # fmt: skip
    rows = json.loads((ANCHORS.parent / "models.json").read_text())["rows"]
    measured = {(r["core"], names.get((r["runtime"], r["pattern"])), r["model"]): r for r in rows}
    for core in dict.fromkeys(core for core, _, _ in measured):
        for what in names.values():
            cells = [million(measured.get((core, what, model))) for model in MLPERF]
            if any(cells):
                lines.append(f"| {core}, estimate: {what} | | {' | '.join(cells)} |")
    for row in found["published"]:
        cells = [f"{row['clock_hz'] / row['inferences_per_s'][model] / 1e6:.2f}" for model in MLPERF]
        name = f"{row['core']} ({row['part']}): {row['engine']} {row['round']}"
        lines.append(f"| {name} | {row['date']} | {' | '.join(cells)} |")
    return [*lines, "", found["published_source"]]


def million(row):
    """4.11 to 4.91."""
    if row is None:
        return ""
    high = row.get("cycles_high")
    return f"{row['cycles_estimate'] / 1e6:.2f}" + (f" to {high / 1e6:.2f}" if high else "")
