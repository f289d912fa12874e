"""Writes the C, configs and model cards of firmware/models anew, from each folder's model.tflite and committed results.

What a card says of boards is from results/shipped.json, the rest from the run's report.

The .tflite and its test vectors stay as they are; nothing is trained. A test holds the committed files equal to this.
"""

import json
from pathlib import Path

import table_shipped

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
BALANCED = "small"
"""This run selected kernels by `speed`. With `balanced`, today's default, live ECG with its model fits 6 KB of RAM."""


def config_text(model):
    """The config of the run that a shipped model comes from, with the objective that it ships with."""
    text = (ROOT / "results" / RUNS[model] / "config.toml").read_text(encoding="utf-8")
    return text.replace('optimize = "speed"', 'optimize = "balanced"') if model == BALANCED else text


def config(model):
    """The same, checked."""
    return parse(config_text(model), f"config of {model}")


def files(model):
    """{file name: text} of a shipped model: its C for the core of the config's first board, its config and its card."""
    settings = config(model)
    graph = read(MODELS / model / "model.tflite")
    target = Target.for_board(find_board(settings.firmware.boards[0]).core, settings.export.optimize)
    generated = generate(graph, settings.export.name, settings.export.sparse, target, contract_of(settings.data))
    return generated.files | {"README.md": card(model), "config.toml": config_text(model)}


def card(model):
    """The model card of a shipped model."""
    report = json.loads((ROOT / "results" / RUNS[model] / "report.json").read_text(encoding="utf-8"))
    return model_card(report | {"firmware": table_shipped.rows(model)}, config(model))


def main():
    for model in RUNS:
        for name, text in files(model).items():
            (MODELS / model / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
