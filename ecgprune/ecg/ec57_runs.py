"""Run-by-run comparison of annotations by ANSI/AAMI EC57: couplets, short runs (3 to 5 beats) and long runs (6 or more)
of ventricular or supraventricular ectopic beats.

Checked against PhysioNet's rxr, which implements the standard: results/score.json. As in rxr, F extends a run of V;
flutter or fibrillation is a long run of V; atrial fibrillation or flutter (rhythm "(AF...") is one of S, and normal
beats in it are S; a beat of any other kind, or shut-down, ends a run. Other than in rxr, flutter or fibrillation that a
beat ends, without "]", lasts up to that beat; rxr then looks for runs before the end of the last run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.beat_codes import EC57_CLASS
from ecgprune.ecg.ec57_periods import FOREVER, LABELS, unreadable
from ecgprune.ecg.reading.annotations import Annotations

__all__ = ["LONGEST", "RunComparison", "RunRates", "compare_runs", "run_rates"]

LONGEST = 6
"""Runs of as many beats, or more, are one kind."""

_BEATS = {"V": "VF", "S": "S"}
_ON, _OFF = {"V": "[", "S": "{"}, {"V": "]", "S": "}"}
_ENDS = {"[": "]", "{": "}"}


@dataclass(frozen=True, eq=False)
class RunComparison:
    """What a run-by-run comparison found.

    Attributes:
        sensitivity: int64 [7, 7], for each run of the reference its length and that of the longest run of the test
            annotations at the same time; 6 stands for 6 and more.
        predictivity: int64 [7, 7], for each run of the test annotations the length of the longest run of the reference
            at the same time, and its own.
    """

    sensitivity: NDArray[np.int64]
    predictivity: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RunRates:
    """Detection of runs of one kind: int64 [...] each.

    Attributes:
        found: runs of the reference that the test annotations have at least as long as their kind is.
        missed: those that they have not.
        true: runs of the test annotations of this kind that the reference has at least as long as the kind is.
        false: those that it has not.
    """

    found: NDArray[np.int64]
    missed: NDArray[np.int64]
    true: NDArray[np.int64]
    false: NDArray[np.int64]


def compare_runs(
    reference: Annotations,
    test: Annotations,
    kind: str,
    *,
    window: int,
    start: int,
    length: int | None = None,
    codes: Mapping[str, int] = EC57_CLASS,
) -> RunComparison:
    """Compares runs of ectopic beats.

    Args:
        reference: annotations by experts.
        test: annotations by a device, in the same time base.
        kind: "V" or "S".
        window: how far apart annotations of one beat may be, in samples.
        start: the sample where the comparison begins.
        length: samples of the record; None: up to the last annotation.
        codes: {beat code: index into LABELS}.
    """
    ref, own = _marks(reference, codes), _marks(test, codes)
    end = FOREVER if length is None else length
    sensitivity, predictivity = (np.zeros((LONGEST + 1, LONGEST + 1), np.int64) for _ in range(2))
    theirs = _Longest(own, kind)
    for beats, begin, last in _runs(ref, kind, window, start, end):
        sensitivity[beats, theirs.between(begin, last)] += 1
    theirs = _Longest(ref, kind)
    for beats, begin, last in _runs(own, kind, window, start, end):
        predictivity[theirs.between(begin, last), beats] += 1
    return RunComparison(sensitivity, predictivity)


def run_rates(sensitivity: NDArray[np.int64], predictivity: NDArray[np.int64]) -> dict[str, RunRates]:
    """Detection of "couplets", "short" and "long" runs.

    Args:
        sensitivity: int64 [..., 7, 7], as of `RunComparison`, or sums of such.
        predictivity: the same.
    """
    found = {}
    for name, first, last in (("couplets", 2, 2), ("short", 3, 5), ("long", LONGEST, LONGEST)):
        of_ref, of_test = sensitivity[..., first : last + 1, :], predictivity[..., :, first : last + 1]
        found[name] = RunRates(
            found=of_ref[..., first:].sum(axis=(-2, -1)),
            missed=of_ref[..., :first].sum(axis=(-2, -1)),
            true=of_test[..., first:, :].sum(axis=(-2, -1)),
            false=of_test[..., :first, :].sum(axis=(-2, -1)),
        )
    return found


_Mark = tuple[int, str]
"""(time, what is there): a beat's label, "U" where shut-down begins, "[" "]" around flutter or fibrillation of the
ventricles, "{" "}" around that of the atria."""


def _marks(annotations: Annotations, codes: Mapping[str, int]) -> list[_Mark]:
    """What matters to runs, in the order of time."""
    found: list[_Mark] = []
    rhythm, silent = "", False  # "[" or "{" while one lasts
    rows = zip(
        annotations.sample.tolist(), annotations.symbol.tolist(), annotations.subtype.tolist(), annotations.note,
        strict=True,
    )  # fmt: skip
    for time, symbol, subtype, note in rows:
        if symbol in codes:
            label = LABELS[codes[symbol]]
            found.append((time, "S" if label == "N" and rhythm == "{" else label))
        elif symbol == "~":
            if unreadable(subtype) and not silent:
                found.append((time, "U"))
            silent = unreadable(subtype)
        elif symbol in "[]" or (symbol == "+" and note):
            begins = _begins(symbol, note)
            if begins != rhythm and not (symbol == "]" and rhythm == "{"):
                found.append((time, begins or _ENDS[rhythm]))
                rhythm = begins
    return found


def _begins(symbol: str, note: str) -> str:
    """The rhythm that begins at an annotation: "[", "{", or "" for any other."""
    if symbol == "[" or note.startswith("(VF"):
        return "["
    return "{" if note.startswith("(AF") else ""


def _runs(marks: list[_Mark], kind: str, window: int, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(beats, first sample, last sample) of each run in the test period, with the window around it."""
    beats, begin, last = 0, 0, 0
    for time, mark in marks:
        if time > end:
            break
        if time < start:
            if mark == _ON[kind]:
                beats, begin, last = LONGEST, start - window, FOREVER
            elif mark in "]}":
                beats = 0
        elif mark in _BEATS[kind]:
            begin = begin if beats else time - window
            beats, last = min(beats + 1, LONGEST), time + window
        elif mark == _ON[kind] and not beats:
            beats, begin, last = LONGEST, time - window, FOREVER
        elif mark == _OFF[kind] and beats:
            last = time + window
        elif mark in "NSVFQU" and beats:
            yield beats, begin, min(last, time) if last == FOREVER else last
            beats = 0
    if beats:
        yield beats, begin, last


