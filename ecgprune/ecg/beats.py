"""From a record to the model's input: lead, filter, windows, integer normalization, RR features.

All of it is integer arithmetic that firmware/lib/ecg repeats bit for bit: filter.py is ecgp_filter.c, and the rest is
ecgp_beat.c. Every division below says how it rounds; everything fits in 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import DataConfig
from ecgprune.ecg import context, patient
from ecgprune.ecg import filter as band_pass
from ecgprune.ecg.beat_codes import classes_of
from ecgprune.ecg.integers import quotient
from ecgprune.ecg.leads import chosen_lead
from ecgprune.ecg.records import Record
from ecgprune.errors import DataError

__all__ = [
    "ECG_SCALE",
    "RR_SCALE",
    "Beats",
    "beats_of",
    "context_features",
    "filtered",
    "intervals",
    "lead_mv",
    "normalize",
    "patient_features",
    "record_beats",
    "rr_features",
    "rr_of_intervals",
    "to_rate",
    "windows",
    "with_noise",
]


ECG_SCALE = 1 / 16
RR_SCALE = 1 / 32
"""Value of one unit of the int8 inputs at the model's float inputs."""

_FINE_GAIN = 100_000.0  # units per millivolt of leads that the filter does not take as they are

# Integer constants of the normalization; firmware/lib/ecg/ecgp_beat.h has the same, and a test compares the two.
GAIN = 6  # int8 units per mean absolute deviation of the window: clips at 21 of them
MIN_DEVIATION = 4  # 20 uV: the least deviation divided by, so that a flat line stays flat
RR_GAIN = 128  # int8 units per relative difference of 1
RR_PAST = 64  # RR intervals in the local mean: about a minute, so that it outlasts a run of premature beats
RR_LIMIT_S = 2  # longer pauses carry no more information


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats of one record whose windows lie inside it; arrays as in `dataset.Dataset`.

    Attributes:
        window: int16 [beats, window], the filtered signal, in units of 5 uV.
        before: int64 [beats], the RR interval before each, in samples of the filtered signal.
        left_out: number of beats too near to an end of the record for a whole window.
        in_gaps: number of beats whose window has invalid samples.
        unclassed: number of beats whose code data.beats gives no class.
    """

    window: NDArray[np.int16]
    before: NDArray[np.int64]
    ecg: NDArray[np.int8]
    rr: NDArray[np.int8]
    patient: NDArray[np.int8] | None
    context: NDArray[np.int8] | None
    label: NDArray[np.uint8]
    sample: NDArray[np.int64]
    left_out: int
    in_gaps: int = 0
    unclassed: int = 0


def record_beats(record: Record, config: DataConfig) -> Beats:
    """All beats of a record as inputs of the model."""
    return beats_of(record, filtered(record, config), config)


def beats_of(record: Record, signal: NDArray[np.int16], config: DataConfig) -> Beats:
    """The annotated beats of a record.

    Beats without a class, and those in gaps of the signal, are left out; for the RR intervals of the others all beats
    count.

    Args:
        record: has the annotations.
        signal: int16 [samples] at config.sample_rate_hz, in units of 5 uV.
        config: window and inputs.
    """
    peaks = to_rate(record.beat_sample, record.sample_rate_hz, config.sample_rate_hz)
    start = peaks - config.window_before
    inside = (start >= 0) & (start + config.window <= len(signal))
    whole = inside & ~_in_gap(record, start, config)
    window = windows(signal, start[whole], config.window)
    table = classes_of(config.beats)
    label = np.array([table.get(s, -1) for s in record.beat_symbol[whole].tolist()], dtype=np.int64)
    known = label >= 0
    return Beats(
        window=window[known],
        before=intervals(peaks, config.sample_rate_hz)[0][whole][known],
        ecg=normalize(window[known]),
        rr=rr_features(peaks, config.sample_rate_hz)[whole][known],
        patient=patient_features(window, whole, peaks, config)[known] if config.patient else None,
        context=context_features(window, whole, peaks, config)[known] if config.context else None,
        label=label[known].astype(np.uint8),
        sample=record.beat_sample[whole][known],
        left_out=int((~inside).sum()),
        in_gaps=int((inside & ~whole).sum()),
        unclassed=int((~known).sum()),
    )


def _in_gap(record: Record, start: NDArray[np.int64], config: DataConfig) -> NDArray[np.bool_]:
    """[beats], whether a sample of the window that begins at `start` is invalid in the chosen lead."""
    valid = record.valid[:, _lead(record, config)]
    if valid.all():
        return np.zeros(len(start), np.bool_)
    invalid = np.concatenate([[0], np.cumsum(~valid)])
    first, end = (
        np.clip(to_rate(at, config.sample_rate_hz, record.sample_rate_hz), 0, len(valid))
        for at in (start, start + config.window)
    )
    found: NDArray[np.bool_] = invalid[end] > invalid[first]
    return found


def filtered(
    record: Record, config: DataConfig, samples: NDArray[np.integer] | None = None, lead: int | None = None
) -> NDArray[np.int16]:
    """A lead filtered, at config.sample_rate_hz, in units of 5 uV; peaks stay where they are.

    Args:
        record: has the leads.
        config: chooses the lead.
        samples: [samples] in ADC units to filter in place of the lead's own.
        lead: index of another lead, such as `leads.second_lead`; None for the chosen one.

    Raises:
        DataError: the record's rate or gain is out of the filter's range.
    """
    lead = _lead(record, config) if lead is None else lead
    own = record.signal[:, lead] if samples is None else samples
    own, gain, zero = _in_usual_units(own, record.gain[lead], record.baseline[lead])
    try:
        return band_pass.filtered(
            own, record.sample_rate_hz, band_pass.units_per_volt(gain), zero, config.sample_rate_hz
        )
    except ValueError as error:
        raise DataError(f"{record.name}: {error}") from error


def _in_usual_units(
    samples: NDArray[np.integer], gain: float, zero: int
) -> tuple[NDArray[np.integer], float, int]:
    """(samples, gain, zero) of a lead; where it is upside down or finer than the filter takes, in units of 10 nV."""
    if 0 < band_pass.units_per_volt(gain) <= band_pass.UNITS[-1]:
        return samples, gain, zero
    return np.rint((samples.astype(np.float64) - zero) * (_FINE_GAIN / gain)).astype(np.int64), _FINE_GAIN, 0


def lead_mv(record: Record, config: DataConfig) -> NDArray[np.float64]:
    """[samples] in millivolts of the chosen lead, at the record's own rate."""
    lead = _lead(record, config)
    millivolts: NDArray[np.float64] = record.signal[:, lead].astype(np.float64) - record.baseline[lead]
    return millivolts / record.gain[lead]


