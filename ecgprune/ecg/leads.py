"""Which signals of a record are used."""

from __future__ import annotations

from ecgprune.config import DataConfig
from ecgprune.ecg.databases import registry
from ecgprune.ecg.records import Record

__all__ = ["chosen_lead", "second_lead", "wanted_lead"]


def wanted_lead(record: Record, config: DataConfig) -> str:
    """The name of the lead that is asked for: the config's, else the database's own; "" for the record's first."""
    return config.lead or registry.get(record.database).lead


def chosen_lead(record: Record, config: DataConfig) -> int | None:
    """Index of the lead that is used.

    Args:
        record: has the leads.
        config: names one, and says in data.lead_missing what to do where a record lacks it.

    Returns:
        An index into record.leads; None where the record is left out.
    """
    wanted = wanted_lead(record, config)
    if wanted in ("", *record.leads):
        return record.leads.index(wanted) if wanted else 0
    return 0 if config.lead_missing == "first" else None


def second_lead(record: Record, config: DataConfig) -> int | None:
    """Index of a second lead beside the one of `chosen_lead`: the first of the others; None where there is none."""
    first = chosen_lead(record, config)
    return next((i for i in range(len(record.leads)) if i != first), None) if first is not None else None
