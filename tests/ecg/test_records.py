import shutil

import numpy as np
import pytest
import wfdb

from ecgprune.ecg import inspection, records
from ecgprune.ecg.databases import registry
from ecgprune.ecg.synthetic import make_database
from ecgprune.errors import DataError

# Beats by code as the database's PROVENANCE.txt counts them.
MITDB_BEATS = {
    "N": 75052, "L": 8075, "R": 7259, "V": 7130, "/": 7028, "A": 2546, "f": 982, "F": 803, "j": 229, "a": 150,
    "E": 106, "J": 83, "Q": 33, "e": 16, "S": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "db"
    make_database(folder, 1, 0.5, 1)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A private copy of one small record, without the folder's hashes: checks then rest on the record itself."""
    copy = tmp_path / "db"
    shutil.copytree(made, copy)
    (copy / "SHA256SUMS.txt").unlink()
    return copy


@pytest.fixture
def real(mitdb, tmp_path):
    copy = tmp_path / "real"
    copy.mkdir()
    for suffix in (".hea", ".dat", ".atr"):
        shutil.copy(mitdb / f"100{suffix}", copy)
    return copy


def refusal(folder, name="s001"):
    with pytest.raises(DataError) as caught:
        records.read_record(folder, name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_mitdb_is_whole_and_counts_as_its_provenance_says(mitdb):
    info = inspection.database_info(mitdb)
    assert len(info["records"]) == 48
    assert info["beat_annotations"] == dict(sorted(MITDB_BEATS.items()))
    assert info["beats"] == 109494
    assert info["duration_s"] == pytest.approx(48 * 650000 / 360, abs=0.01)
    assert info["sample_rates_hz"] == [360]
    assert info["leads"]["MLII"] == 46
    assert info["synthetic"] is False


def test_record_holds_the_samples_that_wfdb_calibrates(mitdb):
    record = records.read_record(mitdb, "114")
    millivolts = wfdb.rdrecord(str(mitdb / "114"), sampto=1000).p_signal
    assert record.leads == ("V5", "MLII")
    assert np.allclose((record.signal[:1000] - record.baseline) / record.gain, millivolts)
    assert record.hashes["114.dat"] == registry.get("mitdb").sha256["114.dat"]


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"no such folder: .*nowhere; give the one that holds the records'"):
        records.record_names(tmp_path / "nowhere")
    (tmp_path / "100.hea").touch()
    with pytest.raises(DataError, match=r"100.hea is a file, not a folder; give the one that holds the records'"):
        records.record_names(tmp_path / "100.hea")


def test_folder_without_records_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("nothing here")
    with pytest.raises(DataError, match=r"no records in .*: expected WFDB files \(.hea, .dat, .atr\); get some with"):
        records.record_names(tmp_path)
    (tmp_path / "night.EDF").touch()
    with pytest.raises(DataError, match=r"; .edf files are not read: write them as WFDB, with wrsamp"):
        records.record_names(tmp_path)


def test_truncated_signal_is_refused_with_its_sizes(real):
    data = (real / "100.dat").read_bytes()
    (real / "100.dat").write_bytes(data[:1234567])
    assert refusal(real, "100") == (
        "100: 100.dat is truncated: 1234567 bytes found, 1950000 expected; fetch or copy it again"
    )


def test_signal_that_differs_from_its_header_is_refused(real):
    header = (real / "100.hea").read_text()
    (real / "100.hea").write_text(header.replace("-22131", "-22130"))
    assert refusal(real, "100") == (
        "100: checksum of signal MLII is 43405, its header says 43406: 100.dat or 100.hea is damaged; "
        "fetch or copy it again"
    )


def test_changed_sample_is_refused(folder):
    data = bytearray((folder / "s001.dat").read_bytes())
    data[3000] ^= 1
    (folder / "s001.dat").write_bytes(data)
    assert "checksum of signal MLII is" in refusal(folder)


def test_record_without_annotation_file_is_refused(folder):
    (folder / "s001.atr").unlink()
    assert refusal(folder) == (
        f"s001: record without annotations: s001.atr is missing in {folder}; fetch or copy it again"
    )


@pytest.mark.parametrize("content", [b"", b"\0\0"])
def test_empty_annotation_file_is_refused(folder, content):
    (folder / "s001.atr").write_bytes(content)
    assert refusal(folder).startswith("s001: record without annotations: s001.atr ")


def test_annotations_without_a_beat_are_refused(folder):
    wfdb.wrann("s001", "atr", np.array([5, 90]), ["+", "~"], aux_note=["(N", ""], write_dir=str(folder))
    assert refusal(folder) == (
        "s001: record without annotations: s001.atr marks no beat; fetch or copy it again"
    )


def test_truncated_annotations_are_refused(folder):
    data = (folder / "s001.atr").read_bytes()
    (folder / "s001.atr").write_bytes(data[: len(data) // 4 * 2])
    assert refusal(folder) == "s001: s001.atr is truncated: its end mark is missing; fetch or copy it again"


def test_missing_signal_is_refused(folder):
    (folder / "s001.dat").unlink()
    assert refusal(folder).startswith("s001: incomplete record: s001.dat is missing in ")


def test_text_that_is_no_header_is_refused(folder):
    (folder / "s001.hea").write_text("<html>404</html>\n")
    assert refusal(folder).startswith("s001: s001.hea is not a WFDB header (")


def test_header_short_of_a_signal_is_refused(folder):
    lines = (folder / "s001.hea").read_text().splitlines(keepends=True)
    (folder / "s001.hea").write_text("".join(lines[:2]))
    assert refusal(folder).startswith("s001: s001.hea describes 1 of 2 signals, of 10800 samples at 360 Hz; expected")


def test_unpublished_version_of_mitdb_is_refused_by_its_hash(real):
    with (real / "100.hea").open("a") as file:
        file.write("# a note of mine\n")
    message = refusal(real, "100")
    assert message.startswith("100: SHA-256 of 100.hea is ")
    assert "MIT-BIH's is 60ebc904c7bf3e04...: not the published file; fetch or copy it again" in message


def test_folder_is_held_against_its_own_hashes(made, tmp_path):
    shutil.copytree(made, tmp_path / "db")
    with (tmp_path / "db" / "s001.hea").open("a") as file:
        file.write("# a note of mine\n")
    assert "SHA256SUMS.txt's is " in refusal(tmp_path / "db")


def test_damaged_records_raise_nothing_but_data_errors(folder):
    rng = np.random.default_rng(0)
    whole = {suffix: (folder / f"s001{suffix}").read_bytes() for suffix in (".hea", ".atr")}
    refused = 0
    for i in range(150):
        suffix = (".hea", ".atr")[i % 2]
        damaged = bytearray(whole[suffix])
        if i % 3:
            for at in rng.integers(len(damaged), size=3):
                damaged[at] = rng.integers(256)
        else:
            del damaged[int(rng.integers(len(damaged))) :]
        for name, content in {**whole, suffix: damaged}.items():
            (folder / f"s001{name}").write_bytes(content)
        try:
            records.read_record(folder, "s001")
        except DataError as error:
            refused += "\n" not in str(error)
    assert refused > 50


@pytest.mark.parametrize("name", ["../db/s001", "/etc/s001", "sub/../../s001"])
def test_a_record_outside_of_the_folder_is_refused(folder, name):
    (folder / "RECORDS").write_text(f"s001\n{name}\n")
    with pytest.raises(DataError) as caught:
        records.record_names(folder)
    assert str(caught.value) == (
        f"{folder / 'RECORDS'} names '{name}', which is outside of the folder; expected names of records"
    )


def test_a_signal_file_outside_of_the_folder_is_refused(folder):
    header = folder / "s001.hea"
    (folder.parent / "s001.dat").write_bytes((folder / "s001.dat").read_bytes())
    header.write_text(header.read_text().replace("s001.dat", "../s001.dat"))
    assert "s001.hea is not a WFDB header" in refusal(folder)


def test_check_tells_whole_records_from_damaged_ones(made, tmp_path):
    make_database(tmp_path / "db", 2, 0.5, 1)
    (tmp_path / "db" / "s002.dat").write_bytes(b"short")
    assert inspection.check_folder(tmp_path / "db") == [
        inspection.RecordStatus("s001", True, ""),
        inspection.RecordStatus(
            "s002", False, "s002.dat is truncated: 5 bytes found, 32400 expected; fetch or copy it again"
        ),
    ]
