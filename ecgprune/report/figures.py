"""Geometry of the figures of the page. The templates turn it into SVG, so the same data give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecgprune.formatting import percent, score
from ecgprune.report.artefacts import Beats
from ecgprune.report.schema_scores import Pruning, Stage

__all__ = ["BeatPicture", "Cell", "Curve", "Series", "confusion", "pick_beats", "pruning_curve"]


@dataclass(frozen=True)
class Series:
    """One line of a chart: points (x, y) in pixels with the text that names each."""

    name: str
    style: str
    points: list[tuple[float, float, str]]

    @property
    def path(self) -> str:
        """The line as an SVG path."""
        return " ".join(f"{'ML'[i > 0]}{x:g} {y:g}" for i, (x, y, _) in enumerate(self.points))


@dataclass(frozen=True)
class Curve:
    """A chart in a box of width x height pixels; ticks are (position, label), plot is left, top, right, bottom."""

    width: int
    height: int
    plot: tuple[int, int, int, int]
    x_title: str
    y_title: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    series: list[Series]


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix.

    Attributes:
        count: beats.
        shade: its colour's strength in percent.
        right: whether it is on the diagonal.
    """

    count: int
    shade: int
    right: bool


@dataclass(frozen=True)
class BeatPicture:
    """A drawn beat.

    Attributes:
        number: of the beat among the test beats.
        path: its line as an SVG path in a box of 360 x 150.
        label: its class.
        predicted: the predicted class.
        share: probability of the predicted class, 0 to 1.
    """

    number: int
    path: str
    label: str
    predicted: str
    share: float

    @property
    def right(self) -> bool:
        """Whether the prediction is correct."""
        return self.label == self.predicted


def pruning_curve(pruning: Pruning) -> Curve:
    """Validation macro-F1 against the share of zeros, or of removed MACs: of the stages, and of one-shot."""
    width, height = 640, 374
    left, top, right, bottom = plot = (60, 40, width - 30, height - 60)
    one_shot = [pruning.one_shot] if pruning.one_shot else []
    scores = [pruning.dense_macro_f1, *(s.macro_f1 for s in [*pruning.stages, *one_shot])]
    low, step = _floor(min(scores), max(scores))

    def place(reduction: float, macro_f1: float, text: str) -> tuple[float, float, str]:
        x = left + reduction * (right - left)
        y = bottom - (macro_f1 - low) / (1 - low) * (bottom - top)
        return round(x, 1), round(y, 1), text

    def point(stage: Stage, kind: str) -> tuple[float, float, str]:
        what = "fewer MACs" if stage.macs else "zeros"
        text = f"{kind}, {percent(stage.reduction)} {what}: macro-F1 {score(stage.macro_f1)}"
        return place(stage.reduction, stage.macro_f1, text)

    dense = place(0, pruning.dense_macro_f1, f"dense: macro-F1 {score(pruning.dense_macro_f1)}")
    staged = [dense, *(point(s, f"stage {i}") for i, s in enumerate(pruning.stages, start=1))]
    series = [Series("in stages", "staged", staged)]
    if one_shot:
        series.append(Series("one-shot", "oneshot", [dense, point(one_shot[0], "one-shot")]))
    ticks = [low + step * i for i in range(round((1 - low) / step) + 1)]
    return Curve(
        width=width,
        height=height,
        plot=plot,
        x_title="multiply-accumulates removed" if pruning.stages[0].macs else "weights that are zero",
        y_title=f"macro-F1; the axis begins at {low:.2f}, not at 0" if low else "macro-F1",
        x_ticks=[(left + t / 100 * (right - left), f"{t}%") for t in range(0, 101, 20)],
        y_ticks=[(place(0, t, "")[1], f"{t:.2f}") for t in ticks],
        series=series,
    )


def _floor(lowest: float, highest: float) -> tuple[float, float]:
    """Start of the score axis, and the distance of its ticks: the axis starts below the lowest score and ends at 1."""
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if s == 0.2 or (1 - lowest) / s <= 6)
    return max(0.0, round(np.floor(lowest / step - 0.5) * step, 10)), step


def confusion(matrix: list[list[int]]) -> list[list[Cell]]:
    """The matrix by rows of the reference class. Shades grow with the root of a cell's share of its row."""
    return [
        [Cell(count, round(100 * (count / max(1, sum(counts))) ** 0.5), i == j) for j, count in enumerate(counts)]
        for i, counts in enumerate(matrix)
    ]


def pick_beats(beats: Beats, classes: list[str], scale: float, right: int = 5, wrong: int = 4) -> list[BeatPicture]:
    """The correct prediction of each class with the highest probability, then one of each of the most frequent errors.

    Of equals the first in the test data is taken, so the result is always the same.

    Args:
        beats: the test beats.
        classes: their names.
        scale: what 1 in `beats.ecg` is in the model's input.
        right: correct predictions at most.
        wrong: errors at most.
    """
    share = beats.probabilities[np.arange(len(beats.label)), beats.predicted].astype(float)
    correct = beats.label == beats.predicted
    chosen: list[int] = []
    for index in range(len(classes)):
        mine = np.flatnonzero(correct & (beats.label == index))
        if mine.size and len(chosen) < right:
            chosen.append(int(mine[share[mine].argmax()]))
    kinds = beats.label.astype(int) * len(classes) + beats.predicted
    found, first, counts = np.unique(kinds[~correct], return_index=True, return_counts=True)
    mistakes = np.flatnonzero(~correct)
    commonest = np.lexsort((found, -counts))[:wrong]
    chosen += [int(mistakes[first[k]]) for k in commonest]
    span = (float(beats.ecg[chosen].min()) * scale, float(beats.ecg[chosen].max()) * scale) if chosen else (-1.0, 1.0)
    return [_picture(beats, i, classes, share[i], scale, span) for i in chosen]


def _picture(
    beats: Beats, index: int, classes: list[str], share: Any, scale: float, span: tuple[float, float]
) -> BeatPicture:
    """All pictures share one vertical scale; `span` is the lowest and the highest value of all."""
    low, high = span
    y = 8 + (high - beats.ecg[index].astype(float) * scale) / max(high - low, 1e-9) * 134
    x = np.linspace(0, 360, len(y))
    return BeatPicture(
        number=index,
        path="M" + " L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)),
        label=classes[int(beats.label[index])],
        predicted=classes[int(beats.predicted[index])],
        share=float(share),
    )

