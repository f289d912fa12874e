"""Scores the QRS detector as EC57 says, and writes results/qrs.json.

    python tools/qrs_results.py --data FOLDER

FOLDER has mitdb, svdb and nstdb. The first 5 minutes of each record and ventricular flutter do not count; a beat is
found within 150 ms. The detector is the firmware's C with the shipped network, built for the host. Nothing was trained
or chosen by records of DS2. The others of MIT-BIH, and svdb's, are those that it was trained and tuned on; with --folds
they are also scored with networks that were trained without their patients, in 5 folds. 202 of DS2 is the patient of
201.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qrs_data import RATE_HZ, ROOT, Detector, Noise, Weights, low_passed, record, tuning_names
from train_qrs import trained

from ecgprune.ecg.ec57_beats import compare, rates
from ecgprune.ecg.qrs_network import inputs
from ecgprune.ecg.qrs_weights import HIDDEN, WEIGHTS
from ecgprune.ecg.reading.annotations import Annotations
from ecgprune.ecg.splits import mitdb_lists

FOLDS = 5
LOW_DELAY_S = 0.031  # of the low-passed sample, at 360 Hz

Row = dict[str, Any]


def fold_of(name: str) -> int:
    """The fold of a record's patient."""
    return zlib.crc32(name.replace("202", "201").encode()) % FOLDS


def shipped(leads: int) -> Weights:
    """The network in the firmware."""
    hidden, bias, out, out_bias = WEIGHTS[leads]
    table = np.array(hidden, np.int64).reshape(HIDDEN, inputs(leads))
    return Weights(table, np.array(bias, np.int64), np.array(out, np.int64), out_bias)


def scored(detector: Detector, data: Path, name: str, weights: Weights, leads: int, noise: Noise | None) -> Row:
    """One record: counts, and where and when the beats were found."""
    found, annotations = record(data, name)
    rate = found.sample_rate_hz
    beats, _ = detector.run(low_passed(data, name, leads, noise), weights)
    order = np.argsort(beats[:, 0], kind="stable")
    at = (beats[order, 0].astype(np.int64) * rate + RATE_HZ // 2) // RATE_HZ
    result = compare(annotations, Annotations.of(at), rate, length=len(found.signal))
    counts = rates(result.matrix)["QRS"]
    reference, own = result.matched.T
    known = beats[order, 1][np.searchsorted(at, own)] / RATE_HZ + LOW_DELAY_S
    return {
        "record": name,
        **{key: int(getattr(counts, key)) for key in ("tp", "fn", "fp")},
        "off": (own - reference) * RATE_HZ / rate,
        "late": known - reference / rate,
    }


def summary(rows: Sequence[Row]) -> Row:
    """Gross and average figures, in per cent, seconds, and samples at 180 Hz."""
    tp, fn, fp = (np.array([row[key] for row in rows]) for key in ("tp", "fn", "fp"))
    off, late = (np.concatenate([row[key] for row in rows]) for key in ("off", "late"))
    return {
        "beats": int(tp.sum() + fn.sum()),
        "missed": int(fn.sum()),
        "extra": int(fp.sum()),
        "gross": [_percent(tp.sum(), fn.sum()), _percent(tp.sum(), fp.sum())],
        "average": [round(float(np.mean(100 * tp / (tp + other))), 2) for other in (fn, fp)],
        "found_after_s": dict(zip(("50%", "99%"), np.percentile(late, [50, 99]).round(3).tolist(), strict=True)),
        "within_2_samples": round(float(np.mean(np.abs(off) <= 2)), 3),
    }


def _percent(part: int, rest: int) -> float:
    return round(float(100 * part / (part + rest)), 3)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description="Score the QRS detector, and write results/qrs.json.")
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb, svdb and nstdb")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "qrs.json", help="file to write")
    parser.add_argument("--folds", action="store_true", help="hold out patients of the records that it was trained on")
    options = parser.parse_args()
    data, detector = options.data, Detector()
    mitdb, svdb = tuning_names(data)
    ds2 = list(mitdb_lists().ds2)
    folds = {
        (leads, fold): trained(detector, data, [n for n in (*mitdb, *svdb) if fold_of(n) != fold], leads)
        for leads in (1, 2)
        for fold in range(FOLDS if options.folds else 0)
    }

    def rows_of(names: Sequence[str], leads: int, noise: Noise | None = None, *, held_out: bool = False) -> list[Row]:
        weights = {name: folds[leads, fold_of(name)] if held_out else shipped(leads) for name in names}
        weights |= {name: shipped(leads) for name in names if name in ds2 and name != "202"}
        return [scored(detector, data, name, weights[name], leads, noise) for name in names]

    found: Row = {"method": " ".join((__doc__ or "").split("\n\n")[2].split())}
    for leads in (1, 2):
        rows = rows_of([*mitdb, *ds2], leads)
        part: Row = {"DS2": summary(rows[len(mitdb) :]), "others of MIT-BIH, trained on": summary(rows[: len(mitdb)])}
        part |= {"48 records": summary(rows), "svdb, trained on": summary(rows_of(svdb, leads))}
        if options.folds:
            unseen = rows_of([*mitdb, *ds2], leads, held_out=True)
            part["others of MIT-BIH, by fold"] = summary(unseen[: len(mitdb)])
            part["48 records, by fold"] = summary(unseen)
            part["svdb, by fold"] = summary(rows_of(svdb, leads, held_out=True))
        for snr_db in (12, 6):
            part[f"DS2, em {snr_db} dB"] = summary(rows_of(ds2, leads, Noise("em", snr_db, "test", whole=False)))
        part["records"] = {row["record"]: _short(row) for row in rows}
        found[f"{leads} lead{'s' if leads > 1 else ''}"] = part
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _short(row: Row) -> Row:
    """A record's counts, the median of its offsets, and the share within 2 samples of it."""
    off: NDArray[np.float64] = row["off"]
    middle = float(np.median(off))
    return {key: row[key] for key in ("tp", "fn", "fp")} | {
        "off": round(middle, 1),
        "within_2": round(float(np.mean(np.abs(off - middle) <= 2)), 3),
    }


if __name__ == "__main__":
    main()
