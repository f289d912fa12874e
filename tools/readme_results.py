"""The results table of README.md, from results/mitdb/report.json. Run as a program, it writes the table there."""

import json
import re
import tomllib
from pathlib import Path

from ecgprune.formatting import grouped

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"
REPORT = RESULTS / "mitdb" / "report.json"
OTHERS = ("mitdb-small", "mitdb-acharya", "mitdb-inter")
COSTS = ("instructions", "flash_bytes", "ram_bytes")
PLACE = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- /results -->)", re.DOTALL)


def table(report, config):
    test = sum(report["dataset"]["beats"]["test"].values())
    total = sum(sum(part.values()) for part in report["dataset"]["beats"].values())
    zeros = f"{report['sparsity']['overall']:.0%}"
    names = {"dense": ("dense, float", "0%"), "one_shot": (f"one-shot to {zeros}, float", zeros)}
    names |= {"pruned": ("in stages, float", zeros), "int8": ("in stages, int8: the firmware's", zeros)}
    rows = [
        f"| {name} | {sparsity} | {scores['accuracy']:.2%} | {scores['macro_f1']:.4f} |"
        for key, (name, sparsity) in names.items()
        if (scores := report["accuracy"][key])
    ]
    boards = [
        f"| {row['board']} ({row['core']}) | {grouped(row['instructions'])} | {grouped(row['flash_bytes'])} "
        f"| {grouped(row['ram_bytes'])} | {grouped(row['stack_bytes'])} "
        f"| {'equal' if row['bit_exact'] else 'DIFFERENT'}, {row['vectors']} beats |"
        for row in report["firmware"]
    ]
    versions, macs = report["versions"], report["macs"]
    return "\n".join(
        [
            f"Config `{report['name']}`: {grouped(total)} beats, split `{report['dataset']['split']}`, "
            f"seed {config['seed']}, {grouped(test)} test beats, in no training, calibration or choice of stage:",
            "",
            "| model | zeros | accuracy | macro-F1 |",
            "|---|---|---|---|",
            *rows,
            "",
            "| board | instructions per beat | flash | RAM | of it stack | against TFLM |",
            "|---|---|---|---|---|---|",
            *boards,
            "",
            "One source for all boards, its kernels chosen for the first; `--board` names another. "
            "Instructions as executed by QEMU; bytes net of an empty image. "
            f"{grouped(macs['effective'])} of {grouped(macs['dense'])} multiply-accumulates are left. "
            f"TensorFlow {versions['tensorflow']}, tflite-micro {versions['tflite-micro']}. "
            "Made by `make results`, from [results/mitdb/report.json](results/mitdb/report.json).",
            "",
        ]
    )


def score(found):
    return f"{found['macro_f1']:.3f}" if found else ""


def comparison(reports):
    """Dense, one-shot and staged models of several configs side by side."""
    keys = ("dense", "one_shot", "pruned", "int8")
    return "\n".join(
        [
            "",
            "Macro-F1 on test beats for every shipped config on MIT-BIH, one seed each:",
            "",
            "| config | network | split | zeros | dense | one-shot | staged | int8 | M4 instructions | flash | RAM |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            *(
                f"| `{r['name']}` | {r['model']['network']} | {r['dataset']['split']} "
                f"| {r['sparsity']['overall']:.0%} | "
                + " | ".join(score(r["accuracy"].get(key)) for key in keys)
                + "".join(f" | {grouped(r['firmware'][0][key])}" for key in COSTS)
                + " |"
                for r in reports
            ),
            "",
            "Zeros are shares of the weights that are left: `mitdb-small` takes channels out first.",
            "",
        ]
    )


def current():
    config = tomllib.loads((REPORT.parent / "config.toml").read_text())
    reports = [json.loads((RESULTS / name / "report.json").read_text()) for name in ("mitdb", *OTHERS)]
    return table(reports[0], config) + comparison(reports)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(PLACE.sub(lambda _: current(), readme.read_text()))
