import numpy as np
import pytest

from ecgprune.ecg.annotation_file import annotations_of, write_annotations
from ecgprune.ecg.ec57_periods import FOREVER, marked
from ecgprune.ecg.reading.annotations import Annotations, read_annotations
from ecgprune.errors import DataError


def rows(annotations):
    columns = annotations.sample, annotations.symbol, annotations.subtype
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "out" / "r-1.ecgp"
    found = annotations_of(
        [100, 400, 5000, 200_000, 9000], [0, 2, 1, 4, -1], shut_down=[(1000, 2000)], flutter=[(10_000, 12_000)]
    )
    write_annotations(path, found, 250.0)
    again = read_annotations(path)
    assert again.rate_hz == 250
    assert rows(again) == rows(found) == [
        (100, "N", 0), (400, "V", 0), (1000, "~", 48), (2000, "~", 0), (5000, "S", 0), (9000, "Q", 0),
        (10_000, "[", 0), (12_000, "]", 0), (200_000, "Q", 0),
    ]  # fmt: skip
    before = path.read_bytes()
    write_annotations(path, found, 250.0)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["r-1.ecgp"]


def test_wfdb_itself_reads_the_file(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    found = annotations_of([100, 400, 700], [0, 2, 3], shut_down=[(500, None)])
    write_annotations(tmp_path / "r1.ecgp", found, 360)
    theirs = wfdb.rdann(str(tmp_path / "r1"), "ecgp")
    assert (theirs.sample.tolist(), theirs.symbol, theirs.fs) == ([100, 400, 500], ["N", "V", "~"], 360)
    assert theirs.subtype.tolist() == [0, 0, 48]


def test_a_file_without_annotations_is_a_file(tmp_path):
    write_annotations(tmp_path / "r1.ecgp", annotations_of([], []), 360)
    assert len(read_annotations(tmp_path / "r1.ecgp").sample) == 0


def test_periods_that_touch_are_one_and_no_beat_or_mark_lies_in_shut_down():
    found = annotations_of(
        [90, 100, 150, 250, 350, 351, 420, 500], [0] * 8,
        shut_down=[(200, 350), (100, 200)], flutter=[(300, 310), (400, 450)],
    )  # fmt: skip
    assert [(time, code) for time, code, _ in rows(found)] == [
        (90, "N"), (100, "~"), (350, "~"), (351, "N"), (400, "["), (450, "]"), (500, "N")
    ]  # fmt: skip
    periods = marked(found, 54)
    assert periods.shut_down.tolist() == [[100, 350]]
    assert periods.flutter.tolist() == [[400, 450]]


def test_an_open_period_reaches_to_the_end():
    found = annotations_of([90, 500, 900], [0, 0, 0], shut_down=[(400, None)])
    assert rows(found) == [(90, "N", 0), (400, "~", 48)]
    assert marked(found, 54).shut_down.tolist() == [[400, FOREVER]]


@pytest.mark.parametrize("name", ["r1.e1", "r.1.ecgp", "r1", "r 1.ecgp"])
def test_a_name_that_wfdb_refuses_is_refused_in_words(tmp_path, name):
    with pytest.raises(DataError, match="cannot be the name of an annotation file"):
        write_annotations(tmp_path / name, annotations_of([1], [0]), 360)
    with pytest.raises(DataError, match="'§' is no annotation code"):
        write_annotations(tmp_path / "r1.ecgp", Annotations.of([1], "§"), 360)
    assert not list(tmp_path.iterdir())


def test_reading_says_what_is_wrong(tmp_path):
    with pytest.raises(DataError, match=r"no annotation file .*r1\.atr"):
        read_annotations(tmp_path / "r1.atr")
    (tmp_path / "r1.atr").write_bytes(np.arange(7, dtype=np.uint8).tobytes())
    with pytest.raises(DataError, match="truncated"):
        read_annotations(tmp_path / "r1.atr")
