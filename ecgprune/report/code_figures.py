"""Geometry of the figures about the generated code: what each operator costs, and what lies in the arena when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecgprune.formatting import THIN_SPACE, grouped, percent
from ecgprune.report.schema_firmware import ArenaPart, Firmware, Layer

__all__ = ["ArenaMap", "Bar", "LayerChart", "Part", "arena_map", "layer_chart"]

_WIDTH = 640
_BAR_ROW, _BARS, _LABELS, _VALUES = 30, 24, 236, 104  # pixels of a row, bars at most, pixels beside the bars
_MAP_HEIGHT, _MAP_LEFT, _MAP_RIGHT, _MAP_TOP, _MAP_BOTTOM = 400, 76, 12, 34, 58
_TICK_PIXELS = 34  # operators that are closer are not all labelled
_UNITS = (
    ("cycles_estimate", "cycles, estimated from counted instructions"),
    ("cycles_predicted", "cycles, predicted by the cost model"),
    ("instructions", "instructions, counted"),
    ("instructions_estimate", "instructions, predicted by the cost model"),
)
_KINDS = {"tensor": "tensor", "state": "state, which lasts", "scratch": "working memory of a kernel"}


@dataclass(frozen=True)
class Bar:
    """An operator in a chart: its label, value as text, the bar's top and width in pixels, and what it is in words."""

    label: str
    value: str
    y: int
    width: float
    text: str


@dataclass(frozen=True)
class LayerChart:
    """Horizontal bars that begin at zero, in a box of width x height pixels; left is where they begin."""

    width: int
    height: int
    left: int
    unit: str
    bars: list[Bar]


@dataclass(frozen=True)
class Part:
    """A rectangle of the map: pixels, style, a label where there is room for one, and what it is in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str
    text: str


@dataclass(frozen=True)
class ArenaMap:
    """The arena over time, in a box of width x height pixels: operators from left to right, addresses upwards.

    Attributes:
        width: of the box.
        height: of the box.
        plot: left, top, right, bottom of the map in it.
        x_ticks: (position, label) of operators.
        y_ticks: (position, label) of addresses.
        parts: the rectangles, the largest first.
        kinds: {style: words} of those that occur, for the legend.
    """

    width: int
    height: int
    plot: tuple[int, int, int, int]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    parts: list[Part]
    kinds: dict[str, str]


def layer_chart(layers: Sequence[Layer], firmware: Firmware | None) -> LayerChart | None:
    """What each operator of an image costs, in the order of the model; those that cost least are one bar.

    Args:
        layers: the model's operators.
        firmware: the image; None: no board ran.

    Returns:
        None where nothing is known by operator, as on the tflm runtime.
    """
    own = {layer.op: layer for layer in firmware.layers} if firmware else {}
    found = next(((key, unit) for key, unit in _UNITS
                  if any(getattr(o, key) for o in own.values())), None)  # fmt: skip
    if found is None:
        return None
    key, unit = found
    costs = [(layer, getattr(own[layer.op], key) or 0) for layer in layers if layer.op in own]
    total, costly = sum(cost for _, cost in costs), [(layer, cost) for layer, cost in costs if cost]
    least = sorted(costly, key=lambda row: -row[1])[_BARS:]
    rows = [(f"{layer.op} {layer.operator}", own[layer.op].kernel, cost) for layer, cost in costly
            if (layer, cost) not in least]  # fmt: skip
    if least:
        rows.append((f"{len(least)} more", "", sum(cost for _, cost in least)))
    most = max(cost for _, _, cost in rows)
    room = _WIDTH - _LABELS - _VALUES
    words = [(f"{grouped(cost)} {unit.partition(',')[0]}", percent(cost / total), kernel) for _, kernel, cost in rows]
    bars = [
        Bar(label, grouped(cost, separator=THIN_SPACE), i * _BAR_ROW, round(cost / most * room, 1),
            f"{label}: {', '.join(filter(None, words[i]))}")
        for i, (label, _, cost) in enumerate(rows)
    ]  # fmt: skip
    return LayerChart(_WIDTH, len(bars) * _BAR_ROW + 6, _LABELS, unit, bars)


def arena_map(parts: Sequence[ArenaPart], layers: Sequence[Layer], arena_bytes: int) -> ArenaMap | None:
    """Tensors and working memory as rectangles: from the operator that needs them first to the last one.

    Args:
        parts: what lies there.
        layers: the model's operators; those without code take no time.
        arena_bytes: size of the arena.

    Returns:
        None where it is not known what lies where.
    """
    if not parts or not arena_bytes:
        return None
    plot = left, top, right, bottom = _MAP_LEFT, _MAP_TOP, _WIDTH - _MAP_RIGHT, _MAP_HEIGHT - _MAP_BOTTOM
    ops = [layer.op for layer in layers if layer.kernel]
    column = (right - left) / (len(ops) + 2)  # before the first operator, and after the last one

    def begin(op: int | None) -> float:
        """Left edge of the first operator with code from `op` on."""
        return left + (0 if op is None else column * (1 + sum(other < op for other in ops)))

    def end(op: int | None) -> float:
        """Right edge of the last operator with code up to `op`."""
        return right if op is None else left + column * (1 + sum(other <= op for other in ops))

    scale = (bottom - top) / arena_bytes
    drawn = []
    for part in sorted(parts, key=lambda p: (-p.bytes, p.offset, p.what)):
        x, width = begin(part.first_op), max(end(part.last_op) - begin(part.first_op), column / 2)
        height = part.bytes * scale
        label = grouped(part.bytes, separator=THIN_SPACE) if width > 40 and height > 17 else ""
        text = f"{part.what}: {_KINDS[part.kind]}, {grouped(part.bytes)} bytes from byte {part.offset} on"
        drawn.append(Part(round(x, 1), round(bottom - part.offset * scale - height, 1), round(width, 1),
                          round(height, 1), part.kind, label, text))  # fmt: skip
    every = max(1, round(_TICK_PIXELS / column))
    labels = [(left + column * (1.5 + i), f"{op}") for i, op in enumerate(ops) if i % every == 0]
    step = next(s for s in (2**n for n in range(4, 40)) if arena_bytes / s <= 6)
    return ArenaMap(
        width=_WIDTH,
        height=_MAP_HEIGHT,
        plot=plot,
        x_ticks=[(round(x, 1), label) for x, label in labels],
        y_ticks=[(round(bottom - at * scale, 1), grouped(at, separator=THIN_SPACE))
                 for at in range(0, arena_bytes + 1, step)],
        parts=drawn,
        kinds={kind: words for kind, words in _KINDS.items() if any(p.kind == kind for p in parts)},
    )  # fmt: skip
