"""The figures of the page: the curve of pruning, and the beats that are shown."""

import numpy as np
from report_run import write_run

from ecgprune.report.artefacts import Beats, load
from ecgprune.report.figures import pick_beats, pruning_curve
from ecgprune.report.summary import summarize


def test_curve_begins_at_the_dense_model_and_stays_in_its_plot(tmp_path):
    curve = pruning_curve(summarize(load(write_run(tmp_path / "run"))).pruning)
    left, top, right, bottom = curve.plot
    assert curve.series[0].points[0] == curve.series[1].points[0]
    assert curve.series[0].points[0][0] == left
    for line in curve.series:
        xs = [x for x, _, _ in line.points]
        assert xs == sorted(xs)
        assert all(left <= x <= right and top <= y <= bottom for x, y, _ in line.points)


def test_beats_shown_are_one_right_of_each_class_then_mistakes_of_the_commonest_kinds():
    label = np.array([0, 0, 1, 2, 2, 2, 0], np.uint8)
    predicted = np.array([0, 0, 1, 0, 0, 2, 1], np.uint8)
    probabilities = np.full((7, 3), 0.1)
    probabilities[np.arange(7), predicted] = [0.6, 0.9, 0.7, 0.8, 0.9, 0.5, 0.7]
    beats = Beats(np.arange(7 * 20).reshape(7, 20).astype(np.int8), label, predicted, probabilities)
    shown = pick_beats(beats, ["a", "b", "c"], 1 / 16)
    assert [(b.number, b.label, b.predicted, b.right) for b in shown] == [
        (1, "a", "a", True), (2, "b", "b", True), (5, "c", "c", True), (3, "c", "a", False), (6, "a", "b", False),
    ]  # fmt: skip
