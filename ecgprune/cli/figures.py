"""Figures of an image in tables, the same in every command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecgprune.cli.console import grouped

__all__ = ["cycles", "energy", "time"]

Row = Mapping[str, Any]


def cycles(row: Row) -> str:
    """The estimate, and its interval where it has one."""
    low, high = row["cycles_estimate"], row.get("cycles_high")
    return f"{grouped(low)} to {grouped(high)}" if high is not None else grouped(low)


def time(row: Row) -> str:
    """Milliseconds at a clock; "" where either is not known."""
    return "" if row["time_ms"] is None else f"{row['time_ms']:.3g} at {row['clock_hz'] / 1e6:g} MHz"


def energy(row: Row) -> str:
    """Microjoules, and the current that they assume; "" where nobody states one."""
    if row["energy_uj"] is None:
        return ""
    return f"{row['energy_uj']:.3g} at {row['ua_per_mhz']:g} µA/MHz, {row['supply_v']:g} V"
