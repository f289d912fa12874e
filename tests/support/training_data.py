"""Small beats for the training tests: five classes that a small network tells apart in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

CLASSES = ["N", "S", "V", "F", "Q"]


@dataclass(frozen=True)
class SmallBeats:
    """As `ecg.dataset.Dataset`, as far as training looks at it."""

    ecg: NDArray[np.int8]
    rr: NDArray[np.int8]
    label: NDArray[np.uint8]
    split: NDArray[np.uint8]
    record: NDArray[np.uint16]
    info: dict[str, Any] = field(
        default_factory=lambda: {"ecg_scale": 1 / 16, "rr_scale": 1 / 32, "classes": CLASSES}
    )
    noisy: dict[str, NDArray[np.int8]] | None = None
    second: dict[str, NDArray[np.int8]] | None = None

    @property
    def inputs(self) -> dict[str, NDArray[np.int8]]:
        return {"ecg": self.ecg, "rr": self.rr}


def small_beats(count: int = 800, window: int = 64, seed: int = 0) -> SmallBeats:
    """`count` beats: a bump whose place and width tell the class, S told by its RR features; 70% train, 15% + 15%."""
    draw = np.random.default_rng(seed)
    label = draw.integers(0, 5, count).astype(np.uint8)
    place = np.array([0.5, 0.5, 0.35, 0.65, 0.5])[label] * window + draw.normal(0, 0.5, count)
    width = np.array([2, 2, 5, 3, 9])[label]
    wave = np.exp(-(((np.arange(window) - place[:, None]) / width[:, None]) ** 2))
    ecg = np.clip(np.round(70 * wave + draw.normal(0, 3, wave.shape)), -128, 127).astype(np.int8)
    rr = np.clip(draw.normal(0, 8, (count, 4)) + np.where(label == 1, -50, 0)[:, None], -128, 127).astype(np.int8)
    split = np.zeros(count, np.uint8)
    split[int(0.7 * count) : int(0.85 * count)] = 1
    split[int(0.85 * count) :] = 2
    return SmallBeats(ecg, rr, label, split, (np.arange(count) % 4).astype(np.uint16))


@contextmanager
def shortened() -> Iterator[None]:
    """Models "compact" are built with three of their five convolutions: TensorFlow's time grows with the layers."""
    from ecgprune.training import models

    with mock.patch.object(models, "COMPACT_LAYERS", models.COMPACT_LAYERS[:3]):
        yield
