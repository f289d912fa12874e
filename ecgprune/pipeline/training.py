"""From beats to an int8 model."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from ecgprune.artifacts import Progress, write_json
from ecgprune.config import Config
from ecgprune.pipeline.data import DATASET, load
from ecgprune.steps import Step

__all__ = ["steps"]


def steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    common = [config.seed, asdict(config.model), asdict(config.train)]
    code = ("training",)

    def train(progress: Progress) -> None:
        from ecgprune.training import fit

        fit.train_dense(load(run), config, run / "dense.keras", run / "dense.json", run / "logs" / "dense", progress)

    def prune(index: int, progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        dense, source, out = (run / name for name in ("dense.keras", sources[index], stages[index]))
        pruning.run_stage(load(run), config, index, dense, source, out, progress)

    def one_shot(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.one_shot(load(run), config, run / "dense.keras", run / "prune" / "one-shot.keras", progress)

    def finish(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.finish(config, run / "prune", run / "pruned.keras", run / "prune" / "chosen.json")

    def quantize(progress: Progress) -> None:
        from ecgprune.training import quantize as quantization

        result = quantization.quantize(load(run), config, run / "pruned.keras", run / "model.tflite", progress)
        write_json(run / "quantize.json", result)

    stages = [f"prune/stage-{i + 1:02}.keras" for i in range(len(config.prune.stages))]
    sources = ["dense.keras", *stages]
    whole = {key: value for key, value in asdict(config.prune).items() if key not in ("stages", "one_shot")}
    found = [("train", Step("dense", "train", DATASET, ("dense.keras", "dense.json"), train, common, code))]
    pruned: list[str] = []
    for i, (before, after) in enumerate(zip(sources, stages, strict=False)):
        stage = config.prune.stages[i]
        settings = [*common, asdict(stage), whole]
        made = (after, after.replace(".keras", ".json"))
        title = f"prune to {stage.target:.0%}"
        needed = (*DATASET, *dict.fromkeys(("dense.keras", before)))
        step = Step(f"stage-{i + 1:02}", title, needed, made, partial(prune, i), settings, code)
        found.append(("prune", step))
        pruned += made
    settings = [*common, asdict(config.prune)]
    if config.prune.one_shot:
        made = ("prune/one-shot.keras", "prune/one-shot.json")
        title = f"one-shot to {config.prune.stages[-1].target:.0%}"
        found.append(("prune", Step("one-shot", title, (*DATASET, "dense.keras"), made, one_shot, settings, code)))
    made = ("pruned.keras", "prune/chosen.json")
    found.append(("prune", Step("pruned", "choose stage", tuple(pruned), made, finish, settings, code)))
    inputs = (*DATASET, "pruned.keras")
    settings = [config.seed, asdict(config.quantize)]
    made = ("model.tflite", "quantize.json")
    found.append(("quantize", Step("quantize", "quantize", inputs, made, quantize, settings, code)))
    return found
