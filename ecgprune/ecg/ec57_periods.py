"""What ANSI/AAMI EC57 takes from an annotation file: beats, ventricular flutter or fibrillation, shut-down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.beat_codes import EC57_CLASS
from ecgprune.ecg.reading.annotations import Annotations

__all__ = ["FOREVER", "LABELS", "Marked", "inside", "marked", "unreadable"]

LABELS = ("N", "S", "V", "F", "Q", "O", "X")
"""Rows and columns of EC57's matrix: the five classes, O: no beat, X: no beat, in shut-down."""

FOREVER = 2**62
"""The time of what does not come any more, and the end of a period that is never closed."""

_NO_CLASS = LABELS.index("O")
_BOTH_UNREADABLE = 0x30  # bits of the subtype of "~": one for each of two signals


@dataclass(frozen=True, eq=False)
class Marked:
    """The content of an annotation file that EC57 counts.

    Attributes:
        sample: int64 [beats], when each beat is; beats in flutter are no part of it.
        label: uint8 [beats], index into LABELS; "!" outside of flutter is "O", as in bxb.
        flutter: int64 [periods, 2], from "[" to "]".
        shut_down: int64 [periods, 2], from "~" with every signal unreadable to the next "~"; ends are inclusive.
    """

    sample: NDArray[np.int64]
    label: NDArray[np.uint8]
    flutter: NDArray[np.int64]
    shut_down: NDArray[np.int64]


def unreadable(subtype: int) -> bool:
    """Whether the subtype of a "~" says that no signal can be read: where shut-down begins (annot(5) of WFDB)."""
    return (subtype & _BOTH_UNREADABLE) == _BOTH_UNREADABLE


def marked(annotations: Annotations, window: int, codes: Mapping[str, int] = EC57_CLASS) -> Marked:
    """Beats and periods of an annotation file.

    A shut-down of one "~" alone, as in the AHA database, lasts from `window` after the annotation before to `window`
    before the next one.

    Args:
        annotations: in the order of time.
        window: of matching, in samples.
        codes: {beat code: index into LABELS}.
    """
    times, symbols, subtypes = annotations.sample.tolist(), annotations.symbol.tolist(), annotations.subtype.tolist()
    beats: list[tuple[int, int]] = []
    flutter: list[tuple[int, int]] = []
    shut_down: list[tuple[int, int]] = []
    at, count = 0, len(times)
    while at < count:
        time, symbol = times[at], symbols[at]
        if symbol in codes or symbol == "!":
            beats.append((time, codes.get(symbol, _NO_CLASS)))
        elif symbol == "[":
            at = next((k for k in range(at + 1, count) if symbols[k] == "]"), count)
            flutter.append((time, times[at] if at < count else FOREVER))
        elif symbol == "~" and unreadable(subtypes[at]):
            if at + 1 == count:
                shut_down.append((time, FOREVER))
            elif symbols[at + 1] == "~" and not unreadable(subtypes[at + 1]):
                at += 1
                shut_down.append((time, times[at]))
            else:
                before = max(beats[-1][0] if beats else 0, flutter[-1][1] if flutter else 0)
                end = times[at + 1] - window
                if end >= before:  # else there is no room for it
                    shut_down.append((min(before + window, end), end))
        at += 1
    return Marked(
        sample=np.array([time for time, _ in beats], np.int64),
        label=np.array([label for _, label in beats], np.uint8),
        flutter=np.array(flutter, np.int64).reshape(-1, 2),
        shut_down=np.array(shut_down, np.int64).reshape(-1, 2),
    )


def inside(periods: NDArray[np.int64], sample: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which samples lie in one of the periods, their ends included.

    Args:
        periods: int64 [periods, 2].
        sample: int64 [samples].
    """
    within = (periods[:, :1] <= sample) & (sample <= periods[:, 1:])
    return np.asarray(within.any(axis=0), np.bool_)
