"""Beat-by-beat comparison of annotations by ANSI/AAMI EC57: which beats were found, as what, and how the RR intervals
agree.

Checked against PhysioNet's bxb, which implements the standard: results/score.json. Where bxb and the standard leave a
choice, this follows bxb: the match window is rounded to the nearest sample; a beat of the test annotations in the
learning period may match the first reference beat after it; the RR error is taken at every pair, a missed beat's too.
Other than in bxb, flutter or shut-down without an end lasts to the end of the record even where an earlier one ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.beat_codes import EC57_CLASS
from ecgprune.ecg.ec57 import ECTOPIC, NOT_COUNTED
from ecgprune.ecg.ec57_periods import FOREVER, LABELS, Marked, inside, marked
from ecgprune.ecg.reading.annotations import Annotations

__all__ = ["LEARNING_SECONDS", "WINDOW_SECONDS", "BeatComparison", "Rates", "compare", "rates", "rms", "samples"]

LEARNING_SECONDS = 300.0
"""EC57 leaves the first five minutes of a record to the device, to learn."""

WINDOW_SECONDS = 0.150
"""Two annotations at most this far apart can be of the same beat."""

_O, _X = LABELS.index("O"), LABELS.index("X")
_NONE = -1


@dataclass(frozen=True, eq=False)
class BeatComparison:
    """What a beat-by-beat comparison found.

    Attributes:
        matrix: int64 [7, 7], pairs of beats by the reference's and the test's label, in the order of LABELS. Row O or
            X: a beat of the test annotations alone, X where the reference is in shut-down. Column O or X: a beat of
            the reference that was missed, X in shut-down of the test annotations.
        matched: int64 [pairs, 2], the samples of reference and test beats that belong together.
        missed: int64 [beats], samples of reference beats that were missed.
        extra: int64 [beats], samples of test beats that are none, without those in flutter.
        in_flutter: test beats in ventricular flutter of the reference; they are not counted.
        rr_errors: float64 [pairs], differences of RR intervals as bxb takes them, in ms.
        rr_errors_matched: float64 [pairs], the same of the intervals alone whose two beats were both found, with none
            in between.
        shut_down_s: duration of shut-down of the test annotations in the test period, in seconds.
        duration_s: length of the test period, in seconds.
    """

    matrix: NDArray[np.int64]
    matched: NDArray[np.int64]
    missed: NDArray[np.int64]
    extra: NDArray[np.int64]
    in_flutter: int
    rr_errors: NDArray[np.float64]
    rr_errors_matched: NDArray[np.float64]
    shut_down_s: float
    duration_s: float


def compare(
    reference: Annotations,
    test: Annotations,
    rate_hz: float,
    *,
    length: int | None = None,
    start_s: float = LEARNING_SECONDS,
    window_s: float = WINDOW_SECONDS,
    codes: Mapping[str, int] = EC57_CLASS,
) -> BeatComparison:
    """Compares beat annotations; `Annotations.of(samples)` makes some of detections alone.

    Args:
        reference: annotations by experts.
        test: annotations by a device, in the same time base.
        rate_hz: of the time base.
        length: samples of the record; None: up to the last annotation of the reference.
        start_s: what comes before, in seconds, is not compared.
        window_s: how far apart annotations of one beat may be, in seconds.
        codes: {beat code: index into LABELS}; EC57's classes unless given.
    """
    window, start = samples(window_s, rate_hz), samples(start_s, rate_hz)
    ref, own = marked(reference, window, codes), marked(test, window, codes)
    pairs = np.array(list(_pairs(ref.sample.tolist(), own.sample.tolist(), window, start, length)), np.int64)
    pairs = pairs.reshape(-1, 4)
    i, j = pairs[:, 0], pairs[:, 1]
    both, missed, extra = (i >= 0) & (j >= 0), j < 0, i < 0
    missed_at, extra_at = ref.sample[i[missed]], own.sample[j[extra]]
    in_flutter = inside(ref.flutter, extra_at)
    rows, columns = np.full(len(pairs), _O), np.full(len(pairs), _O)
    rows[~extra], columns[~missed] = ref.label[i[~extra]], own.label[j[~missed]]
    rows[extra] = np.where(inside(ref.shut_down, extra_at), _X, _O)
    columns[missed] = np.where(inside(own.shut_down, missed_at), _X, _O)
    counted = (rows < _O) | (columns < _O)
    counted[extra] &= ~in_flutter
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(matrix, (rows[counted], columns[counted]), 1)
    end = max(start, length if length is not None else max(ref.sample, default=0))
    return BeatComparison(
        matrix=matrix,
        matched=np.stack([ref.sample[i[both]], own.sample[j[both]]], axis=1),
        missed=missed_at,
        extra=extra_at[~in_flutter],
        in_flutter=int(in_flutter.sum()),
        rr_errors=_interval_errors(ref, own, pairs[:, 2:], rate_hz),
        rr_errors_matched=_interval_errors(ref, own, pairs[_follows_a_match(i, j), :2], rate_hz),
        shut_down_s=float(np.diff(np.clip(own.shut_down, start, end)).sum()) / rate_hz,
        duration_s=(end - start) / rate_hz,
    )


def samples(seconds: float, rate_hz: float) -> int:
    """A duration in whole samples, to the nearest one."""
    return int(seconds * rate_hz + 0.5)


def _pairs(
    ref: list[int], test: list[int], window: int, start: int, length: int | None
) -> Iterator[tuple[int, int, int, int]]:
    """(reference beat, test beat, and the two that are looked at then), indices; _NONE in the first two for "none".

    Both lists are walked through together. The earlier of the two beats looked at is paired with the other one if that
    is in the window, and if the beat after the earlier one is no better partner or has a better one itself.
    """
    refs, tests = [*ref, FOREVER, FOREVER], [*test, FOREVER, FOREVER]
    i, j = (int(np.searchsorted(beats, start)) for beats in (ref, test))
    if j > 0 and refs[i] - tests[j - 1] <= window and refs[i] - tests[j - 1] < abs(refs[i] - tests[j]):
        yield i, j - 1, i, j - 1  # a detection at the end of the learning period, of the first beat after it
        i += 1
    elif start > 0 and tests[j] <= start + window and abs(refs[i] - tests[j + 1]) < abs(refs[i] - tests[j]):
        j += 1  # a detection of a beat in the learning period
    while min(refs[i], tests[j]) <= length if length is not None else refs[i] < FOREVER:
        ahead = tests[j] < refs[i]
        a, b, earlier, later = (j, i, tests, refs) if ahead else (i, j, refs, tests)
        distance, instead = later[b] - earlier[a], abs(later[b] - earlier[a + 1])
        if distance <= window and (distance < instead or abs(later[b + 1] - earlier[a + 1]) < instead):
            yield i, j, i, j
            i, j = i + 1, j + 1
        elif ahead:
            yield _NONE, j, i, j
            j += 1
        else:
            yield i, _NONE, i, j
            i += 1


def _follows_a_match(i: NDArray[np.int64], j: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs are matches that come right after another."""
    match = (i >= 0) & (j >= 0)
    match[1:] &= match[:-1].copy()
    match[:1] = False
    return match


