"""Cases worked by hand from EC57's rules, at 360 samples a second."""

import numpy as np
import pytest

from ecgprune.ecg.beat_codes import AAMI_CLASS
from ecgprune.ecg.ec57_beats import compare, rates, rms
from ecgprune.ecg.ec57_periods import LABELS
from ecgprune.ecg.reading.annotations import Annotations

RATE = 360
BEFORE, START = 107_700, 108_000  # 5:00.000
REGULAR = [START + 300 * k for k in range(1, 11)]


def of(*beats):
    """Annotations from (sample, symbol) or (sample, symbol, subtype)."""
    return Annotations.of([b[0] for b in beats], [b[1] for b in beats], [(*b, 0)[2] for b in beats])


def counts(reference, test, **options):
    """{"Nn": pairs, ...} of what is not zero, as bxb names them."""
    matrix = compare(reference, test, RATE, **options).matrix
    return {LABELS[i] + LABELS[j].lower(): int(matrix[i, j]) for i, j in np.argwhere(matrix)}


def regular(**changes):
    """Ten beats; `at3="V"` relabels the fourth, `at3=""` leaves it out."""
    symbols = [changes.get(f"at{k}", "N") for k in range(10)]
    return of(*((sample, symbol) for sample, symbol in zip(REGULAR, symbols, strict=True) if symbol))


def test_of_two_detections_in_one_window_the_nearer_one_is_the_beat():
    far_near = of((REGULAR[0] - 40, "N"), (REGULAR[0] + 10, "V"), *((s, "N") for s in REGULAR[1:]))
    assert counts(regular(), far_near) == {"Nn": 9, "Nv": 1, "On": 1}
    near_far = of((REGULAR[0] - 10, "V"), (REGULAR[0] + 40, "N"), *((s, "N") for s in REGULAR[1:]))
    assert counts(regular(), near_far) == {"Nn": 9, "Nv": 1, "On": 1}
    twice = of((REGULAR[0], "N"), *((s, "N") for s in REGULAR))
    assert counts(regular(), twice) == {"Nn": 10, "On": 1}


def test_54_samples_are_150_ms_and_55_are_not():
    for late in (54, -54):
        assert counts(of((REGULAR[0], "N")), of((REGULAR[0] + late, "N"))) == {"Nn": 1}
    for late in (55, -55):
        assert counts(of((REGULAR[0], "N")), of((REGULAR[0] + late, "N")), length=650_000) == {"No": 1, "On": 1}


def test_a_beat_at_exactly_five_minutes_counts_and_one_sample_before_does_not():
    assert counts(of((START, "N")), of((START, "N"))) == {"Nn": 1}
    assert counts(of((START - 1, "N"), (START + 400, "N")), of((START - 1, "N"), (START + 400, "N"))) == {"Nn": 1}


def test_a_detection_before_five_minutes_may_match_a_beat_after():
    assert counts(of((START + 10, "N")), of((START - 20, "N"))) == {"Nn": 1}


def test_a_detection_after_five_minutes_of_a_beat_before_is_not_extra():
    assert counts(of((START - 10, "N"), (START + 300, "N")), of((START + 5, "N"), (START + 300, "N"))) == {"Nn": 1}


def test_the_learning_period_can_be_kept():
    assert counts(of((BEFORE, "N"), (START, "N")), of((BEFORE, "N"), (START, "N")), start_s=0) == {"Nn": 2}


def test_beats_beyond_the_end_of_the_record_do_not_count():
    end = REGULAR[4] + 100
    assert counts(regular(), regular(), length=end) == {"Nn": 5}
    assert counts(regular(), regular(at4=""), length=end) == {"Nn": 4, "No": 1}
    assert counts(regular(at9=""), regular(), length=650_000) == {"Nn": 9, "On": 1}
    assert counts(regular(at9=""), regular()) == {"Nn": 9}  # length unknown: up to the last beat of the reference


def test_detections_in_flutter_of_the_reference_do_not_count():
    reference = of((REGULAR[0], "N"), (REGULAR[1], "["), (REGULAR[2], "!"), (REGULAR[4], "]"), (REGULAR[5], "N"))
    test = of(*((s, "V") for s in REGULAR[:6]))
    found = compare(reference, test, RATE)
    assert counts(reference, test) == {"Nv": 2}
    assert (found.in_flutter, len(found.extra)) == (4, 0)


def test_beats_in_flutter_of_the_test_annotations_are_missed():
    test = of((REGULAR[0], "N"), (REGULAR[1], "["), (REGULAR[2], "N"), (REGULAR[4], "]"), (REGULAR[5], "N"))
    assert counts(of(*((s, "N") for s in REGULAR[:6])), test) == {"Nn": 2, "No": 4}


def test_flutter_without_an_end_lasts_to_the_end():
    reference = of((REGULAR[0], "N"), (REGULAR[1], "["), (REGULAR[2], "N"))
    assert counts(reference, regular(), length=650_000) == {"Nn": 1}


def test_beats_missed_in_shut_down_are_counted_apart():
    test = of((REGULAR[0], "N"), (REGULAR[1] - 50, "~", 0x30), (REGULAR[3] + 50, "~", 0), (REGULAR[5], "N"))
    reference = of(*((s, "V" if k == 2 else "N") for k, s in enumerate(REGULAR[:6])))
    found = compare(reference, test, RATE)
    assert counts(reference, test) == {"Nn": 2, "Nx": 2, "Vx": 1, "No": 1}
    assert found.shut_down_s == pytest.approx(700 / 360)
    assert rates(found.matrix)["QRS"].fn == 4
    assert rates(found.matrix)["V"].fn == 1


