"""WFDB headers: what a record holds, and in which files (header(5) of the WFDB Applications Guide)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ecgprune.errors import DataError

__all__ = [
    "FORMATS",
    "Header",
    "Signal",
    "line_of",
    "named_in",
    "read_header",
    "read_segments",
    "read_timing",
    "stays_inside",
]

FORMATS = {
    "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3,
    "508": 0, "516": 0, "524": 0,
}  # fmt: skip
"""Signal formats that are read, and the bits that a sample takes in the file; 0 where it is compressed (FLAC)."""

_WFDB_ERRORS = (ValueError, TypeError, IndexError, KeyError, AttributeError, OSError)
"""What wfdb raises on damaged files, found by trial; its parsers do not check what they index."""

_HIGHEST_HZ = 1_000_000
_MILLIVOLTS = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "nv": 1e-6}
_MICRO = str.maketrans("\u00b5\u03bc", "uu")  # the micro sign, and the Greek letter
_SEGMENTED = re.compile(r"\s*[-\w]+/\d+\s")  # the first line of a record of several segments
_TIMING = re.compile(r"\s*\S+\s+\d+\s+(\d+(?:\.\d*)?(?:[eE]\+?\d+)?)(?:/\S*)?(?:\s+(\d+))?")
_NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Signal:
    """One signal of a record.

    Attributes:
        file: name of its file, relative to the header's folder.
        format: one of FORMATS.
        per_frame: samples per frame.
        skew: frames by which the signal is late in its file.
        offset: bytes before the first sample of the file; of compressed formats, samples.
        gain: ADC units per millivolt; 0 where the signal is no voltage.
        stated_gain: whether the header states a gain; else it is WFDB's default, 200 units per physical unit.
        baseline: ADC value of 0 mV.
        unit: physical unit as the header has it.
        checksum: 16-bit sum of the samples; None where the header has none.
        lead: its name.
    """

    file: str
    format: str
    per_frame: int
    skew: int
    offset: int
    gain: float
    stated_gain: bool
    baseline: int
    unit: str
    checksum: int | None
    lead: str


@dataclass(frozen=True)
class Header:
    """A header of one segment.

    Attributes:
        frame_rate_hz: frames per second.
        frames: number of frames; 0 where the header does not state it.
        signals: of the record, in order; never empty.
        comments: the lines after "#".
    """

    frame_rate_hz: float
    frames: int
    signals: tuple[Signal, ...]
    comments: tuple[str, ...]


def read_header(folder: Path, name: str) -> Header:
    """Reads NAME.hea.

    wfdb parses the lines. What it does not read right is handled here: it drops characters that are not ASCII, so a
    signal in "µV" would be in volts; it takes no file name with more than one dot, nor one in a sub-folder; it reads
    "1e3" Hz as 1; and it does not tell a gain that is not stated.

    Args:
        folder: the database folder.
        name: the record's name.

    Raises:
        DataError: the header is missing, is none, has several segments or no signals, or describes files of a format
            that is not read.
    """
    try:
        data = (folder / f"{name}.hea").read_bytes()
    except OSError as error:
        raise DataError(
            f"{name}: incomplete record: {name}.hea is missing in {folder}; fetch or copy it again"
        ) from error
    try:
        fields, rows, stated, comments = _parsed(_text(data))
    except _WFDB_ERRORS as error:
        why = line_of(error)
        raise DataError(f"{name}: {name}.hea is not a WFDB header ({why}); fetch or copy it again") from error
    if fields["n_seg"] is not None:
        raise DataError(f"{name}: {name}.hea joins segments, and is itself one of a record; expected its signals")
    described, wanted, frames = len(rows), fields["n_sig"], fields["sig_len"] or 0
    if not wanted or described < wanted or not 1 <= fields["fs"] <= _HIGHEST_HZ:
        raise DataError(
            f"{name}: {name}.hea describes {described} of {wanted} signals, of {frames} samples at {fields['fs']} Hz; "
            f"expected at least one signal, and a sampling rate from 1 to {_HIGHEST_HZ} Hz"
        )
    signals = tuple(_signal(row, has_gain, i) for i, (row, has_gain) in enumerate(zip(rows, stated, strict=True)))
    _check_files(name, signals[:wanted])
    said = tuple(comment.strip(" \t#") for comment in comments)
    return Header(float(fields["fs"]), int(frames), signals[:wanted], said)


def read_segments(folder: Path, name: str) -> list[tuple[str, int]]:
    """(record, frames) of the segments that NAME.hea joins; empty where it describes signals itself.

    A segment of the name "~" is a gap. One of 0 frames describes the layout of the others.

    Raises:
        DataError: it joins segments, and names a file outside of its folder or a length that is no number.
    """
    found = []
    lines = _lines(folder, name)
    for line in lines[1:] if lines and _SEGMENTED.match(lines[0]) else []:
        words = line.split()
        if len(words) < 2 or not words[1].isdecimal() or not stays_inside(words[0]):
            raise DataError(
                f"{name}: {name}.hea is not a WFDB header ('{line[:60]}' is no segment); fetch or copy it again"
            )
        found.append((words[0], int(words[1])))
    return found


def read_timing(folder: Path, name: str) -> tuple[float, int] | None:
    """(frames per second, frames or 0 where they are not stated) of NAME.hea, of one segment or of several.

    Nothing of its signals has to be there. None where there is no header.

    Args:
        folder: the database folder.
        name: the record's name.

    Raises:
        DataError: its first line states no rate.
    """
    lines = _lines(folder, name)
    if not (folder / f"{name}.hea").is_file():
        return None
    match = _TIMING.match(lines[0]) if lines else None
    rate = float(match[1]) if match else 0.0
    if not match or not 0 < rate <= _HIGHEST_HZ:
        raise DataError(f"{name}: {name}.hea states no sampling rate in its first line; fetch or copy it again")
    return rate, int(match[2] or 0)


def named_in(folder: Path, name: str) -> tuple[list[str], list[str]]:
    """(segments, signal files) that NAME.hea names, without a look at the rest of it; nothing where it is missing."""
    lines = _lines(folder, name)
    words = [word for word in (line.split()[0] for line in lines[1:]) if stays_inside(word)]
    return (words, []) if lines and _SEGMENTED.match(lines[0]) else ([], words)


def _lines(folder: Path, name: str) -> list[str]:
    """The lines of NAME.hea that are no comments; none where it is missing."""
    try:
        text = _text((folder / f"{name}.hea").read_bytes())
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]


def stays_inside(name: str) -> bool:
    """Whether a path that a file names stays in the folder of that file."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name


