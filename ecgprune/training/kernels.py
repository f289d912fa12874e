"""Which weights of a Keras model are pruned, and how they lie: the order in which TFLite stores them.

A kernel is a weight with one row per output: what an output multiplies its inputs by. The order within a row is
that of TFLite's file, so that a 1x4 block is four weights that follow one another there:

| layer | outputs | order within a row |
|---|---|---|
| convolution, pointwise kernel of a separable one | output channels | kernel position, then input channel (OHWI) |
| transposed convolution | output channels | the same, with Keras' two last axes swapped |
| depthwise convolution, depthwise kernel of a separable one | channels | kernel position |
| dense layer | units | inputs |
| LSTM, GRU, simple RNN: kernel and recurrent kernel | units of each gate | inputs; units of the step before |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.training._tf import keras

__all__ = ["PLAIN", "Kernel", "Layout", "find", "stays_dense"]

_L = keras.layers


@dataclass(frozen=True)
class Layout:
    """How the axes of a kernel lie in Keras.

    Attributes:
        swapped: the two last axes are (output, input) instead of (input, output).
        outputs: how many of the last axes number the outputs.
    """

    swapped: bool = False
    outputs: int = 1

    def rows(self, kernel: NDArray[Any]) -> NDArray[Any]:
        """`kernel` as [outputs, weights of a row], in TFLite's order."""
        straight = kernel.swapaxes(-1, -2) if self.swapped else kernel
        return straight.reshape(-1, self.count(kernel.shape)).T

    def count(self, shape: Any) -> int:
        """How many outputs a kernel of `shape` has."""
        sizes = [int(size) for size in shape]
        return sizes[-2] if self.swapped else int(np.prod(sizes[len(sizes) - self.outputs :]))


PLAIN = Layout()
"""Of convolutions and dense layers: the last axis numbers the outputs."""
_TRANSPOSED = Layout(swapped=True)
_DEPTHWISE = Layout(outputs=2)


@dataclass(frozen=True)
class Kernel:
    """A kernel of a model.

    Attributes:
        name: of its layer, "conv1"; where a layer has several, with that of the weight: "lstm/recurrent_kernel".
        layer: name of the layer of the model that holds it.
        variable: the weight itself.
        layout: how it lies.
        used: where a weight is used once: at each position of the layer's "output" or "input", or at each step of
            "time".
    """

    name: str
    layer: str
    variable: Any
    layout: Layout
    used: str

    def uses(self, taken: Any, given: Any) -> int:
        """How often one inference multiplies by each weight; a size that is not known counts once.

        Args:
            taken: shape of the layer's input, with the batch.
            given: shape of its output, with the batch.
        """
        sizes = taken[1:2] if self.used == "time" else (given if self.used == "output" else taken)[1:-1]
        return int(np.prod([size or 1 for size in sizes], dtype=int))


_KINDS: tuple[tuple[Any, tuple[tuple[str, Layout], ...], str], ...] = (
    ((_L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose), (("kernel", _TRANSPOSED),), "input"),
    ((_L.DepthwiseConv1D, _L.DepthwiseConv2D), (("depthwise_kernel", _DEPTHWISE),), "output"),
    (
        (_L.SeparableConv1D, _L.SeparableConv2D),
        (("depthwise_kernel", _DEPTHWISE), ("pointwise_kernel", PLAIN)),
        "output",
    ),
    ((_L.Conv1D, _L.Conv2D, _L.Conv3D, _L.Dense), (("kernel", PLAIN),), "output"),
    ((_L.LSTMCell, _L.GRUCell, _L.SimpleRNNCell), (("kernel", PLAIN), ("recurrent_kernel", PLAIN)), "time"),
)
"""(layers, (their kernels, how these lie), where they are used). The first row that fits a layer holds."""


def find(model: Any) -> list[Kernel]:
    """The kernels of a tf_keras `model`, in the order of its layers.

    Biases, normalization and the like are a few percent of the weights and are not pruned.
    """
    return [kernel for layer in model.layers for kernel in _of(layer)]


def stays_dense(model: Any) -> Iterator[tuple[str, str]]:
    """(layer, why) of each layer with weights, other than a few for each channel, that `find` leaves out."""
    for layer in model.layers:
        large = [weight for weight in layer.weights if len(weight.shape) > 1]
        if large and not _of(layer):
            if isinstance(layer, keras.Model):
                yield layer.name, "a model inside the model: build it as one"
            else:
                yield layer.name, f"{type(layer).__name__} has no kernel of a kind that is pruned"


def _of(layer: Any) -> list[Kernel]:
    found = list(_inside(layer, ""))
    alone = len(found) == 1
    return [
        Kernel(layer.name if alone else f"{layer.name}/{name}", layer.name, variable, layout, used)
        for name, variable, layout, used in found
    ]


def _inside(layer: Any, prefix: str) -> Iterator[tuple[str, Any, Layout, str]]:
    """(name, weight, layout, use) of the kernels in `layer`, in the layers that it wraps, and in its cells."""
    if isinstance(layer, _L.Bidirectional):
        yield from _inside(layer.forward_layer, f"{prefix}forward/")
        yield from _inside(layer.backward_layer, f"{prefix}backward/")
    elif isinstance(layer, _L.Wrapper):
        yield from _inside(layer.layer, prefix)
    elif isinstance(layer, _L.StackedRNNCells):
        for number, cell in enumerate(layer.cells, start=1):
            yield from _inside(cell, f"{prefix}cell{number}/")
    elif isinstance(layer, _L.RNN):
        yield from _inside(layer.cell, prefix)
    else:
        kind = next((row for row in _KINDS if isinstance(layer, row[0])), None)
        for name, layout in kind[1] if kind else ():
            yield f"{prefix}{name}", getattr(layer, name), layout, kind[2] if kind else ""
