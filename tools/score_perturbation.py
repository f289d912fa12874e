"""Annotations spoilt at random, to compare scorers with: the same seed gives the same files."""

import numpy as np

from ecgprune.ecg.beat_codes import BEAT_CODES
from ecgprune.ecg.reading.annotations import Annotations

LABELS = np.array(list("NLRSAaJjenVErFQ/f"))
KINDS = ("beats", "all")


def perturbed(reference, record, kind, seed=1, rate_hz=360):
    """(reference, test): of `kind` "beats" the reference is as it was; of "all" it has more flutter and shut-down.

    Test beats are shifted, dropped, added and relabelled, in some records more than in others; flutter, atrial
    fibrillation, noise and shut-down come on top, some without an end.

    Args:
        reference: Annotations of a record.
        record: its name.
        kind: one of KINDS.
        seed: of the draws, beside record and kind.
        rate_hz: of the record.
    """
    rng = np.random.default_rng([int.from_bytes(record.encode(), "big"), KINDS.index(kind), seed])
    length = int(reference.sample[-1])
    rows = list(
        zip(
            reference.sample.tolist(), reference.symbol.tolist(), reference.subtype.tolist(), reference.note,
            strict=True,
        )
    )  # fmt: skip
    test = [spoilt for row in rows for spoilt in _spoilt(row, rng, worse=rng.choice([0.3, 1, 3]), rate_hz=rate_hz)]
    test = _with_periods(test, rng, length, count=int(rng.integers(0, 7)))
    if kind == "all":
        rows = _with_periods(rows, rng, length, count=int(rng.integers(1, 9)))
    return _annotations(rows), _annotations(test)


def _spoilt(row, rng, worse, rate_hz):
    """The annotations that stand for one of the reference."""
    time, symbol, _, _ = row
    if symbol not in BEAT_CODES:
        return
    chance = rng.random(4) / worse
    if chance[0] > 0.02:
        width = 0.15 if chance[1] < 0.05 else 0.012
        label = str(rng.choice(LABELS)) if chance[2] < 0.06 else symbol
        yield max(1, time + int(rng.normal(0, width) * rate_hz)), label, 0, ""
    if chance[3] < 0.03:
        yield max(1, time + int(rng.integers(-60, 300))), str(rng.choice(LABELS)), 0, ""


def _with_periods(rows, rng, length, count):
    """The same with flutter, atrial fibrillation, noise and shut-down at random times."""
    rows = list(rows)
    for _ in range(count):
        begin = int(rng.integers(length // 20, length))
        end = begin + int(rng.integers(50, length // 40))
        what = rng.choice(["flutter", "af", "noise", "silent", "silent with beats", "one mark"])
        if what == "flutter":
            rows += [(begin, "[", 0, ""), (end, "]", 0, "")]
        elif what == "af":
            rows += [(begin, "+", 0, "(AFIB"), (end, "+", 0, "(N")]
        elif what == "noise":
            rows += [(begin, "~", 0x10, ""), (end, "~", 0, "")]
        else:
            if what != "silent with beats":
                rows = [row for row in rows if not begin - 20 <= row[0] <= end + 20]
            rows += [(begin, "~", 0x30, "")] + [(end, "~", 0x13, "")] * (what != "one mark")
    return [row for row in rows if row[0] < length]


def _annotations(rows):
    sample, symbol, subtype, note = zip(*rows, strict=True)
    return Annotations.of(sample, symbol, subtype, note)