def test_noise_in_one_signal_alone_is_no_shut_down():
    test = of((REGULAR[0], "N"), (REGULAR[1] - 50, "~", 0x10), (REGULAR[1] + 50, "~", 0), (REGULAR[2], "N"))
    found = compare(regular(), test, RATE)
    assert counts(regular(), test) == {"Nn": 2, "No": 8}
    assert found.shut_down_s == 0


def test_shut_down_to_the_end_of_the_record():
    test = of((REGULAR[0], "N"), (REGULAR[1] - 50, "~", -1))
    found = compare(regular(), test, RATE, length=REGULAR[1] - 50 + 3600)
    assert counts(regular(), test) == {"Nn": 1, "Nx": 9}
    assert found.shut_down_s == 10


def test_a_single_shut_down_mark_reaches_to_the_beats_around_it():
    test = of((REGULAR[0], "N"), (REGULAR[1], "~", 0x30), (REGULAR[3], "N"), *((s, "N") for s in REGULAR[4:]))
    assert counts(regular(), test) == {"Nn": 8, "Nx": 2}


def test_detections_in_shut_down_of_the_reference():
    reference = of((REGULAR[0], "N"), (REGULAR[1] - 50, "~", 0x30), (REGULAR[3] + 50, "~", 0), (REGULAR[5], "N"))
    test = of(*((s, "N") for s in REGULAR[:6]))
    assert counts(reference, test) == {"Nn": 2, "Xn": 3, "On": 1}


def test_fusion_called_ventricular_is_no_false_positive_and_supraventricular_is():
    called_v, called_s = ({f"at{k}": symbol for k in (1, 2, 3, 4)} for symbol in "VA")
    found = rates(compare(regular(at1="F", at2="/", at3="A", at4="V"), regular(**called_v), RATE).matrix)
    assert (found["V"].tp, found["V"].fn, found["V"].fp) == (1, 0, 1)  # A alone
    found = rates(compare(regular(at1="Q", at2="F", at3="V", at4="A"), regular(**called_s), RATE).matrix)
    assert (found["S"].tp, found["S"].fn, found["S"].fp) == (1, 0, 2)  # F and V


def test_an_extra_ventricular_beat_is_a_false_positive():
    test = of(*((s, "N") for s in REGULAR), (REGULAR[3] + 150, "V"))
    found = rates(compare(regular(), test, RATE).matrix)
    assert counts(regular(), test) == {"Nn": 10, "Ov": 1}
    assert (found["V"].fp, found["QRS"].fp) == (1, 1)
    assert found["V"].tn == 10


def test_escape_beats_are_supraventricular_by_ec57_and_normal_by_de_chazal():
    assert counts(regular(at1="j", at2="e", at3="n"), regular()) == {"Nn": 7, "Sn": 3}
    assert counts(regular(at1="j", at2="e", at3="n"), regular(), codes=AAMI_CLASS) == {"Nn": 10}


def test_rr_error_of_one_late_detection():
    test = of(*((s + (36 if k == 4 else 0), "N") for k, s in enumerate(REGULAR)))
    found = compare(regular(), test, RATE)
    # of nine intervals, one is 100 ms too long, the next one 100 ms too short
    assert rms(found.rr_errors) == pytest.approx(100 * np.sqrt(2 / 9))
    assert rms(found.rr_errors_matched) == pytest.approx(100 * np.sqrt(2 / 9))


def test_rr_error_of_found_beats_leaves_out_a_missed_beat():
    found = compare(regular(), regular(at4=""), RATE)
    assert rms(found.rr_errors_matched) == 0
    assert rms(found.rr_errors) == pytest.approx(1000 * 300 / 360 * np.sqrt(2 / 9))  # as bxb: at the miss and after it


def test_no_rr_interval_spans_shut_down_or_flutter():
    test = of(*((s, "N") for s in REGULAR[:3]), (REGULAR[3], "~", 0x30), (REGULAR[4], "~"), (REGULAR[5] + 9, "N"))
    found = compare(of(*((s, "N") for s in REGULAR[:6])), test, RATE)
    assert rms(found.rr_errors_matched) == 0
    assert rms(compare(of(), regular(), RATE).rr_errors) is None


def test_lists_of_matched_missed_and_extra_beats():
    test = of((REGULAR[0] + 5, "N"), (REGULAR[1] + 120, "N"), *((s, "N") for s in REGULAR[2:]))
    found = compare(regular(), test, RATE)
    assert found.matched[0].tolist() == [REGULAR[0], REGULAR[0] + 5]
    assert found.missed.tolist() == [REGULAR[1]]
    assert found.extra.tolist() == [REGULAR[1] + 120]
    assert compare(of(), of(), RATE).matrix.sum() == 0


def test_the_window_is_rounded_to_the_nearest_sample():
    for rate, window in ((128, 19), (250, 38), (360, 54), (1000, 150)):
        beat = 400 * rate
        for late in (window, window + 1):
            found = compare(Annotations.of([beat]), Annotations.of([beat + late]), rate)
            assert len(found.matched) == (late == window)