def line_of(error: Exception) -> str:
    """What an error of wfdb says, in one short line."""
    return " ".join(str(error).split())[:120] or type(error).__name__


def _text(data: bytes) -> str:
    """Headers are ASCII by the standard. Where they are not, they are UTF-8, or Latin-1 as older programs wrote."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.translate(_MICRO)


def _parsed(text: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[bool], list[str]]:
    """The record line's fields, each signal line's fields, whether each states a gain, and the comments."""
    from wfdb.io import _header
    from wfdb.io import header as lines_of

    lines, comments = lines_of.parse_header_content(text)
    if not lines:
        raise ValueError("it is empty")
    fields = _header._parse_record_line(_without_exponent(lines[0], 2))
    if fields["n_seg"] is not None:
        return fields, [], [], comments
    files = [[*_without_exponent(line, 2).split(None, 1), "", ""][:2] for line in lines[1:]]
    table = _header._parse_signal_lines([f"file.dat {rest}" for _, rest in files])
    rows = [{key: table[key][i] for key in table} | {"file_name": file} for i, (file, _) in enumerate(files)]
    return fields, rows, [_states_gain(rest) for _, rest in files], comments


def _without_exponent(line: str, at: int) -> str:
    """`line` with the number that word `at` begins with in plain decimals."""
    words = line.split(None, at + 1)
    number = _NUMBER.match(words[at]) if len(words) > at else None
    if not number or "e" not in number[0].lower():
        return line
    words[at] = f"{float(number[0]):.9f}" + words[at][number.end() :]
    return " ".join(words)


def _states_gain(rest: str) -> bool:
    """Whether a signal line, without its file, states a gain other than 0, which stands for "not known"."""
    words = rest.split()
    number = _NUMBER.match(words[1]) if len(words) > 1 else None
    return bool(number and float(number[0]))


def _signal(row: dict[str, Any], stated_gain: bool, index: int) -> Signal:
    unit = str(row["units"] or "mV")
    per_unit = _MILLIVOLTS.get(unit.lower(), 0.0)
    return Signal(
        file=row["file_name"],
        format=str(row["fmt"]),
        per_frame=row["samps_per_frame"] or 1,
        skew=row["skew"] or 0,
        offset=row["byte_offset"] or 0,
        gain=float(row["adc_gain"]) / per_unit if per_unit else 0.0,
        stated_gain=stated_gain,
        baseline=int(row["baseline"] or 0),
        unit=unit,
        checksum=row["checksum"],
        lead=str(row["sig_name"] or "").strip() or f"signal {index + 1}",
    )


def _check_files(name: str, signals: tuple[Signal, ...]) -> None:
    for signal in signals:
        if not stays_inside(signal.file):
            raise DataError(
                f"{name}: {name}.hea is not a WFDB header (it names the file '{signal.file}', which is outside of its "
                "folder); fetch or copy it again"
            )
        formats = {s.format for s in signals if s.file == signal.file}
        if formats - FORMATS.keys() or len(formats) > 1:
            differences = " (differences)" if "8" in formats else ""
            raise DataError(
                f"{name}: {signal.file} is of signal format {'+'.join(sorted(formats))}{differences}; expected one of "
                f"{', '.join(FORMATS)} (rewrite it with WFDB's `xform`)"
            )
