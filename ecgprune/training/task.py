"""What a model is trained for, as the loop, pruning and its measurements see it.

The ECG pipeline's task is `beats.BeatsTask`, that of a user's own arrays `samples.SamplesTask`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batches", "Examples", "Task"]

Examples = tuple[Mapping[str, NDArray[np.float32]], Any, NDArray[np.float32]]
"""(inputs: float32 [n, ...] by name, targets: n of what the loss takes, weights: float32 [n])."""


class Batches(Protocol):
    """The training examples, epoch by epoch. The same seed and epoch always give the same batches."""

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        ...

    def epoch(self, number: int) -> Iterator[Examples]:
        """The batches of epoch `number`, from 0."""
        ...


class Task(Protocol):
    """Examples to learn from, what is lost on them, and how a model is scored.

    Attributes:
        steps: batches in an epoch of training.
        metric: names the score that training steers by, one of those that `scores` returns.
        said: the same for people, short.
    """

    @property
    def steps(self) -> int: ...
    @property
    def metric(self) -> str: ...
    @property
    def said(self) -> str: ...

    def batches(self, model: Any, seed: int) -> Batches:
        """What `model` is trained on; `seed` draws order and variations."""
        ...

    def loss(self, targets: Any, answered: Any) -> Any:
        """The loss of each example, float32 [n], from its targets and the model's output."""
        ...

    def mean_loss(self, targets: Any, answered: Any, weights: Any) -> Any:
        """The weighted mean of `loss` over a batch, that training makes small."""
        ...

    def drawn(self, count: int, seed: int) -> NDArray[np.intp]:
        """Up to `count` training examples in an order that `seed` draws."""
        ...

    def examples(self, model: Any, index: NDArray[np.intp]) -> Examples:
        """What `model` takes and should answer for some training examples, without variations."""
        ...

    def scores(self, model: Any) -> dict[str, float]:
        """The scores of the float `model` on the validation examples."""
        ...

    def rank(self, score: float) -> float:
        """A number that is larger for a better score of `metric`."""
        ...