def _intervals(of: Marked) -> NDArray[np.int64]:
    """[beats + 1], the RR interval that ends at each beat; 0 where there is none: flutter or shut-down begins in it."""
    found = np.zeros(len(of.sample) + 1, np.int64)
    if len(of.sample) > 1:
        onsets = np.sort(np.concatenate([of.flutter[:, 0], of.shut_down[:, 0]]))
        broken = np.diff(np.searchsorted(onsets, of.sample)) > 0
        found[1:-1] = np.where(broken, 0, np.diff(of.sample))
    return found


def _interval_errors(
    ref: Marked, test: Marked, pairs: NDArray[np.int64], rate_hz: float
) -> NDArray[np.float64]:
    """Differences in ms of the RR intervals that end at these beats, where both have one."""
    ours, theirs = _intervals(ref), _intervals(test)
    a, b = ours[np.minimum(pairs[:, 0], len(ref.sample))], theirs[np.minimum(pairs[:, 1], len(test.sample))]
    return np.asarray((a - b)[(a > 0) & (b > 0)] * (1000 / rate_hz), np.float64)


def rms(errors: NDArray[np.float64]) -> float | None:
    """Root mean square; None of nothing."""
    return float(np.sqrt(np.mean(np.square(errors)))) if len(errors) else None


@dataclass(frozen=True, eq=False)
class Rates:
    """Detection of one kind of beat.

    Attributes:
        tp: int64 [...], true positives.
        fn: int64 [...], false negatives.
        fp: int64 [...], false positives.
        tn: int64 [...], true negatives, of V: beats and false detections that are neither; else None.
    """

    tp: NDArray[np.int64]
    fn: NDArray[np.int64]
    fp: NDArray[np.int64]
    tn: NDArray[np.int64] | None = None


def rates(matrix: NDArray[np.int64]) -> dict[str, Rates]:
    """Detection of "QRS", "S" and "V" by EC57.

    F or Q called V is no false positive of V, nor is Q called S one of S. S called V is one of V.

    Args:
        matrix: int64 [..., 7, 7], as of `BeatComparison`, or sums of such.
    """
    beats, none = slice(0, _O), slice(_O, None)
    tp, fn, fp = (matrix[..., i, j].sum(axis=(-2, -1)) for i, j in ((beats, beats), (beats, none), (none, beats)))
    found = {"QRS": Rates(tp, fn, fp)}
    for name in ECTOPIC:
        own, others = LABELS.index(name), [k for k, label in enumerate(LABELS) if label != name]
        tp = matrix[..., own, own]
        negatives = [k for k in others if LABELS[k] not in NOT_COUNTED[name]]
        neither = matrix[..., others, :_O].sum(axis=(-2, -1)) - matrix[..., others, own].sum(axis=-1)
        fn, fp = matrix[..., own, :].sum(axis=-1) - tp, matrix[..., negatives, own].sum(axis=-1)
        found[name] = Rates(tp, fn, fp, neither if name == "V" else None)
    return found
