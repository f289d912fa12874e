"""The databases that ecgprune knows, each a data file `<name>.toml` beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

__all__ = ["OWN", "SYNTHETIC", "Database", "get", "names", "parse", "recognized"]


@dataclass(frozen=True)
class Database:
    """What is known of a database before any of its files is read.

    Attributes:
        name: as configs and commands call it; PhysioNet's own name where PhysioNet has it.
        title: its full name.
        short: what messages call it.
        version: of the files that `sha256` describes.
        doi: of that version, without "doi:".
        licence: of the records.
        citation: what users of the records are asked to cite.
        megabytes: size of the download, about.
        sample_rate_hz: of its records; 0 where each has its own.
        lead: the signal that is used unless a config names one; "" is the first signal of each record.
        annotator: suffix of the annotation files; "" where there are none.
        records: names of all its records; empty where any may be there.
        paced: records with paced beats, which EC57 leaves out.
        same_patient: groups of records that are of one person; any other record is a person of its own.
        splits: name -> records.
        sha256: file name -> SHA-256 in hexadecimal, "" where nobody knows it. A file that is missing here is checked by
            the SHA256SUMS.txt that comes with a download.
    """

    name: str
    title: str
    short: str
    version: str = ""
    doi: str = ""
    licence: str = ""
    citation: str = ""
    megabytes: int = 0
    sample_rate_hz: int = 0
    lead: str = ""
    annotator: str = "atr"
    records: tuple[str, ...] = ()
    paced: tuple[str, ...] = ()
    same_patient: tuple[tuple[str, ...], ...] = ()
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def published(self) -> bool:
        """Whether `data fetch` can get it."""
        return bool(self.doi)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of every record, sorted; all databases here have one .dat file per record."""
        suffixes = sorted(s for s in (self.annotator, "dat", "hea") if s)
        return tuple(f"{record}.{suffix}" for record in self.records for suffix in suffixes)

    def patient_of(self, record: str) -> str:
        """The patient's name: that of the record, but "201+202" for the two records of one patient."""
        return next(("+".join(group) for group in self.same_patient if record in group), record)

    def called(self, records: Iterable[str]) -> str:
        """The database's name, and how many of its records these are where some are missing.

        Args:
            records: names of the records at hand.
        """
        found = set(records) & set(self.records)
        some = self.records and len(found) < len(self.records)
        return f"{self.name}, {len(found)} of {len(self.records)} records" if some else self.name

    def about(self, records: int) -> dict[str, Any]:
        """What documents say of it, ready for JSON: title, version, DOI, licence, what to cite, and how much of it.

        Args:
            records: how many of its records there are.
        """
        kept = ("title", "version", "doi", "licence", "citation")
        said = {key: getattr(self, key) for key in kept}
        return {"database": self.name, **said, "records": records, "of": len(self.records) or records}


OWN = Database("wfdb", "WFDB records of a folder of one's own", "the folder")
"""Records of the user's own, with any names."""

SYNTHETIC = Database("synthetic", "ecgprune's synthetic database", "the synthetic database")

_FOLDER = resources.files("ecgprune.ecg.databases")


@cache
def names() -> tuple[str, ...]:
    """The databases that can be fetched, sorted: one for each data file."""
    return tuple(sorted(p.name.removesuffix(".toml") for p in _FOLDER.iterdir() if p.name.endswith(".toml")))


@cache
def get(name: str) -> Database:
    """The database of this name: one of `names()`, "synthetic" or "wfdb".

    Raises:
        KeyError: there is none.
    """
    if name in ("wfdb", "synthetic"):
        return OWN if name == "wfdb" else SYNTHETIC
    if name not in names():
        raise KeyError(name)
    return parse(name, (_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Database:
    """The database that TOML `text` describes; its keys are the attributes of `Database`."""
    values: dict[str, Any] = tomllib.loads(text)
    values["splits"] = MappingProxyType({key: tuple(records) for key, records in values.pop("splits", {}).items()})
    values["sha256"] = MappingProxyType(values["sha256"])
    values["same_patient"] = tuple(tuple(group) for group in values.pop("same_patient", []))
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Database(name, **(values | lists))


def recognized(records: Iterable[str]) -> Database:
    """The database that all these records belong to, by their names; `OWN` where there is none.

    Args:
        records: names of records, of a folder whose database nobody has named.
    """
    given = set(records)
    fitting = (database for database in map(get, names()) if given and given <= set(database.records))
    return next(fitting, OWN)
