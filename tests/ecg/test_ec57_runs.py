"""Cases worked by hand from EC57's rules for runs, at 360 samples a second."""

import numpy as np
import pytest

from ecgprune.ecg.ec57_runs import compare_runs, run_rates
from ecgprune.ecg.reading.annotations import Annotations

START = 108_000


def rhythm(text):
    """Annotations 300 samples apart from minute 5 on; "." stands for none, "(" and ")" for the ends of "(AFIB"."""
    rows = [(START + 300 * (k + 1), code) for k, code in enumerate(text) if code != "."]
    codes = [{"(": "+", ")": "+"}.get(code, code) for _, code in rows]
    notes = [{"(": "(AFIB", ")": "(N"}.get(code, "") for _, code in rows]
    subtypes = [0x30 if code == "~" else 0 for _, code in rows]
    return Annotations.of([time for time, _ in rows], codes, subtypes, notes)


def lengths(reference, test, kind="V", **options):
    """({(run of the reference, longest of the test annotations): how many}, the same from the test's runs)."""
    options = {"window": 54, "start": START, **options}
    found = compare_runs(rhythm(reference), rhythm(test), kind, **options)
    return tuple(
        {(int(i), int(j)): int(matrix[i, j]) for i, j in np.argwhere(matrix)}
        for matrix in (found.sensitivity, found.predictivity)
    )


@pytest.mark.parametrize(
    ("reference", "test", "sensitivity", "predictivity"),
    [
        ("NVVN", "NVVN", {(2, 2): 1}, {(2, 2): 1}),
        ("NVVN", "NV.N", {(2, 1): 1}, {(1, 1): 1}),  # a couplet with one beat missed
        ("NVVN", "NVNN", {(2, 1): 1}, {(1, 1): 1}),
        ("NVVN", "N..N", {(2, 0): 1}, {}),
        ("NNNN", "NVVN", {}, {(0, 2): 1}),
        ("NVVVN", "NVVNN", {(3, 2): 1}, {(2, 2): 1}),  # of its three beats, the two at the couplet's time
        ("NVVVVVVVN", "NVVVNVVVN", {(6, 3): 1}, {(3, 3): 2}),
        ("NVFVN", "NVVVN", {(3, 3): 1}, {(3, 3): 1}),  # F extends a run
        ("NVAVN", "NVNVN", {(1, 1): 2}, {(1, 1): 2}),  # S ends one
        ("NVQVN", "NVVVN", {(1, 1): 2}, {(1, 3): 1}),
        ("NV~VN", "NVVVN", {(1, 1): 2}, {(1, 3): 1}),  # so does shut-down
        ("N[.]N", "NVVVN", {(6, 3): 1}, {(6, 3): 1}),  # flutter is a long run
        ("NVVVVN", "N[..]N", {(4, 6): 1}, {(4, 6): 1}),
        ("NNNN", "N[]N", {}, {(0, 6): 1}),
        ("NVV", "NVV", {(2, 2): 1}, {(2, 2): 1}),  # the end of the annotations ends a run
        ("NNNN", "NNNN", {}, {}),  # no run at all
        ("", "", {}, {}),
    ],
)
def test_runs_of_ventricular_beats(reference, test, sensitivity, predictivity):
    assert lengths(reference, test) == (sensitivity, predictivity)


def test_runs_of_supraventricular_beats():
    assert lengths("NAAAN", "NAANN", "S") == ({(3, 2): 1}, {(2, 2): 1})
    assert lengths("NAVAN", "NAAAN", "S") == ({(1, 1): 2}, {(1, 3): 1})
    assert lengths("N(NNN)N", "NNNAAAN", "S") == ({(6, 3): 1}, {(6, 3): 1})  # atrial fibrillation is a long run
    assert lengths("N(NNN)N", "NNNNNNN", "S") == ({(6, 0): 1}, {})


def test_what_comes_before_the_test_period_is_no_run():
    assert lengths("NVVN", "NVVN", start=START + 3 * 300) == ({(1, 1): 1}, {(1, 1): 1})
    assert lengths("[...]N", "NNNNNN", start=START + 3 * 300) == ({(6, 0): 1}, {})
    assert lengths("[.]NVN", "[.]NNN", start=START + 4 * 300) == ({(1, 0): 1}, {})


def test_what_comes_after_the_record_is_no_run():
    assert lengths("NVVNVN", "NVVNNN", length=START + 4 * 300) == ({(2, 2): 1}, {(2, 2): 1})


def test_flutter_without_an_end_is_a_long_run_to_the_end():
    assert lengths("N[....", "NNVVNN") == ({(6, 2): 1}, {(6, 2): 1})


def test_rates_of_couplets_short_and_long_runs():
    found = compare_runs(
        rhythm("NVVNVVNVVVNVVVVVVVNNNN"), rhythm("NVVNV.NVVVNVVVNVVVNVVN"), "V", window=54, start=START
    )
    rates = run_rates(found.sensitivity, found.predictivity)
    values = {k: tuple(int(n) for n in (r.found, r.missed, r.true, r.false)) for k, r in rates.items()}
    assert values == {"couplets": (1, 1, 1, 1), "short": (1, 0, 3, 0), "long": (0, 1, 0, 0)}
