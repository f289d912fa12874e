"""The pictures of the reproduction, as SVG: the same rows give the same bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import write_text
from ecgprune.formatting import percent
from ecgprune.study.plan import DISTILLED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["allocation", "noise", "pareto", "sparsity", "stages_or_one_shot"]

Row = Mapping[str, Any]
COLOURS = {"weight": "#1565c0", "block": "#2e7d32", "channel": "#c62828", "channel-block": "#6a1b9a"}
NAMES = {
    "weight": "single weights", "block": "1x4 blocks", "channel": "whole channels",
    "channel-block": "channels, then 1x4 blocks",
}  # fmt: skip
LEAST_RANGE = 0.04
"""Least range of macro-F1 on the axis of the first figure, so that the chance of one split does not fill it."""
QUESTION = {"acharya": "model A", "compact": "compact"}
METHODS = {
    ("multistage", ""): ("in stages", "#1565c0"),
    ("one-shot", "stages"): ("one shot, the epochs of all stages", "#ef6c00"),
    ("one-shot", "stage"): ("one shot, the epochs of one stage", "#78909c"),
}
ALLOCATIONS = {"uniform": "#78909c", "sensitivity": "#ef6c00", "cost": "#6a1b9a"}
_STYLE: Any = {"svg.hashsalt": "ecgprune", "svg.fonttype": "path", "font.size": 10, "font.family": "DejaVu Sans",
          "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e0e0e0"}  # fmt: skip


def pareto(path: Path, rows: Sequence[Row], rival: Row | None) -> None:
    """Macro-F1 of the int8 models against instructions per beat on a Cortex-M4.

    Args:
        path: of the figure.
        rows: the summary's, of one seed, for one split.
        rival: "instructions" is what the dense network takes on TFLM + CMSIS-NN; None where that is not measured.
    """
    measured = [row for row in rows if row["group"] == "intra" and row["instructions"]]
    dense = _only(measured, chain="", method="dense")
    if not dense:
        return
    figure, axes = _figure(8.6, 4.6)
    for granularity, colour in COLOURS.items():
        stages = _only(measured, chain=granularity, method="multistage")
        once = _only(measured, chain=granularity, method="one-shot")
        if stages:
            _curve(axes, [*dense, *stages], colour, f"{NAMES[granularity]}, in stages", marker="o")
        _curve(axes, once, colour, f"{NAMES[granularity]}, one shot", marker="x", linestyle=":")
        for row in stages:
            axes.annotate(percent(row["target"], 0), _place(row), xytext=(4, 5), textcoords="offset points", fontsize=7,
                          color=colour)  # fmt: skip
    axes.plot(*_place(dense[0]), "k*", markersize=14, label="dense, ecgprune", zorder=5)
    if rival:
        level = dense[0]["macro_f1_mean"]
        axes.plot(rival["instructions"], level, "ks", markersize=9, label="dense or sparse, TFLM + CMSIS-NN", zorder=5)
        cheapest = min(measured, key=lambda row: row["instructions"] if row["chain"] in COLOURS else math.inf)
        for row, side in ((dense[0], "center"), (cheapest, "left")):
            fewer = f"{rival['instructions'] / row['instructions']:.1f} times fewer\nthan TFLM + CMSIS-NN"
            axes.annotate(fewer, _place(row), xytext=(0, 40), ha=side, textcoords="offset points", fontsize=8,
                          arrowprops={"arrowstyle": "-", "linewidth": 0.5})  # fmt: skip
    scores = [row["macro_f1_mean"] for row in measured if row["chain"] in ("", *COLOURS)]
    axes.set_ylim(min(min(scores), max(scores) - LEAST_RANGE) - 0.002, max(scores) + 0.01)
    axes.set_xscale("log")
    _log_ticks(axes)
    axes.set(xlabel="instructions per beat, Cortex-M4 (counted)", ylabel="macro-F1, MIT-BIH test beats, int8")
    _save(figure, axes, path)


def sparsity(path: Path, rows: Sequence[Row]) -> None:
    """Macro-F1 against the share of weights that are gone: mean and standard deviation over the seeds."""
    figure, axes = _figure(8.6, 4.2)
    mine = [row for row in rows if row["group"] == "intra" and row["precision"] == "int8"]
    dense = _only(mine, chain="", method="dense")
    for granularity, colour in COLOURS.items():
        stages = [*dense, *_only(mine, chain=granularity, method="multistage")]
        stages = [row for row in stages if row["seeds"] == dense[0]["seeds"]]  # else it would be of other splits
        if len(stages) > len(dense):
            axes.errorbar(
                [row["sparsity"] for row in stages], [row["macro_f1_mean"] for row in stages],
                [row["macro_f1_std"] or 0.0 for row in stages], color=colour, marker="o", markersize=4, capsize=3,
                label=f"{NAMES[granularity]}, in stages",
            )  # fmt: skip
    axes.set(xlabel="share of the weights that are zero or gone", ylabel="macro-F1, MIT-BIH test beats, int8")
    _save(figure, axes, path)


def allocation(path: Path, rows: Sequence[Row]) -> None:
    """Macro-F1 against instructions, by how a stage's goal is shared among the layers."""
    measured = [row for row in rows if row["group"] == "intra" and row["instructions"]]
    figure, axes = _figure(8.6, 4.2)
    drawn = False
    for how, colour in ALLOCATIONS.items():
        found = _only(measured, chain=f"instructions-{how}", method="multistage")
        _curve(axes, found, colour, f"{how}", marker="o")
        drawn |= bool(found)
    if drawn:
        axes.xaxis.set_major_formatter(_short)
        axes.set(xlabel="instructions per beat, Cortex-M4 (counted)", ylabel="macro-F1, MIT-BIH test beats, int8")
        _save(figure, axes, path)


