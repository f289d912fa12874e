"""What a run knows of its model beyond the .tflite: the classes, and how a beat is prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecgprune.config import DataConfig

if TYPE_CHECKING:
    from ecgprune.interface import ModelContract

__all__ = ["contract_of"]


def contract_of(data: DataConfig) -> ModelContract:
    """The contract of a model that was trained on beats of these settings."""
    from ecgprune.ecg.beats import LSB_MV
    from ecgprune.ecg.dataset import CLASSES
    from ecgprune.interface import ModelContract

    return ModelContract(
        labels=CLASSES,
        sample_rate_hz=data.sample_rate_hz,
        window=data.window,
        window_before=data.window_before,
        band_low_hz=data.band_low_hz,
        band_high_hz=data.band_high_hz,
        unit_uv=round(1000 * LSB_MV),
    )
