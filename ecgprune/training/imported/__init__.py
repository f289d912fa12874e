"""Models that users bring: Keras 3 and tf_keras files, and SavedModels, on the way to int8."""

from ecgprune.training.imported.loading import keras_model, traced_model

__all__ = ["keras_model", "traced_model"]