def stages_or_one_shot(path: Path, rows: Sequence[Row]) -> None:
    """Macro-F1 against zeros: one panel per network and allocation, stages and one shot, both learning rates."""
    import matplotlib.pyplot as plt

    grid = [row for row in rows if row["group"] in QUESTION and row["chain"] != DISTILLED]
    mine = [row for row in grid if row["precision"] == "int8" and row["target"] > 0]
    if not mine:
        return
    kinds = list(dict.fromkeys(row["allocation"] for row in mine))
    networks = [group for group in QUESTION if any(row["group"] == group for row in mine)]
    size = (10, 0.7 + 3 * len(networks))
    with plt.rc_context(_STYLE):
        figure, panels = plt.subplots(
            len(networks), len(kinds), figsize=size, sharey=True, squeeze=False, layout="constrained"
        )
    for line, group in zip(panels, networks, strict=True):
        for axes, kind in zip(line, kinds, strict=True):
            for (method, budget), (label, colour) in METHODS.items():
                for rewind, style in ((True, "-"), (False, ":")):
                    wanted = {"group": group, "allocation": kind, "method": method, "budget": budget, "rewind": rewind}
                    found = sorted(_only(mine, **wanted), key=lambda row: row["target"])
                    axes.errorbar(
                        [percent(row["target"], 0) for row in found], [row["macro_f1_mean"] for row in found],
                        [row["macro_f1_std"] or 0.0 for row in found], color=colour, linestyle=style, marker="o",
                        markersize=3, capsize=2, label=f"{label}, rate {'rewound' if rewind else 'of the end'}",
                    )  # fmt: skip
            axes.set_title(f"{QUESTION[group]}, {kind} allocation", fontsize=9)
        line[0].set_ylabel("macro-F1, test beats, int8")
    for axes in panels[-1]:
        axes.set(xlabel="zeros", ylim=(0, 1))
    figure.legend(
        *panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8, frameon=False
    )
    _write(figure, path)


def noise(path: Path, rows: Sequence[Row]) -> None:
    """Macro-F1 against the signal-to-noise ratio: dense and pruned, trained with and without noise."""
    import matplotlib.pyplot as plt

    if not rows:
        return
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    names = {"bw": "baseline wander", "em": "electrode motion", "ma": "muscle artefact"}
    with plt.rc_context(_STYLE):
        figure, panels = plt.subplots(1, len(kinds), figsize=(10, 3.6), sharey=True, squeeze=False)
    for axes, kind in zip(panels[0], kinds, strict=True):
        for group, colour in (("intra", "#78909c"), ("noisy", "#1565c0")):
            for point, line in (("dense", "-"), ("weight-80", "--")):
                found = [r for r in rows if (r["kind"], r["group"], r["point"]) == (kind, group, point)]
                if not found:
                    continue
                found.sort(key=lambda row: row["snr_db"])
                trained = "noise in training" if group == "noisy" else "trained without noise"
                what = "dense" if point == "dense" else "80 % zeros"
                axes.plot([r["snr_db"] for r in found], [r["macro_f1"] for r in found], line, color=colour, marker="o",
                          markersize=3, label=f"{what}, {trained}")  # fmt: skip
        axes.set(title=names.get(kind, kind), xlabel="signal-to-noise ratio, dB")
        axes.invert_xaxis()
    panels[0][0].set_ylabel("macro-F1, test beats, int8")
    _save(figure, panels[0][0], path)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    with plt.rc_context(_STYLE):
        return plt.subplots(figsize=(width, height))


def _only(rows: Iterable[Row], **wanted: object) -> list[Row]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _place(row: Row) -> tuple[float, float]:
    return row["instructions"], row["macro_f1_mean"]


def _curve(axes: Axes, rows: Sequence[Row], colour: str, label: str, **style: Any) -> None:
    if rows:
        at = sorted(_place(row) for row in rows)
        axes.plot([x for x, _ in at], [y for _, y in at], color=colour, label=label, markersize=5, **style)


def _log_ticks(axes: Axes) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(10, (1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(_short)
    axes.xaxis.set_minor_formatter(NullFormatter())


def _short(instructions: float, _: float = 0) -> str:
    return f"{instructions / 1e6:g} M" if instructions >= 1e6 else f"{instructions / 1e3:g} k"


def _save(figure: Any, axes: Axes, path: Path) -> None:
    axes.legend(fontsize=8, frameon=False)
    for each in figure.axes:
        low = each.get_ylim()[0]
        if each.get_ylabel() and low > 0:
            each.set_ylabel(f"{each.get_ylabel()}\nthe axis begins at {low:.2f}, not at 0")
    figure.tight_layout()
    _write(figure, path)


def _write(figure: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    text = io.StringIO()
    with plt.rc_context(_STYLE):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    write_text(path, text.getvalue())
