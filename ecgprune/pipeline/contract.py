"""What a run knows of its model beyond the .tflite: the classes, and how a beat is prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecgprune.config import DataConfig

if TYPE_CHECKING:
    from ecgprune.interface import ModelContract

__all__ = ["contract_of"]


def contract_of(data: DataConfig) -> ModelContract:
    """The contract of a model that was trained on beats of these settings."""
    from ecgprune.ecg.dataset import CLASSES
    from ecgprune.ecg.filter import BAND_HZ, LSB_MV
    from ecgprune.interface import ModelContract

    return ModelContract(
        labels=CLASSES,
        sample_rate_hz=data.sample_rate_hz,
        window=data.window,
        window_before=data.window_before,
        band_low_hz=BAND_HZ[0],
        band_high_hz=BAND_HZ[1],
        unit_uv=round(1000 * LSB_MV),
    )
