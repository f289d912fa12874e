"""Configs: TOML files checked into frozen dataclasses.

A config is found by path or, without a suffix, by the name of one that ships in `presets/`.
"""

from ecgprune.config.budget import BoardBudget, BudgetConfig
from ecgprune.config.pruning import GOALS, PruneConfig, Stage
from ecgprune.config.reading import check, described, load, parse, shipped
from ecgprune.config.schema import (
    Config,
    DataConfig,
    ExportConfig,
    FirmwareConfig,
    ModelConfig,
    QuantizeConfig,
    SyntheticConfig,
    TrainConfig,
    VerifyConfig,
)

__all__ = [
    "GOALS",
    "BoardBudget",
    "BudgetConfig",
    "Config",
    "DataConfig",
    "ExportConfig",
    "FirmwareConfig",
    "ModelConfig",
    "PruneConfig",
    "QuantizeConfig",
    "Stage",
    "SyntheticConfig",
    "TrainConfig",
    "VerifyConfig",
    "check",
    "described",
    "load",
    "parse",
    "shipped",
]
