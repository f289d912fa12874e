"""Writes the tables of README.md and docs, from results/ and firmware/boards/.

`make results`, `reproduce` and `bench` run it, and the tools whose results it shows.

A table stands between <!-- name --> and <!-- /name -->; a test holds what stands there against the result files.
"""

import re
from pathlib import Path

import table_bench
import table_beside
import table_board
import table_boards
import table_compilers
import table_cycles
import table_models
import table_objectives
import table_packages
import table_prediction
import table_pruning
import table_runs
import table_score
import table_shipped
import table_stages
import table_streaming

ROOT = Path(__file__).parent.parent
TABLES = {
    "README.md": {"summary": table_bench.summary},
    "docs/guide/board.md": {"known": table_boards.known, "hardware": table_boards.hardware},
    "docs/guide/packages.md": {"checks": table_packages.checks, "new-user": table_packages.new_user},
    "docs/guide/sdk.md": {"sdks": table_packages.sdks},
    "docs/guide/score.md": {"detectors": table_score.detectors, "agreement": table_score.agreement},
    "docs/results/mitdb.md": {"run": table_runs.run, "shipped": table_shipped.main, "configs": table_runs.configs,
                              "parts": table_runs.parts},
    "docs/results/pruning.md": {
        "targets": table_pruning.targets,
        "models": table_pruning.models,
    },
    "docs/results/stages.md": {
        "chosen": table_stages.chosen,
        "gained": table_stages.gained,
        "scores": table_stages.scores,
    },
    "docs/results/beside.md": {"ours": table_beside.ours},
    "docs/results/mixed.md": {"frozen": table_beside.frozen},
    "docs/results/streaming.md": {
        "gross": table_streaming.gross,
        "lost": table_streaming.lost,
        "noise": table_streaming.noise,
        "detection": table_streaming.detection,
        "mixed": table_streaming.mixed,
        "small": table_streaming.small,
    },
    "docs/results/live-board.md": {
        "records": table_board.records,
        "parts": table_board.parts,
        "ram": table_board.ram,
        "battery": table_board.battery,
        "equal": table_board.equal,
        "fuzzing": table_board.fuzzing,
    },
    "docs/results/bench.md": {
        "cortex-m4": table_bench.main,
        "cores": table_bench.cores,
        "objectives": table_objectives.main,
        "checked": table_bench.checked,
        "how": table_bench.how,
    },
    "docs/results/method.md": {"compilers": table_compilers.main},
    "docs/results/models.md": {"models": table_models.main, "how": table_models.how},
    "docs/results/boards.md": {"boards": table_bench.boards},
    "docs/results/cycles.md": {
        "networks": table_cycles.networks,
        "direct": table_cycles.direct,
        "mlperf": table_cycles.mlperf,
        "classes": table_cycles.classes,
        "counters": table_cycles.counters,
    },
    "docs/internals/cost-model.md": {
        "prediction": table_prediction.main,
        "cores": table_cycles.cores,
        "rules": table_cycles.rules,
    },
}
"""{file: {name of the table: function that returns its lines}}."""


def place(name):
    """What stands between the marks of a table."""
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)


def rendered(file):
    """The file's text with every table made anew.

    Raises ValueError where a table's marks are not there, or there twice.
    """
    text = (ROOT / file).read_text()
    for name, lines in TABLES[file].items():
        body = "\n".join(["", *lines()]).rstrip() + "\n\n"
        text, count = place(name).subn(lambda _, body=body: body, text)
        if count != 1:
            raise ValueError(f"{file} has {count} places for the table {name}, and 1 is needed")
    return text


def write():
    """Writes every file of TABLES."""
    for file in TABLES:
        (ROOT / file).write_text(rendered(file))


if __name__ == "__main__":
    write()
