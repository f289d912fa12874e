"""Scores a trained model on the records of any database; see `ecg.evaluation` for how beats are counted."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ecgprune.artifacts import Progress, no_progress, read_json
from ecgprune.config import DataConfig
from ecgprune.errors import DataError
from ecgprune.pipeline.trained_model import TrainedModel

if TYPE_CHECKING:
    from ecgprune.ecg import evaluation
    from ecgprune.ecg.databases.registry import Database

__all__ = ["Request", "evaluate_model"]


@dataclass(frozen=True)
class Request:
    """What is to be scored.

    Attributes:
        data: the folder of records.
        database: its name in the registry; None: told by the names of the records.
        lead: the signal to use; None: the model's own, else the database's, else the first. A record without a lead
            that is asked for is left out.
        annotator: suffix of the annotation files; "": the database's own.
        split: a list of the registry, "ds2" of mitdb for example, that names the records to use; None: all.
        resamples: of the bootstrap.
        seed: draws them.
    """

    data: Path
    database: str | None = None
    lead: str | None = None
    annotator: str = ""
    split: str | None = None
    resamples: int = 2000
    seed: int = 1


def evaluate_model(model: TrainedModel, request: Request, progress: Progress = no_progress) -> dict[str, Any]:
    """Scores a model, ready for JSON; `report.schema_evaluation.Evaluation` says what it holds.

    Args:
        model: the model.
        request: what it is scored on.
        progress: called before each record.

    Raises:
        DataError: no such folder, no records of use, or a damaged one.
        ArtifactError, DataError, TrainingError: the records' beats do not fit the model.
    """
    from ecgprune.ecg import evaluation
    from ecgprune.ecg.beat_codes import classes_of
    from ecgprune.ecg.dataset import CLASSES

    database, names, missing = _records(request)
    data = _settings(model.config.data, database, request)
    answers: list[evaluation.Answers] = []
    hashes: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    left_out = dict.fromkeys(missing, "not in the folder")
    for found in _each(partial(_answers, model, request.data, data, database), names, model.kind, progress):
        hashes |= found.hashes
        notes |= {found.record: found.notes} if found.notes else {}
        if found.answers is None:
            left_out[found.record] = found.why
        else:
            answers.append(found.answers)
    if not answers:
        name, why = next((n, w) for n, w in left_out.items() if n not in missing)
        raise DataError(f"no record of {request.data} can be scored; {name}: {why}")
    progress(1.0, "intervals")
    trained = _trained_on(model, database)
    parts = evaluation.subsets(database, [a.record for a in answers], trained or ())
    scored = [evaluation.score(answers, CLASSES, part, request.resamples, request.seed) for part in parts]
    return {
        "schema_version": 1,
        "model": _about(model),
        "database": {
            "name": database.name,
            "title": database.title,
            "split": request.split,
            "records": len(answers),
            "records_of_database": len(database.records) or None,
            "patients": len({a.patient for a in answers}),
            "trained_on": None if trained is None else [a.record for a in answers if a.record in trained],
            "left_out": {
                **{why: sum(a.left_out[why] for a in answers) for why in evaluation.LEFT_OUT},
                "records": left_out,
            },
            "notes": notes,
        },
        "classes": list(CLASSES),
        "rules": evaluation.rules(classes_of(data.beats), CLASSES),
        "bootstrap": {"over": "patients", "resamples": request.resamples, "seed": request.seed, "level": 0.95},
        "results": [found for found in scored if found is not None],
        "records": evaluation.per_record(answers, CLASSES),
        "input_hashes": hashes,
    }


def _about(model: TrainedModel) -> dict[str, Any]:
    config, data = model.config, model.config.data
    return {
        "file": model.path.name,
        "config": config.name,
        "seed": config.seed,
        "network": config.model.name,
        "kind": model.kind,
        "runtime": model.runtime,
        "sha256": model.sha256,
        "bytes": model.path.stat().st_size,
        "database": data.database,
        "split": data.split,
        "sample_rate_hz": data.sample_rate_hz,
        "window": data.window,
    }


def _records(request: Request) -> tuple[Database, list[str], list[str]]:
    """(the database, its records to score, records that its lists name and the folder lacks)."""
    from ecgprune.ecg import records
    from ecgprune.ecg.databases import registry

    listed = records.record_names(request.data)
    known = [*(name for name in registry.names() if registry.get(name).annotator), "synthetic", "wfdb"]
    name = registry.recognized(listed).name if request.database is None else request.database
    if name not in known:
        raise DataError(f"no database '{name}' with annotated beats; known are {', '.join(known)}")
    database = registry.get(name)
    strange = [n for n in listed if database.records and n not in database.records]
    if strange:
        raise DataError(
            f"{strange[0]} in {request.data} is no record of {database.name}; give --database its name, or wfdb for "
            "records of your own"
        )
    if request.split is not None:
        if request.split not in database.splits:
            has = ", ".join(database.splits) or "none"
            raise DataError(f"database {database.name} has no split '{request.split}'; it has {has}")
        listed = list(database.splits[request.split])
    there = [n for n in listed if (request.data / f"{n}.hea").is_file()]
    if not there:
        raise DataError(f"none of the {len(listed)} records asked for is in {request.data}; {listed[0]}.hea is missing")
    return database, there, [n for n in listed if n not in there]


@dataclass(frozen=True)
class _Found:
    """One record's answers, or why it is left out."""

    record: str
    hashes: dict[str, str]
    notes: list[str]
    answers: evaluation.Answers | None = None
    why: str = ""


