"""Writes the C, configs and model cards of firmware/models anew, from each folder's model.tflite and committed results.

The .tflite and its test vectors stay as they are; nothing is trained. A test holds the committed files equal to this.
"""

import json
from pathlib import Path

from ecgprune.board import find_board
from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.config import parse
from ecgprune.graph.reader import read
from ecgprune.pipeline.contract import contract_of
from ecgprune.pipeline.release import model_card

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "firmware" / "models"
RUNS = {"reference": "mitdb", "small": "mitdb-small", "mixed": "mixed"}
"""Folder of firmware/models -> the run in results/ that its .tflite comes from."""


def files(model):
    """{file name: text} of a shipped model: its C for the core of the config's first board, its config and its card."""
    run = ROOT / "results" / RUNS[model]
    text = (run / "config.toml").read_text(encoding="utf-8")
    config = parse(text, str(run / "config.toml"))
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    graph = read(MODELS / model / "model.tflite")
    target = Target.for_board(find_board(config.firmware.boards[0]).core, config.export.optimize)
    generated = generate(graph, config.export.name, config.export.sparse, target, contract_of(config.data))
    return generated.files | {"README.md": model_card(report, config), "config.toml": text}


def main():
    for model in RUNS:
        for name, text in files(model).items():
            (MODELS / model / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
