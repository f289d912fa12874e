"""The default database: synthetic patients, written as WFDB records.

Every wave of a beat is a Gaussian bump at its own place in the beat, as in McSharry PE, Clifford GD, Tarassenko L,
Smith LA. A dynamical model for generating synthetic electrocardiogram signals. IEEE Trans Biomed Eng 50(3):289-294,
2003; the bumps are summed in closed form instead of integrating the model's differential equation. Rates, intervals
and amplitudes are invented after textbooks. The records show no real heart, and results on them say nothing about
patients.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ecgprune.artifacts import Progress, no_progress, replacing, sha256_file
from ecgprune.ecg.records import SYNTHETIC_MARK
from ecgprune.ecg.rhythm import RATE_HZ, schedule
from ecgprune.ecg.waves import make_patient, render
from ecgprune.errors import DataError

__all__ = ["make_database"]

_GAIN, _BASELINE = 200, 1024  # as MIT-BIH: 200 units per millivolt, 11 bits
_LEADS = ("MLII", "V1")
_README = """SYNTHETIC ECG, made by a program: ecgprune's embedded default database (seed {seed}, {patients} patients).

No human being's heart is shown. The records serve to try out software. Nothing measured on them says anything
about patients, and no figure from them is a result on ECG. Format: WFDB (format 212, 360 Hz, MLII and V1).
"""


def make_database(
    dest: Path, patients: int, minutes: float, seed: int, progress: Progress = no_progress
) -> list[str]:
    """Writes a database of synthetic records s001, s002, ...

    The same patients, minutes and seed give the same bytes, and a patient does not depend on how many follow.

    Args:
        dest: the folder. It appears whole or not at all; an older synthetic database there is replaced.
        patients: number of records.
        minutes: length of each, 0.5 and more.
        seed: of all random numbers.
        progress: called for each patient.

    Returns:
        The names of the records.

    Raises:
        DataError: `dest` holds anything else, or the records would be shorter than half a minute.
    """
    if minutes < 0.5:
        raise DataError(f"synthetic records of {minutes} minutes are too short to hold every beat; ask for 0.5 or more")
    _check_replaceable(dest)
    names = [f"s{i + 1:03d}" for i in range(patients)]
    with replacing(dest) as folder:
        folder.mkdir()
        for i, name in enumerate(names):
            progress(i / patients, f"patient {i + 1} of {patients}")
            _write_record(folder, name, i, minutes, seed)
        (folder / "RECORDS").write_text("".join(f"{n}\n" for n in names), encoding="ascii")
        (folder / "README.txt").write_text(_README.format(seed=seed, patients=patients), encoding="ascii")
        sums = [f"{sha256_file(f)} {f.name}\n" for f in sorted(folder.iterdir())]
        (folder / "SHA256SUMS.txt").write_text("".join(sums), encoding="ascii")
    progress(1.0, f"{patients} synthetic patients")
    return names


def _check_replaceable(dest: Path) -> None:
    readme = dest / "README.txt"
    if dest.exists() and not dest.is_dir():
        raise DataError(f"{dest} is a file; name a folder for the synthetic database")
    if dest.is_dir() and any(dest.iterdir()) and not (
        readme.is_file() and readme.read_text(encoding="ascii", errors="replace").startswith(SYNTHETIC_MARK)
    ):
        raise DataError(f"{dest} holds files that are no synthetic database; name a folder that is new or empty")


def _write_record(folder: Path, name: str, index: int, minutes: float, seed: int) -> None:
    import wfdb

    rng = np.random.default_rng([seed, index])
    patient = make_patient(rng, index)
    beats = schedule(rng, patient.rhythm, minutes * 60)
    samples = int(minutes * 60 * RATE_HZ)
    millivolts = render(rng, patient, beats, samples)
    units = np.clip(np.rint(millivolts * _GAIN) + _BASELINE, 0, 2 * _BASELINE - 1).astype(np.int64)
    wfdb.wrsamp(
        name,
        fs=RATE_HZ,
        units=["mV"] * len(_LEADS),
        sig_name=list(_LEADS),
        d_signal=units,
        fmt=["212"] * len(_LEADS),
        adc_gain=[_GAIN] * len(_LEADS),
        baseline=[_BASELINE] * len(_LEADS),
        comments=[f"{SYNTHETIC_MARK} ECG made by ecgprune, nobody's: seed {seed}, patient {index + 1}, {patient.kind}"],
        write_dir=str(folder),
    )
    wfdb.wrann(
        name,
        "atr",
        sample=np.concatenate([beats.sample[:1] - RATE_HZ // 8, beats.sample]),
        symbol=["+", *beats.symbol],
        aux_note=[patient.rhythm.note, *[""] * len(beats.symbol)],
        write_dir=str(folder),
    )
