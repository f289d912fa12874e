"""Fits the weights of the signal quality (ecgprune/ecg/quality.py) to whether 10 s hold an error.

    python tools/train_quality.py --data FOLDER --json FILE

FOLDER has mitdb, svdb and nstdb. Records of DS2 are not touched, nor the second halves of the noise records. Each of
the others of MIT-BIH is streamed through the firmware's C with the small model, clean and with noise, and every fourth
one of svdb clean. After five minutes, 10 s hold an error of detection where a beat is missed or invented, as EC57
matches them, and one of class where S or V is called another, or another S or V. Ventricular flutter is left out.

Two logistic regressions are fitted: to errors of detection, and to errors of either kind. The figures are areas under
the receiver operating characteristic: of the fit, cross-validated by patient, and of the weights in the firmware. It
prints weights as ecgprune/ecg/quality.py has them, and changes no file but the result.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import stream_host  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from qrs_data import Noise, record, samples_of, tuning_names  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.model_selection import GroupKFold, cross_val_predict  # noqa: E402

from ecgprune.artifacts import write_json  # noqa: E402
from ecgprune.config import DataConfig  # noqa: E402
from ecgprune.ecg import filter as band_pass  # noqa: E402
from ecgprune.ecg import stream  # noqa: E402
from ecgprune.ecg.beat_codes import EC57_CLASS  # noqa: E402
from ecgprune.ecg.databases import registry  # noqa: E402
from ecgprune.ecg.ec57_beats import compare, samples  # noqa: E402
from ecgprune.ecg.ec57_periods import LABELS, inside, marked  # noqa: E402
from ecgprune.ecg.leads import chosen_lead  # noqa: E402
from ecgprune.ecg.quality import BLOCKS, OFFSET, POOR, WEIGHTS, Block, measured  # noqa: E402
from ecgprune.ecg.reading.annotations import Annotations  # noqa: E402

CLEAN = None
CONDITIONS = (CLEAN, Noise("em", 12), Noise("em", 6), Noise("ma", 6))
WINDOW_S = 10
LATE_S = 1.3  # from an R peak until its beat is measured
START_S = 300
FOLDS = 5
PER_UNIT = 16  # of quality, for a natural logarithm of the odds
MITDB_ADC, NO_ADC = (0, 2047), (0, 0)  # ends of the range; unknown
S, V = LABELS.index("S"), LABELS.index("V")


@dataclass(frozen=True, eq=False)
class Windows:
    """10 s after another of all records.

    Attributes:
        values: int64 [windows, 4], what is weighed.
        quality: int64 [windows], as the firmware has it.
        detection: bool [windows], whether a beat is missed or invented.
        either: bool [windows], the same, or a wrong class.
        patient: str [windows].
        condition: str [windows], the noise.
    """

    values: NDArray[np.int64]
    quality: NDArray[np.int64]
    detection: NDArray[np.bool_]
    either: NDArray[np.bool_]
    patient: NDArray[np.str_]
    condition: NDArray[np.str_]


def windows_of(program: Path, data: Path, name: str, noise: Noise | None) -> list[tuple[Any, ...]]:
    """A row of `Windows` for every 10 s of a record with noise."""
    rows: list[tuple[Any, ...]] = []
    condition = f"{noise.kind} {noise.snr_db} dB" if noise else "clean"
    found, reference = record(data, name)
    rate, database = found.sample_rate_hz, "svdb" if name.startswith("8") else "mitdb"
    lead = chosen_lead(found, DataConfig(database=database)) or 0
    ends = MITDB_ADC if database == "mitdb" else NO_ADC
    given = samples_of(data, name, lead, noise).clip(*(ends if ends != NO_ADC else (-32768, 32767)))
    gain = band_pass.units_per_volt(found.gain[lead])
    run = stream_host.run(program, given[:, None], rate, [stream.Lead(gain, int(found.baseline[lead]), *ends)], part=1)
    detection, wrong = errors(reference, [e for e in run.events if e.kind == stream.BEAT], rate, len(given))
    flutter = marked(reference, samples(0.15, rate)).flutter
    for start in range(START_S * rate, len(given) - WINDOW_S * rate, WINDOW_S * rate):
        last = int(np.searchsorted(run.blocks[:, -1], start + (WINDOW_S + LATE_S) * rate))
        blocks = run.blocks[max(last + 1 - BLOCKS, 0) : last + 1]
        values = measured([Block(*row[:6]) for row in blocks.tolist()])
        marks = np.arange(start, start + WINDOW_S * rate, rate // 4)
        if values is None or last >= len(run.blocks) or inside(flutter, marks).any():
            continue
        missed, called = (((at >= start) & (at < start + WINDOW_S * rate)).any() for at in (detection, wrong))
        patient = registry.get(database).patient_of(name)
        rows.append((values, run.blocks[last, 6], missed, missed or called, patient, condition))
    return rows


def errors(
    reference: Annotations, beats: list[stream.Event], rate: int, length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Samples of beats that are missed or invented, and of those whose class is wrong."""
    at, called = np.array([(beat.sample, beat.beat_class) for beat in beats], np.int64).reshape(-1, 2).T
    result = compare(reference, Annotations.of(at), rate, length=length)
    known = dict(zip(reference.sample.tolist(), (EC57_CLASS.get(s, -1) for s in reference.symbol), strict=True))
    says = dict(zip(at.tolist(), called.tolist(), strict=True))
    wrong = [r for r, own in result.matched.tolist() if says[own] >= 0 and is_wrong(known[r], says[own])]
    return np.concatenate([result.missed, result.extra]), np.array(wrong, np.int64)


