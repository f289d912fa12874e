"""Where the beats of a dataset come from, as dataset.json states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecgprune.config import DataConfig
from ecgprune.ecg.databases import registry
from ecgprune.ecg.databases.registry import Database
from ecgprune.ecg.records import Record
from ecgprune.errors import DataError

__all__ = ["Said", "check", "remarks"]

_SHOWN = 8  # records that a remark names


class Said:
    """What the records of a dataset say of themselves, gathered while they are read."""

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}
        self._leads: dict[str, list[str]] = {}
        self._instead: dict[str, str] = {}
        self._notes: dict[str, list[str]] = {}
        self._synthetic = False

    def add(self, record: Record, lead: int | None, *, used: bool, wanted: str) -> None:
        """Takes a record in.

        Args:
            record: the record.
            lead: index of the lead that is used; None where it lacks the one that is asked for.
            used: whether its beats are.
            wanted: the lead that is asked for.
        """
        self._hashes |= record.hashes
        self._synthetic |= record.synthetic
        if not used or lead is None:
            return
        name = record.leads[lead]
        self._leads.setdefault(name, []).append(record.name)
        if wanted not in ("", name):
            self._instead[record.name] = name
        if record.notes:
            self._notes[record.name] = list(record.notes)

    def info(self, config: DataConfig, names: Sequence[str]) -> dict[str, Any]:
        """The part of dataset.json about the origin of the beats.

        Args:
            config: of the dataset.
            names: of all records that were read.
        """
        homes = _homes(names, config)
        return {
            "name": " and ".join(database.called(records) for database, records in homes),
            "sources": [database.about(len(records)) for database, records in homes],
            "synthetic": self._synthetic,
            "leads": self._leads,
            "lead_instead": self._instead,
            "notes": self._notes,
            "input_hashes": self._hashes,
        }


def check(record: Record, config: DataConfig, folder: Path) -> None:
    """Holds a record against config.database: results name the database that they come from.

    Args:
        record: as it was read.
        config: which database is asked for; "wfdb" takes any.
        folder: where the record lies, for the message.

    Raises:
        DataError: the record is of another one.
    """
    if config.database == "wfdb":
        return
    home, _, name = record.name.rpartition("/")
    database = registry.get(home if config.database == "mixed" else config.database)
    of = registry.recognized([name])
    if record.synthetic == (database is registry.SYNTHETIC) and (not database.records or name in database.records):
        return
    what = "a synthetic record" if record.synthetic else f"{of.short}'s" if of.published else "of no database known"
    raise DataError(
        f"{record.name} in {folder} is {what}, and the config asks for database '{config.database}'; "
        "give the folder of that database, or a config for this one (database 'wfdb' takes any records)"
    )


def remarks(info: Mapping[str, Any]) -> list[str]:
    """What a run says about its data, a line each: leads that stand in for others, beats and records left out.

    Args:
        info: of a dataset.
    """
    left_out = info["left_out"]
    found = []
    if info.get("lead_instead"):
        instead = [f"{name}: {lead}" for name, lead in info["lead_instead"].items()]
        wanted = f"lead {info['config']['lead']}" if info["config"]["lead"] else "the database's own lead"
        found.append(f"{_number(instead, 'record')} without {wanted}: another one is used ({_some(instead)})")
    if left_out["records"]:
        records = [f"{name}: {why}" for name, why in left_out["records"].items()]
        found.append(f"{_number(records, 'record')} left out ({_some(records)})")
    for key, why in (("gap_beats", "in gaps of the signal"), ("unclassed_beats", "of codes that data.beats lacks")):
        if left_out.get(key):
            found.append(f"{left_out[key]} beat{'' if left_out[key] == 1 else 's'} left out: {why}")
    notes = [f"{name}: {note}" for name, said in info.get("notes", {}).items() for note in said]
    return found + notes[:_SHOWN] + ([f"and {len(notes) - _SHOWN} more notes in dataset.json"] * (len(notes) > _SHOWN))


def _homes(names: Sequence[str], config: DataConfig) -> list[tuple[Database, list[str]]]:
    """The databases of records, each with the names of its records in it."""
    if config.database != "mixed":
        return [(registry.get(config.database), list(names))]
    homes: dict[str, list[str]] = {}
    for home, _, name in (name.rpartition("/") for name in names):
        homes.setdefault(home, []).append(name)
    return [(registry.get(home), records) for home, records in homes.items()]


def _number(items: Sequence[str], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def _some(items: Sequence[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (", ..." if len(items) > _SHOWN else "")