def _each(
    answers: Callable[[str], _Found], names: Sequence[str], kind: str, progress: Progress
) -> Iterator[_Found]:
    """What is found of each record, in order; an int8 model runs on several at once, each in a process of its own."""
    pool = ThreadPoolExecutor(min(4, os.cpu_count() or 1) if kind == "int8" else 1)
    try:
        for number, found in enumerate(pool.map(answers, names)):
            yield found
            progress((number + 1) / len(names), f"record {found.record}")
    finally:
        pool.shutdown(cancel_futures=True)


def _settings(trained: DataConfig, database: Database, request: Request) -> DataConfig:
    """How records are read and beats cut: as in training; what is of a database only if it is the same one."""
    own = replace(trained, split="intra", folds=0, database=cast(Any, database.name))
    if trained.database != database.name:
        own = replace(own, annotator="", beats={}, same_patient=())
    if request.lead is not None:
        own = replace(own, lead=request.lead, lead_missing="leave-out")
    if not re.fullmatch(r"\w*", request.annotator):
        raise DataError(f"'{request.annotator}' is no suffix of annotation files; give letters and digits, such as atr")
    return replace(own, annotator=request.annotator or own.annotator)


def _answers(model: TrainedModel, folder: Path, data: DataConfig, database: Database, name: str) -> _Found:
    from ecgprune.ecg import build, evaluation, splits
    from ecgprune.ecg.beats import record_beats
    from ecgprune.ecg.leads import chosen_lead
    from ecgprune.ecg.records import read_record, reading_of

    record = read_record(folder, name, reading_of(data))
    if data.lead not in record.leads and database.lead in record.leads and data.lead_missing == "first":
        data = replace(data, lead=database.lead)
    lead = chosen_lead(record, data)
    found = _Found(name, dict(record.hashes), list(record.notes))
    if lead is None:
        return replace(found, why=f"no lead {data.lead}; it has {', '.join(record.leads)}")
    beats = record_beats(record, data)
    if not len(beats.label):
        return replace(found, why="no beat that has a class has a whole window")
    answers = evaluation.Answers(
        record=name,
        patient=splits.patient_of(name, database.name, data.same_patient),
        lead=record.leads[lead],
        label=beats.label,
        predicted=model.predict(build.beats_alone(beats, data)),
        minute=beats.sample / (60.0 * record.sample_rate_hz),
        left_out={why: getattr(beats, count) for why, count in evaluation.LEFT_OUT.items()},
    )
    return replace(found, answers=answers)


def _trained_on(model: TrainedModel, database: Database) -> set[str] | None:
    """The records of this database that the model was trained or chosen with; None: nobody knows."""
    from ecgprune.ecg.division import left_out

    data = model.config.data
    homes = ("mitdb", "svdb") if data.database == "mixed" else (data.database,)
    if database.name not in homes:
        return None if "wfdb" in (database.name, data.database) else set()
    prefix = f"{database.name}/" if data.database == "mixed" else ""
    if model.run is not None:
        info = read_json(model.run / "dataset.json")
        patients = {p for part in ("train", "validation") for p in info["patients"][part]}
        return {n for n in database.records if prefix + database.patient_of(n) in patients}
    if data.split != "inter":
        return set(database.records) - set(left_out(database.records, data)) if database.records else None
    if database.name not in ("mitdb", "svdb") or (database.name == "svdb" and data.database != "mixed"):
        return None
    tests = set(database.splits["ds2"]) if database.name == "mitdb" else set()
    reasons = left_out([prefix + n for n in database.records], data)
    return {n for n in database.records if prefix + n not in reasons} - tests