def is_wrong(true: int, called: int) -> bool:
    """Whether EC57 counts it: S or V called another or another S or V, but F or Q called V, and Q called S."""
    if true == called or not {true, called} & {S, V}:
        return False
    return not (true in (LABELS.index("F"), LABELS.index("Q")) and (called == V or LABELS[true] == "Q"))


def gathered(data: Path, only: list[str] | None, jobs: int) -> Windows:
    """All windows, or those of some records, by so many processes."""
    mitdb, svdb = tuning_names(data)
    names = [name for name in (*mitdb, *svdb[::4]) if not only or name in only]
    rows: list[tuple[Any, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        model = stream_host.FIRMWARE / "models" / "small"
        program = stream_host.build(Path(folder) / "stream", "-O2", "-DBLOCKS", model=model)
        runs = [(name, noise) for name in names for noise in (CONDITIONS if name in mitdb else (CLEAN,))]
        with ProcessPoolExecutor(jobs) as pool:
            for found in pool.map(windows_of, repeat(program), repeat(data), *zip(*runs, strict=True)):
                rows += found
                print(len(rows), "windows", flush=True)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Windows(*columns)


def fit(windows: Windows, target: NDArray[np.bool_]) -> dict[str, Any]:
    """A logistic regression: weights in integers, and areas under the curve."""
    values = windows.values / 32
    model = LogisticRegression(C=1e3, max_iter=1000)
    folds = GroupKFold(FOLDS)
    log_odds = cross_val_predict(model, values, target, groups=windows.patient, cv=folds, method="decision_function")
    fitted = model.fit(values, target)
    weights = np.rint(fitted.coef_[0] / 32 * PER_UNIT * 64).astype(int)
    old = windows.values @ np.array(WEIGHTS)
    shipped = {"all": round(float(roc_auc_score(target, old)), 4)}
    new = {"all": round(float(roc_auc_score(target, log_odds)), 4)}
    for condition in sorted(set(windows.condition.tolist())):
        part = windows.condition == condition
        if 0 < target[part].sum() < part.sum():
            for areas, score in ((shipped, old), (new, log_odds)):
                areas[condition] = round(float(roc_auc_score(target[part], score[part])), 4)
    return {
        "windows": len(target),
        "with_an_error": round(float(target.mean()), 4),
        "auc_shipped": shipped,
        "auc_fitted_anew_cross_validated": new,
        "weights_fitted_anew": weights.tolist(),
        "log_odds_at_0": round(float(fitted.intercept_[0]), 3),
    }


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with mitdb, svdb and nstdb")
    parser.add_argument("--records", nargs="+", help="of these alone, for a quick look")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--json", type=Path, help="file for the result")
    options = parser.parse_args()
    windows = gathered(options.data, options.records, options.jobs)
    found: dict[str, Any] = {"about": " ".join((__doc__ or "").split("\n\n")[2].split())}
    found["shipped"] = {"weights": list(WEIGHTS), "offset": OFFSET, "poor_below": POOR}
    for title, target in (("detection", windows.detection), ("detection or class", windows.either)):
        found[title] = fit(windows, target)
        print(title, found[title])
    if options.json:
        write_json(options.json, found)


if __name__ == "__main__":
    main()
