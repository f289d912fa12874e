"""results/score.json: `ecgprune score` beside PhysioNet's bxb, rxr and sumstats, and the scores of published detectors.

    python tools/score_results.py make MITDB FOLDER
    python tools/score_results.py collect MITDB FOLDER results/score.json

`make` writes spoilt annotations of all 48 records, FOLDER/beats/100.ref, 100.test, ... and FOLDER/all/. PhysioNet's
programs are then run on these, on FOLDER/gqrs/100.qrs (by gqrs), on FOLDER/osea/100.atest and FOLDER/osea2/100.atest
(by OSEA's easytest and easytest2), with the reports that `score_reports.theirs` reads in the same folders. `collect`
compares every number of them with ours.
"""

import sys
from pathlib import Path

from score_perturbation import KINDS, perturbed
from score_reports import ours, theirs, totals

from ecgprune.artifacts import write_json
from ecgprune.ecg.annotation_file import write_annotations
from ecgprune.ecg.databases import registry
from ecgprune.ecg.ec57_beats import compare, samples
from ecgprune.ecg.ec57_runs import compare_runs
from ecgprune.ecg.ec57_totals import RUN_KINDS, ScoredRecord, averages, figures, intervals
from ecgprune.ecg.reading.annotations import read_annotations

RATE, LENGTH = 360, 650_000
WINDOW, START = samples(0.150, RATE), samples(300, RATE)
MITDB = registry.get("mitdb")
DETECTORS = {
    "gqrs": ("qrs", "gqrs of the WFDB Software Package 10.7.0, default options, first signal"),
    "osea": ("atest", "OSEA 2.0 of E.P. Limited (easytest: qrsdet, bdac), first signal"),
    "osea2": ("atest", "OSEA 2.0 of E.P. Limited (easytest2: qrsdet2, bdac), first signal"),
}


def scored(pairs):
    """[ScoredRecord] of {record: (reference, test)}."""
    return [
        ScoredRecord(
            record,
            MITDB.patient_of(record),
            compare(reference, test, RATE, length=LENGTH),
            {k: compare_runs(reference, test, k, window=WINDOW, start=START, length=LENGTH) for k in RUN_KINDS},
        )
        for record, (reference, test) in pairs.items()
    ]


def spoilt(mitdb, kind, records=MITDB.records):
    """{record: (reference, test)} of `score_perturbation`."""
    return {r: perturbed(read_annotations(mitdb / f"{r}.atr"), r, kind) for r in records}


def figures_of(pairs, records):
    """Our figures as `score_reports` has them."""
    return ours(records, {record: test for record, (_, test) in pairs.items()}, LENGTH, WINDOW, RATE)


def beside(mine, other):
    """PhysioNet's figures beside ours: how many numbers, its totals, and where the two differ."""
    assert set(mine) >= set(other), sorted(set(other) - set(mine))[:5]
    differ = {what: {"theirs": other[what], "ours": mine[what]} for what in other if mine[what] != other[what]}
    return {"numbers": len(other), "differences": differ, "totals": totals(other)}


def make(mitdb, folder):
    for kind in KINDS:
        for record, (reference, test) in spoilt(mitdb, kind).items():
            write_annotations(folder / kind / f"{record}.ref", reference, RATE)
            write_annotations(folder / kind / f"{record}.test", test, RATE)


def collect(mitdb, folder, out):
    found = {
        "about": "EC57's comparison by ecgprune beside bxb, rxr and sumstats of the WFDB Software Package 10.7.0",
        "perturbed": {},
        "detectors": {},
    }
    for kind in KINDS:
        pairs = spoilt(mitdb, kind)
        found["perturbed"][kind] = beside(figures_of(pairs, scored(pairs)), theirs(folder / kind))
    for name, (annotator, title) in DETECTORS.items():
        pairs = {
            r: tuple(map(read_annotations, (mitdb / f"{r}.atr", folder / name / f"{r}.{annotator}")))
            for r in MITDB.records
        }
        records = scored(pairs)
        found["detectors"][name] = {
            "title": title,
            "all": _figures(records),
            "missed_in_last_second": sum(int((s.beats.missed > LENGTH - RATE).sum()) for s in records),
            "without_paced": _figures([s for s in records if s.record not in MITDB.paced]),
            "beside": beside(figures_of(pairs, records), theirs(folder / name)),
        }
    write_json(out, found)


def _figures(records):
    mean = averages(records)
    gross = figures(records)
    return {
        "gross": {name: gross[name] for name in ("QRS", "V", "S")},
        "average": {name: mean[name] for name in ("QRS", "V", "S")},
        "intervals": intervals(records),
        "false_v_per_hour": gross["false_v_per_hour"],
        "rr_error_ms": mean["rr_error_ms"],
        "rr_error_matched_ms": mean["rr_error_matched_ms"],
    }


if __name__ == "__main__":
    {"make": make, "collect": collect}[sys.argv[1]](*map(Path, sys.argv[2:]))