def with_noise(record: Record, config: DataConfig, millivolts: NDArray[np.floating]) -> NDArray[np.int64]:
    """int64 [samples] in ADC units: the chosen lead and noise of as many samples, to nearest."""
    lead = _lead(record, config)
    return np.rint(record.signal[:, lead] + record.gain[lead] * millivolts).astype(np.int64)


def _lead(record: Record, config: DataConfig) -> int:
    return chosen_lead(record, config) or 0


def to_rate(sample: NDArray[np.int64], rate_hz: int, new_rate_hz: int) -> NDArray[np.int64]:
    """Sample indices at another rate, rounded to nearest, halves up."""
    return (2 * sample * new_rate_hz + rate_hz) // (2 * rate_hz)


def windows(signal: NDArray[np.int16], start: NDArray[np.int64], window: int) -> NDArray[np.int16]:
    """int16 [beats, window]: the windows of `signal` that begin at `start`."""
    offset = np.arange(window, dtype=np.int64)
    cut: NDArray[np.int16] = signal[start[:, None] + offset]
    return cut


def normalize(beats: NDArray[np.int16]) -> NDArray[np.int8]:
    """GAIN * (x - mean) / mean absolute deviation of each window, clipped to int8.

    mean = floor(sum / window); deviation = max(floor(sum |x - mean| / window), MIN_DEVIATION); the quotient is rounded
    to nearest, halves away from zero. A window of at most 32768 samples keeps every sum in 32 bits.

    Args:
        beats: int16 [beats, window], in units of 5 uV.

    Returns:
        int8 [beats, window].
    """
    count = beats.shape[1]
    total = beats.sum(axis=1, keepdims=True, dtype=np.int32)
    centred = beats.astype(np.int32) - total // count
    deviation = np.maximum(np.abs(centred).sum(axis=1, keepdims=True, dtype=np.int64) // count, MIN_DEVIATION)
    return quotient(GAIN * centred, deviation)


def rr_features(peaks: NDArray[np.int64], rate_hz: int) -> NDArray[np.int8]:
    """int8 [beats, 4] from the R peaks (rising sample indices at rate_hz) of all of a record's beats.

    0: previous RR interval relative to the local mean; prematurity.
    1: next RR interval relative to the local mean; the pause.
    2: (previous - next) / (previous + next); compensation, whatever the rhythm.
    3: local mean relative to 0.8 s; the heart rate.

    "a relative to b" is RR_GAIN * (a - b) / b, rounded to nearest, halves away from zero, clipped to int8. The local
    mean is the floored mean of up to RR_PAST RR intervals that end with the previous one, so that an MCU needs no more
    than the next beat. RR intervals are clipped to 1 sample ... RR_LIMIT_S. The first beat's previous RR
    and its local mean are its next RR; the last beat's next RR is its previous; a lone beat has 0.8 s for all.
    """
    return rr_of_intervals(*intervals(peaks, rate_hz), rate_hz)


def rr_of_intervals(before: NDArray[np.int64], after: NDArray[np.int64], rate_hz: int) -> NDArray[np.int8]:
    """int8 [beats, 4], what `rr_features` gives, from RR intervals in samples before and after each beat, [beats]."""
    place = np.arange(len(before))
    starts = np.where(place > 0, np.maximum(place - RR_PAST + 1, 1), 0)  # the first beat's has no interval of its own
    sums = np.concatenate([[0], np.cumsum(before)])
    mean = (sums[place + 1] - sums[starts]) // (place + 1 - starts)
    normal = np.full_like(mean, rate_hz * 4 // 5)
    columns = [
        quotient(RR_GAIN * (before - mean), mean),
        quotient(RR_GAIN * (after - mean), mean),
        quotient(RR_GAIN * (before - after), before + after),
        quotient(RR_GAIN * (mean - normal), normal),
    ]
    return np.stack(columns, axis=1)


def intervals(peaks: NDArray[np.int64], rate_hz: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The RR intervals before and after every beat, in samples, from 1 to RR_LIMIT_S.

    At the ends of a record the missing one is replaced by the other; a single beat has 0.8 s for both.

    Args:
        peaks: int64 [beats], R peaks in samples, rising.
        rate_hz: sampling rate of `peaks`.

    Returns:
        int64 [beats] each.
    """
    rr = np.clip(np.diff(peaks), 1, RR_LIMIT_S * rate_hz)
    if not len(rr):
        rr = np.array([rate_hz * 4 // 5])
    return np.concatenate([rr[:1], rr])[: len(peaks)], np.concatenate([rr, rr[-1:]])[: len(peaks)]


def patient_features(
    window: NDArray[np.int16], whole: NDArray[np.bool_], peaks: NDArray[np.int64], config: DataConfig
) -> NDArray[np.int8]:
    """The features of patient.py from the windows of a record.

    Args:
        window: int16 [whole beats, config.window], in units of 5 uV.
        whole: [beats], which of the beats have a window.
        peaks: int64 [beats], R peaks in samples at config.sample_rate_hz, rising.
        config: of the dataset.

    Returns:
        int8 [whole beats, features], as `patient.features`.
    """
    return patient.features(_patients_part(window, config), whole, *intervals(peaks, config.sample_rate_hz))


def context_features(
    window: NDArray[np.int16], whole: NDArray[np.bool_], peaks: NDArray[np.int64], config: DataConfig
) -> NDArray[np.int8]:
    """The features of context.py from the windows of a record; arguments and result as of `patient_features`."""
    return context.features(_patients_part(window, config), whole, *intervals(peaks, config.sample_rate_hz))


def _patients_part(window: NDArray[np.int16], config: DataConfig) -> NDArray[np.int16]:
    return window[:, config.window_before - patient.BEFORE : config.window_before + patient.AFTER]
