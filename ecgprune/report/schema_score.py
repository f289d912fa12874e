"""score.json of `ecgprune score` as types: what it holds, checked when it is written."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from ecgprune.report.schema_evaluation import Bootstrap, Interval
from ecgprune.report.schema_scores import STRICT

__all__ = ["Averages", "Detected", "Figures", "RecordFigures", "Runs", "Score", "ScoreResult", "Settings", "Share"]


@dataclass(frozen=True, config=STRICT)
class Share:
    """Mean rates of one kind of beats or runs, 0 to 1; None where no record has the rate.

    Attributes:
        se: sensitivity.
        ppv: positive predictivity.
    """

    se: float | None
    ppv: float | None


@dataclass(frozen=True, config=STRICT)
class ShareV(Share):
    """Mean rates of V.

    Attributes:
        fpr: false positive rate.
    """

    fpr: float | None


@dataclass(frozen=True, config=STRICT)
class Detected(Share):
    """Detection of one kind of beats.

    Attributes:
        tp: true positives.
        fn: false negatives, those in shut-down among them.
        fp: false positives.
    """

    tp: int
    fn: int
    fp: int


@dataclass(frozen=True, config=STRICT)
class DetectedV(Detected):
    """Detection of V.

    Attributes:
        fpr: false positive rate: of the detections that are no V, the share that is called V.
        tn: true negatives: detections that are no V and not called V.
    """

    fpr: float | None
    tn: int


@dataclass(frozen=True, config=STRICT)
class Runs(Share):
    """Detection of runs of one length.

    Attributes:
        found: runs of the reference where the test annotations have one of this length or a longer one.
        missed: runs of the reference where they have not.
        true: runs of the test annotations where the reference has one of this length or a longer one.
        false: runs of the test annotations where it has not.
    """

    found: int
    missed: int
    true: int
    false: int


@dataclass(frozen=True, config=STRICT)
class Averages:
    """Means over the records that have the figure; the same names as in `Figures`.

    Attributes:
        QRS: detection of beats of any class.
        S: of supraventricular ectopic beats.
        V: of ventricular ectopic beats.
        false_v_per_hour: false positives of V per hour of the test period.
        rr_error_ms: root mean square error of RR intervals as bxb takes it.
        rr_error_matched_ms: the same over intervals between beats that were both found.
        runs: {"V" and "S": {"couplets", "short" (3 to 5 beats) and "long" (6 or more): their detection}}.
        missed_in_shut_down: {"all", class: share of the beats missed in shut-down of the test annotations}.
    """

    QRS: Share
    S: Share
    V: ShareV
    false_v_per_hour: float | None
    rr_error_ms: float | None
    rr_error_matched_ms: float | None
    runs: dict[str, dict[str, Share]]
    missed_in_shut_down: dict[str, float | None]


@dataclass(frozen=True, config=STRICT)
class Figures:
    """Figures of one record, or gross figures of several.

    Attributes:
        beats: beats of the reference in the test period.
        QRS: detection of beats of any class.
        S: of supraventricular ectopic beats; Q called S is no false positive.
        V: of ventricular ectopic beats; F and Q called V are no false positives.
        false_v_per_hour: false positives of V per hour of the test period.
        rr_error_ms: root mean square error of RR intervals as bxb takes it, at every pair of beats, missed ones too.
        rr_error_matched_ms: the same over intervals between beats that were both found.
        runs: {"V" and "S": {"couplets", "short" (3 to 5 beats) and "long" (6 or more): their detection}}.
        missed_in_shut_down: {"all", class: share of the beats missed in shut-down of the test annotations}.
        shut_down_s: how long that lasts in the test period, in seconds.
        in_flutter: beats of the test annotations in ventricular flutter of the reference; they are not counted.
        duration_s: length of the test period, in seconds.
    """

    beats: int
    QRS: Detected
    S: Detected
    V: DetectedV
    false_v_per_hour: float | None
    rr_error_ms: float | None
    rr_error_matched_ms: float | None
    runs: dict[str, dict[str, Runs]]
    missed_in_shut_down: dict[str, float | None]
    shut_down_s: float
    in_flutter: int
    duration_s: float


@dataclass(frozen=True, config=STRICT)
class ScoreResult:
    """Figures of all records or of a part of them.

    Attributes:
        name: "all", or "without_paced" for the rest when records are left out.
        title: the same in words.
        records: how many.
        records_left_out: which of the records scored are no part of it.
        patients: whose they are.
        matrix: pairs of beats, rows by the reference's label, columns by the test's, in the order of `Score.labels`.
        gross: of all beats together.
        average: mean over records.
        intervals: {"QRS", "S", "V": {"se", "ppv": 95 % interval over patients of the gross rate}}; None where there are
            fewer than two patients.
    """

    name: str
    title: str
    records: int
    records_left_out: list[str]
    patients: int
    matrix: list[list[int]]
    gross: Figures
    average: Averages
    intervals: dict[str, dict[str, Interval | None]] | None


@dataclass(frozen=True, config=STRICT)
class RecordFigures:
    """One record's figures.

    Attributes:
        record: its name.
        patient: whose it is.
        matrix: as of `ScoreResult`.
        figures: of this record.
    """

    record: str
    patient: str
    matrix: list[list[int]]
    figures: Figures


@dataclass(frozen=True, config=STRICT)
class Settings:
    """What the comparison was told.

    Attributes:
        start_s: the test period begins at this second.
        window_ms: how far apart annotations of one beat may be.
        escape: class of supraventricular escape beats, "S" or "N".
        database: name of the database, which tells paced records and patients.
    """

    start_s: float
    window_ms: float
    escape: Literal["S", "N"]
    database: str


@dataclass(frozen=True, config=STRICT)
class Score:
    """The whole of score.json.

    Attributes:
        schema_version: 1.
        command: that repeats it.
        settings: what the comparison was told.
        labels: of the matrices' rows and columns: five classes, O: no beat, X: no beat, in shut-down.
        rules: how beats are counted, in words.
        bootstrap: of the intervals.
        results: "all" first.
        records: one row for each record.
        left_out: {record: why it was not scored}.
        notes: {record: what is to be known of it}.
        versions: {package: version}.
        input_hashes: {annotation file, from the folder of the records on: SHA-256}.
    """

    schema_version: Literal[1]
    command: str
    settings: Settings
    labels: list[str]
    rules: list[str]
    bootstrap: Bootstrap
    results: list[ScoreResult]
    records: list[RecordFigures]
    left_out: dict[str, str]
    notes: dict[str, list[str]]
    versions: dict[str, str]
    input_hashes: dict[str, str]
