"""Scores over records: EC57's statistics, intervals over patients, parts."""

import numpy as np
import pytest

from ecgprune.ecg import ec57, evaluation
from ecgprune.ecg.databases import registry
from ecgprune.ecg.dataset import CLASSES

N, S, V, F, Q = range(5)


def answers(record, patient, label, predicted, minute=None):
    label, predicted = np.array(label, np.uint8), np.array(predicted, np.uint8)
    minute = np.arange(len(label), dtype=float) if minute is None else np.array(minute, float)
    return evaluation.Answers(record, patient, "MLII", label, predicted, minute, {"edge_beats": 1})


def test_fusion_and_unknown_beats_are_no_false_positives_in_ec57s_statistics():
    # As bxb counts: VFP = Nv + Sv, SFP = Ns + Vs + Fs.
    matrix = np.zeros((5, 5), int)
    matrix[V, V], matrix[N, V], matrix[S, V], matrix[F, V], matrix[Q, V] = 60, 20, 20, 100, 200
    matrix[S, S], matrix[N, S], matrix[V, S], matrix[F, S], matrix[Q, S] = 30, 10, 10, 10, 400
    found = ec57.scores(matrix, CLASSES)
    assert found.ec57_ppv[V] == 60 / (60 + 20 + 20)
    assert found.ppv[V] == 60 / 400
    assert found.ec57_ppv[S] == 30 / (30 + 10 + 10 + 10)
    assert found.ppv[S] == 30 / 460
    assert found.se[V] == 60 / 70
    assert found.ec57_f1[V] == pytest.approx(2 * 0.6 * (6 / 7) / (0.6 + 6 / 7))
    assert np.array_equal(found.ec57_ppv[[N, F, Q]], found.ppv[[N, F, Q]], equal_nan=True)


def test_intervals_are_percentiles_over_patients_and_not_over_beats():
    draw = np.random.default_rng(5)
    right = draw.integers(50, 101, 12)
    each = np.zeros((12, 5, 5), int)
    each[:, N, N], each[:, N, S] = right, 100 - right
    found = evaluation.intervals(each, CLASSES, 4000, seed=1)
    # by hand: the mean share of 12 patients drawn with replacement
    means = [right[draw.integers(0, 12, 12)].mean() / 100 for _ in range(4000)]
    assert found["accuracy"] == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.01)
    assert found["per_class"]["V"] == {"se": None, "ppv": None, "f1": None}
    assert found == evaluation.intervals(each, CLASSES, 4000, seed=1)
    assert found != evaluation.intervals(each, CLASSES, 4000, seed=2)
    assert evaluation.intervals(each[:1], CLASSES) is None


def test_records_of_one_patient_are_drawn_together():
    one = [answers("201", "201+202", [N] * 4, [N] * 4), answers("202", "201+202", [N] * 4, [S] * 4)]
    found = evaluation.score(one, CLASSES, evaluation.Subset("all", "all records"))
    assert (found["records"], found["patients"], found["beats"], found["accuracy"]) == (2, 1, 8, 0.5)
    assert found["intervals"] is None
    two = [*one, answers("100", "100", [N] * 4, [N] * 4)]
    intervals = evaluation.score(two, CLASSES, evaluation.Subset("all", ""))["intervals"]
    assert intervals["accuracy"] == [0.5, 1.0]
    assert intervals["per_class"]["N"]["se"] == [0.5, 1.0]
    three = [*two, answers("101", "101", [S] * 4, [S, S, N, N])]
    alone = evaluation.score(three, CLASSES, evaluation.Subset("all", ""))
    assert (alone["per_class"]["S"]["se"], alone["per_class"]["S"]["patients"]) == (0.5, 1)
    assert alone["intervals"]["per_class"]["S"] == {"se": None, "ppv": None, "f1": None}, "one patient has no spread"


def test_parts_leave_out_paced_records_record_232_and_the_first_five_minutes():
    mitdb = registry.get("mitdb")
    found = {s.name: s for s in evaluation.subsets(mitdb, ["100", "104", "232"], trained=["100"])}
    assert found["without_paced"].left_out == ("104",)
    assert found["without_232"].left_out == ("232",)
    assert found["unseen"].left_out == ("100",)
    assert found["ec57"] == evaluation.Subset("ec57", found["ec57"].title, ("104",), 5.0)
    assert [s.name for s in evaluation.subsets(registry.get("svdb"), ["801"])] == ["all", "ec57"]
    every = [answers("100", "100", [N, N, N], [N, S, N], [4.9, 5.0, 6.0]), answers("104", "104", [Q], [N])]
    scored = evaluation.score(every, CLASSES, found["ec57"])
    assert (scored["beats"], scored["accuracy"], scored["records_left_out"]) == (2, 0.5, ["104"])
    assert evaluation.score(every[1:], CLASSES, found["ec57"]) is None


def test_each_record_has_a_row_and_the_rules_name_every_code():
    (row,) = evaluation.per_record([answers("100", "100", [N, V, V], [N, V, N])], CLASSES)
    assert (row["beats"], row["left_out"], row["lead"], row["ec57"]["V"]["se"]) == (3, {"edge_beats": 1}, "MLII", 0.5)
    assert row["ec57"]["S"] == {"se": None, "ppv": None, "f1": None}
    rules = evaluation.rules({"N": N, "L": N, "A": S, "V": V, "F": F, "/": Q, "?": Q}, CLASSES)
    assert "N = N L, S = A, V = V, F = F, Q = / ?. Unknown beats are of class Q" in rules[1]
