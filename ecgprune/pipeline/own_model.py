"""The run folder in which a user's own model is pruned and quantized: `ecgprune prune MODEL`.

    RUN/pruning.json       what is asked for
    RUN/dense.keras        the model, as tf_keras takes it
    RUN/prune/stage-NN.keras, .json   each stage, from the one before
    RUN/pruned.keras       the last stage that reached its floor
    RUN/model.tflite       int8
    RUN/quantize.json      what that did to the outputs
    RUN/report.json        what was reached
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import Progress, read_json, replacing, sha256_file, write_json
from ecgprune.errors import reading
from ecgprune.pipeline.run_folder import Marker, RunFolder, Step, open_folder

if TYPE_CHECKING:
    from ecgprune.training.outcome import StageResult
    from ecgprune.training.own import Pruning
    from ecgprune.training.own_options import Options

__all__ = ["Request", "opened", "report", "steps"]

_MARKER, _REPORT = "pruning.json", "report.json"
_DENSE, _PRUNED, _TFLITE, _ABOUT_TFLITE = "dense.keras", "pruned.keras", "model.tflite", "quantize.json"
_CALIBRATION = 200
_CODE = ("training", "graph/tflite.py")


@dataclass(frozen=True)
class Request:
    """What `ecgprune prune MODEL` is asked for.

    Attributes:
        model: the file of the model.
        train: .npz of the training examples.
        validation: .npz of the validation examples.
        options: see `own_options.Options`; loss and metric are names.
        representative: .npz or .npy to calibrate on; None: training examples.
    """

    model: Path
    train: Path
    validation: Path
    options: Options
    representative: Path | None = None

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What the folder's marker holds: hashes of the files, and the options."""
        files = {"model": self.model, "train": self.train, "validation": self.validation}
        if self.representative is not None:
            files["representative"] = self.representative
        return {"schema_version": 1, **{name: _hash(path) for name, path in files.items()}, **asdict(self.options)}

    def left_dense(self) -> list[tuple[str, str]]:
        """(layer, why) of the layers that are not pruned."""
        return [(layer.name, layer.reason) for layer in self.pruning.dense_layers]

    @cached_property
    def pruning(self) -> Pruning:
        """The checked examples with the model; loading them takes seconds, and is done once."""
        from ecgprune.training import own, user_model

        return own.Pruning(user_model.taken(self.model), self.train, self.validation, self.options)


@contextmanager
def opened(request: Request, out: Path, *, update: bool) -> Iterator[RunFolder]:
    """The run folder of a request; everything that was asked for is checked before it is created.

    Raises:
        EcgpruneError: as `own.Pruning`, `user_model.taken` and `run_folder.open_folder`.
    """
    _ = request.pruning
    marker = Marker(_MARKER, request.settings, lambda value: json.dumps(value, indent=2) + "\n", read_json, "request")
    with open_folder(out, marker, update=update) as run:
        yield run


def steps(request: Request, run: Path) -> Iterator[Step]:
    """The steps in order. A stage comes only after one that reached its floor, so each is to be done before the next is
    asked for."""
    common = {**asdict(request.options), "stages": None, "train": request.settings["train"]}
    common["validation"] = request.settings["validation"]
    yield Step(
        name="dense",
        title="take the model",
        inputs=(),
        outputs=(_DENSE, "dense.json"),
        work=_dense(request, run),
        settings=request.settings,
        code=_CODE,
    )
    source, stages = _DENSE, list[str]()
    for index, stage in enumerate(request.options.stages):
        out = f"prune/stage-{index + 1:02}.keras"
        outputs = (out, out.replace(".keras", ".json"))
        title = f"prune to {stage.target:.0%}"
        work = _stage(request, run, index, source, out)
        yield Step(
            name=Path(out).stem,
            title=title,
            inputs=(_DENSE, source),
            outputs=outputs,
            work=work,
            settings=[common, asdict(stage)],
            code=_CODE,
        )
        stages.append(out)
        source = out
        if not read_json(run / outputs[1])["passed"]:
            break
    kept = [name for name in stages if read_json(run / name.replace(".keras", ".json"))["passed"]]
    last = kept[-1] if kept else _DENSE
    yield Step(
        name="pruned",
        title="choose stage",
        inputs=(last,),
        outputs=(_PRUNED,),
        work=_copied(run / last, run / _PRUNED),
    )
    settings = [request.settings.get("representative"), request.settings["train"], request.options.seed]
    yield Step(
        name="quantize",
        title="quantize",
        inputs=(_PRUNED,),
        outputs=(_TFLITE, _ABOUT_TFLITE),
        work=_quantized(request, run),
        settings=settings,
        code=_CODE,
    )
    results = tuple(name.replace(".keras", ".json") for name in stages)
    yield Step(
        name="report",
        title="report",
        inputs=("dense.json", *results, _TFLITE, _ABOUT_TFLITE),
        outputs=(_REPORT,),
        work=_reported(request, run, results),
    )


def report(run: Path) -> dict[str, Any]:
    """report.json of a finished run."""
    return read_json(run / _REPORT)


Work = Callable[[Progress], None]


def _dense(request: Request, run: Path) -> Work:
    def work(progress: Progress) -> None:
        from ecgprune.training import keras_file

        pruning = request.pruning
        layers = [asdict(layer) for layer in pruning.dense_layers]
        about = {"loss": pruning.task.objective.name, "metric": pruning.task.metric, "dense_layers": layers}
        write_json(run / "dense.json", {"dense": pruning.dense_scores(), **about})
        keras_file.save(pruning.dense, run / _DENSE)

    return work


def _stage(request: Request, run: Path, index: int, source: str, out: str) -> Work:
    def work(progress: Progress) -> None:
        from ecgprune.training import keras_file

        done: StageResult = request.pruning.run(index, keras_file.load(run / source), progress)
        about = {"index": done.index, "target": done.target, "scores": done.scores, "passed": done.passed}
        keras_file.save(done.model, run / out)
        write_json((run / out).with_suffix(".json"), {**about, **done.report})

    return work


def _copied(source: Path, out: Path) -> Work:
    def work(progress: Progress) -> None:
        with replacing(out) as new:
            shutil.copyfile(source, new)

    return work


def _quantized(request: Request, run: Path) -> Work:
    def work(progress: Progress) -> None:
        from ecgprune.pipeline import converting
        from ecgprune.training import keras_file

        given: Any = request.representative
        if given is None:
            task = request.pruning.task
            given, _, _ = task.examples(None, task.drawn(_CALIBRATION, request.options.seed))
        found = converting.quantize(keras_file.load(run / _PRUNED), given, progress)
        with replacing(run / _TFLITE) as new:
            new.write_bytes(found.content)
        write_json(run / _ABOUT_TFLITE, found.told)

    return work


def _reported(request: Request, run: Path, results: tuple[str, ...]) -> Work:
    def work(progress: Progress) -> None:
        dense = read_json(run / "dense.json")
        stages = [{key: value for key, value in read_json(run / name).items() if key != "schema_version"}
                  for name in results]  # fmt: skip
        kept = [stage["index"] for stage in stages if stage["passed"]]
        tflite = {"bytes": (run / _TFLITE).stat().st_size, "sha256": sha256_file(run / _TFLITE)}
        made = read_json(run / _ABOUT_TFLITE)
        tflite |= {key: made[key] for key in ("output_error", "mended")}
        about = {"granularity": request.options.granularity, "stages": stages, "kept": kept[-1] if kept else 0}
        write_json(run / _REPORT, {**dense, **about, "tflite": tflite})

    return work


def _hash(path: Path) -> str:
    with reading(path):
        return sha256_file(path)
