"""WFDB annotation files of every kind: read as the standard says, or refused in one line."""

import numpy as np
import pytest
from wfdb_records import (
    BEATS,
    CHN,
    NOTE,
    NUM,
    OWN,
    SUB,
    at,
    aux,
    read,
    refusal,
    simple,
    skip,
    words,
)  # fmt: skip

from ecgprune.config import DataConfig
from ecgprune.ecg import beats
from ecgprune.ecg.beat_codes import BEAT_CODES
from ecgprune.ecg.dataset import CLASSES


def test_annotations_with_every_field_are_read(tmp_path):
    content = words(
        at(NOTE, 0), aux("## a comment"), at("+", 10), aux("(N"), at("N", 190), at(SUB, 1), at(CHN, 1), at(NUM, 2),
        skip(1500), at("V", 5), at(SUB, 255), at(NOTE, 10), aux("TEXT"), at("n", 400), skip(70_000), at("N", 1), 0,
    )  # fmt: skip
    record = read(simple(tmp_path, annotations=content))
    assert dict(zip(record.beat_sample.tolist(), record.beat_symbol.tolist(), strict=True)) == {
        200: "N", 1705: "V", 2115: "n"
    }  # fmt: skip
    assert record.other_symbols == {'"': 1, "+": 1}
    assert record.notes == ("1 beat lies beyond the end of the signal: left out",)


def test_annotations_are_put_in_order_and_counted_once(tmp_path):
    content = words(at("N", 200), at("N", 400), skip(-200), at("V", 0), at("V", 0), at("N", 900), 0)
    record = read(simple(tmp_path, annotations=content))
    assert (record.beat_sample.tolist(), "".join(record.beat_symbol)) == ([200, 400, 600, 1300], "NVNN")
    assert record.notes == (
        "the annotations were not in the order of time: sorted",
        "1 beat is annotated twice: counted once",
    )


def test_codes_that_a_file_defines_can_be_beats(tmp_path):
    definitions = [at(NOTE, 0), aux("## annotation type definitions"), at(NOTE, 0), aux("42 X extra beat"),
                   at(NOTE, 0), aux("## end of definitions")]  # fmt: skip
    folder = simple(tmp_path, annotations=words(*definitions, at(42, 200), at("N", 400), at(43, 100), 0))
    assert read(folder).other_symbols == {"X": 1, "[43]": 1}
    config = DataConfig(database="wfdb", beats={"N": ("N",), "V": ("X",)})
    assert "".join(read(folder, config=config).beat_symbol) == "XN"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "r1.atr is missing in "),
        (words(0), "r1.atr marks no beat; fetch or copy it again"),
        (words(at("N", 200)), "r1.atr is truncated: its end mark is missing"),
        (words(at("N", 200), 0) + b"\0", "r1.atr is truncated: its end mark is missing"),
        (words(at("N", 200), at("V", 0), 0), "r1.atr marks two different beats at one sample"),
        (words(skip(70_000), at("N", 0), 0), "every beat of r1.atr lies beyond the 12.0 s of the signal; the two do"),
        (words(at(NOTE, 0), aux("## time resolution: 0"), at("N", 200), 0), "(its time resolution is 0 Hz)"),
    ],
)
def test_annotations_that_cannot_be_used_are_told_in_words(tmp_path, content, said):
    folder = simple(tmp_path, annotations=content)
    if content:
        assert said in refusal(folder)
    else:
        assert refusal(folder).startswith(f"r1: record without annotations: {said}")


def test_annotations_of_another_annotator_are_named_and_read(tmp_path):
    folder = simple(tmp_path)
    (folder / "r1.atr").rename(folder / "r1.qrs")
    assert refusal(folder).endswith("; annotators here: qrs (--annotator, or data.annotator of a config)")
    assert len(read(folder, config=DataConfig(database="wfdb", annotator="qrs")).beat_sample) == len(BEATS)


def test_every_code_of_the_standard_is_a_beat_with_its_class(tmp_path):
    codes = BEAT_CODES[: len(BEATS)], BEAT_CODES[-len(BEATS) :]
    found = {}
    for i, symbols in enumerate(codes):
        record = read(simple(tmp_path / str(i), symbols=symbols))
        assert "".join(record.beat_symbol) == symbols
        made = beats.record_beats(record, OWN)
        inside = np.isin(record.beat_sample, made.sample)
        found |= dict(zip(record.beat_symbol[inside].tolist(), made.label.tolist(), strict=True))
    aami = {"N": "NLRejBn", "S": "AaJS", "V": "VEr", "F": "F", "Q": "/fQ?"}
    assert {code: CLASSES[label] for code, label in found.items()} == {
        code: name for name, group in aami.items() for code in group if code in found
    }
    assert len(found) >= 17


def test_a_beat_table_of_ones_own_classes_beats_and_leaves_others_out(tmp_path):
    record = read(simple(tmp_path, symbols=("NVL" * 5)[: len(BEATS)]))
    own = DataConfig(database="wfdb", beats={"V": ("N",), "S": ("V",)})
    made, every = beats.record_beats(record, own), beats.record_beats(record, OWN)
    assert {CLASSES[i] for i in made.label} == {"V", "S"}
    assert made.unclassed == int((record.beat_symbol[np.isin(record.beat_sample, every.sample)] == "L").sum())
    assert np.array_equal(made.rr, every.rr[np.isin(every.sample, made.sample)])


@pytest.mark.parametrize("hertz", [1000, 125, 62.5])
def test_the_annotations_own_time_base_is_heeded(tmp_path, hertz):
    ticks = np.rint(BEATS * hertz / 250).astype(int)
    wfdb_words = [at(NOTE, 0), aux(f"## time resolution: {hertz}")]
    for step in np.diff(ticks, prepend=0).tolist():
        wfdb_words += [at("N", step)]
    record = read(simple(tmp_path, annotations=words(at("+", 0), aux("(N"), *wfdb_words, 0)))
    assert np.abs(record.beat_sample - BEATS).max() <= 125 / hertz
    assert record.other_symbols == {"+": 1}