class _Longest:
    """The longest runs of one annotator between samples that move on; no beat is looked at twice."""

    def __init__(self, marks: list[_Mark], kind: str) -> None:
        self._marks, self._kind = [*marks, (FOREVER, "")], kind
        self._at, self._covered = 0, -1  # the next mark; the end of the last flutter or fibrillation

    def between(self, begin: int, last: int) -> int:
        """Beats of the longest run from `begin` to `last`, 6 at most."""
        if self._covered > begin:
            return LONGEST
        longest = now = 0
        while (time := self._marks[self._at][0]) <= last and time < FOREVER:
            mark = self._marks[self._at][1]
            if mark == _ON[self._kind]:
                self._skip_episode()
                if time >= begin or self._covered > begin:
                    return LONGEST
            elif time >= begin and mark in _BEATS[self._kind]:
                now = min(now + 1, LONGEST)
            elif mark not in "[]{}" or mark in _ON.values():
                now = 0
            longest = max(longest, now)
            self._at += 1
        return longest

    def _skip_episode(self) -> None:
        """Goes on to the end of the flutter or fibrillation that begins here."""
        other = _ON["S" if self._kind == "V" else "V"]
        ends = (_OFF[self._kind], other, "U", "")
        self._at = next(k for k in range(self._at + 1, len(self._marks)) if self._marks[k][1] in ends)
        self._covered = self._marks[self._at][0]
