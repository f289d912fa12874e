"""evaluation.json of `ecgprune evaluate` as types: what it holds, checked when it is written."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from ecgprune.report.schema_scores import STRICT, Scores

__all__ = ["Bootstrap", "ClassScores", "EvaluatedModel", "Evaluation", "RecordScores", "Result", "Source"]

Interval = tuple[float, float]


@dataclass(frozen=True, config=STRICT)
class EvaluatedModel:
    """The model that was scored.

    Attributes:
        file: its name.
        config: name of the config that it was trained with.
        seed: of that config.
        network: its model.name.
        kind: "int8" for a .tflite, "float" for a Keras file.
        runtime: what ran it.
        sha256: of the file.
        bytes: size of the file.
        database: that it was trained on.
        split: of that training.
        sample_rate_hz: of its input, in Hz.
        window: samples of one beat at that rate.
    """

    file: str
    config: str
    seed: int
    network: str
    kind: Literal["int8", "float"]
    runtime: str
    sha256: str
    bytes: int
    database: str
    split: str
    sample_rate_hz: int
    window: int


@dataclass(frozen=True, config=STRICT)
class LeftOut:
    """Beats that were not scored.

    Attributes:
        edge_beats: too near to an end of their record for a whole window.
        gap_beats: whose window has invalid samples.
        unclassed_beats: whose code has no class.
    """

    edge_beats: int
    gap_beats: int
    unclassed_beats: int


@dataclass(frozen=True, config=STRICT)
class AllLeftOut(LeftOut):
    """What was not scored.

    Attributes:
        records: {record: why it was left out}.
    """

    records: dict[str, str]


@dataclass(frozen=True, config=STRICT)
class Source:
    """The records that the model was scored on.

    Attributes:
        name: of the database.
        title: its full name.
        split: list of the database that named the records; None: all that are in the folder.
        records: how many were scored.
        records_of_database: how many the database has; None where that is not known.
        patients: whose they are.
        trained_on: those of them that the model was trained or chosen with; None where that is not known.
        left_out: what was not scored.
        notes: {record: what is to be known of it}.
    """

    name: str
    title: str
    split: str | None
    records: int
    records_of_database: int | None
    patients: int
    trained_on: list[str] | None
    left_out: AllLeftOut
    notes: dict[str, list[str]]


@dataclass(frozen=True, config=STRICT)
class Bootstrap:
    """How the intervals were drawn.

    Attributes:
        over: what is drawn with replacement.
        resamples: how often.
        seed: of the draws.
        level: share of the resamples inside of an interval.
    """

    over: Literal["patients"]
    resamples: int
    seed: int
    level: float


@dataclass(frozen=True, config=STRICT)
class ClassScores(Scores):
    """Scores of one class, and how many there are of it.

    Attributes:
        support: reference beats of the class.
        patients: how many patients have any.
    """

    support: int
    patients: int


@dataclass(frozen=True, config=STRICT)
class ScoreIntervals:
    """95 % intervals of the scores of one class; None where no resample has the score.

    Attributes:
        se: of the sensitivity.
        ppv: of the positive predictivity.
        f1: of F1.
    """

    se: Interval | None
    ppv: Interval | None
    f1: Interval | None


@dataclass(frozen=True, config=STRICT)
class Intervals:
    """95 % intervals over patients of the scores of a `Result`; see there.

    Attributes:
        accuracy: of the accuracy.
        macro_f1: of macro_f1.
        macro_f1_nsvf: of macro_f1_nsvf.
        per_class: {class: of its scores}.
        ec57: {class: of its scores}.
    """

    accuracy: Interval | None
    macro_f1: Interval | None
    macro_f1_nsvf: Interval | None
    per_class: dict[str, ScoreIntervals]
    ec57: dict[str, ScoreIntervals]


@dataclass(frozen=True, config=STRICT)
class Result:
    """Scores on all records or on a part of them.

    Attributes:
        name: "all"; "unseen": without those that trained; "without_paced"; "without_232"; "ec57": from minute 5 on and
            without paced records.
        title: the same in words.
        records: how many.
        records_left_out: which of the records scored are no part of it.
        patients: whose they are.
        beats: how many.
        confusion: rows are the reference, columns the model's answers, both in the order of classes.
        accuracy: share of the beats that are right, 0 to 1.
        macro_f1: mean F1 of the classes that the reference has.
        macro_f1_nsvf: mean F1 of N, S, V and F.
        per_class: {class: its scores}; every beat of another class is a false positive.
        ec57: {"S" and "V": scores by EC57's rules for fusion and unknown beats}.
        intervals: over patients; None where there are fewer than two.
    """

    name: str
    title: str
    records: int
    records_left_out: list[str]
    patients: int
    beats: int
    confusion: list[list[int]]
    accuracy: float
    macro_f1: float
    macro_f1_nsvf: float | None
    per_class: dict[str, ClassScores]
    ec57: dict[str, Scores]
    intervals: Intervals | None


@dataclass(frozen=True, config=STRICT)
class RecordScores:
    """Scores on one record.

    Attributes:
        record: its name.
        patient: whose it is.
        lead: the signal that was used.
        beats: how many were scored.
        left_out: those that were not.
        accuracy: share of the beats that are right, 0 to 1.
        ec57: {"S" and "V": scores by EC57's rules}.
        confusion: as of `Result`.
    """

    record: str
    patient: str
    lead: str
    beats: int
    left_out: LeftOut
    accuracy: float
    ec57: dict[str, Scores]
    confusion: list[list[int]]


@dataclass(frozen=True, config=STRICT)
class Evaluation:
    """The whole of evaluation.json.

    Attributes:
        schema_version: 1.
        command: that repeats it.
        model: the model.
        database: the records.
        classes: in the order of the confusion matrices.
        rules: how beats are counted, in words.
        bootstrap: of the intervals.
        results: "all" first.
        records: one row for each record.
        versions: {package: version}.
        input_hashes: {record file: SHA-256} of each file that was read.
    """

    schema_version: Literal[1]
    command: str
    model: EvaluatedModel
    database: Source
    classes: list[str]
    rules: list[str]
    bootstrap: Bootstrap
    results: list[Result]
    records: list[RecordScores]
    versions: dict[str, str]
    input_hashes: dict[str, str]
