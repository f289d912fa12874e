"""Downloads: a real transfer through wfdb, from a server of the tests."""

import json
import shutil
import threading
import time
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import wfdb
from click.testing import CliRunner

from ecgprune.artifacts import sha256_bytes
from ecgprune.cli import main
from ecgprune.ecg import records
from ecgprune.ecg.databases import download, registry
from ecgprune.errors import DataError


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        if self.server.failures.get(name, 0) > 0:
            self.server.failures[name] -= 1
            self.send_error(503)
        elif name in self.server.silent:
            self.wfile.write(self.server.silent[name])
            self.server.talk.wait()
        elif name in self.server.slow:
            self.trickle(self.server.slow[name])
        else:
            super().do_GET()

    def trickle(self, said):
        """Says this at once, and then a byte fifty times a second for as long as the test lasts."""
        self.wfile.write(said)
        try:
            while not self.server.talk.wait(0.02):
                self.wfile.write(b"x")
        except OSError:
            pass  # the client is gone


@pytest.fixture
def server(mitdb, tmp_path):
    """Serves PhysioNet's layout of mitdb, nstdb and a small svdb; wfdb is pointed at it.

    Yields it, with `asked`, `failures` {name: how often}, `silent` {name: what is said before the silence} and `slow`
    {name: what is said before the trickle}.
    """
    root = tmp_path / "www"
    for name in ("mitdb", "nstdb"):
        (root / name).mkdir(parents=True)
        (root / name / "1.0.0").symlink_to(mitdb.parent / name)
    (root / "svdb" / "1.0.0").mkdir(parents=True)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(root)))
    httpd.asked, httpd.failures, httpd.silent, httpd.slow = [], {}, {}, {}
    httpd.talk, httpd.root = threading.Event(), root
    thread = threading.Thread(target=partial(httpd.serve_forever, 0.02), daemon=True)
    thread.start()
    wfdb.set_db_index_url(f"http://127.0.0.1:{httpd.server_port}/")
    yield httpd
    wfdb.set_db_index_url()
    httpd.talk.set()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


MITDB, NSTDB = registry.get("mitdb"), registry.get("nstdb")


def some_files(*names):
    return {name: MITDB.sha256[name] for name in names}


def serve_svdb(server, monkeypatch):
    """Serves an svdb of two records, the hash of one of which nobody knows beforehand; returns its folder."""
    folder, known = server.root / "svdb" / "1.0.0", {}
    for name in ("801.atr", "801.dat", "801.hea", "802.atr", "802.dat", "802.hea"):
        (folder / name).write_text(f"content of {name}")
        known[name] = sha256_bytes(f"content of {name}".encode())
    (folder / "SHA256SUMS.txt").write_text("".join(f"{digest} {name}\n" for name, digest in known.items()))
    small = replace(
        registry.get("svdb"), records=("801", "802"), sha256={n: d for n, d in known.items() if n.startswith("801")}
    )
    monkeypatch.setattr(registry, "get", lambda name: small if name == "svdb" else None)
    return folder


def test_fetch_brings_the_whole_database(server, tmp_path):
    steps = []
    transferred = download.fetch(MITDB, tmp_path / "db", lambda done, doing: steps.append(done))
    assert len(transferred) == 144
    assert sorted(p.name for p in (tmp_path / "db").iterdir()) == sorted([*MITDB.sha256, "RECORDS"])
    assert all(sha256_bytes((tmp_path / "db" / n).read_bytes()) == d for n, d in MITDB.sha256.items())
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_the_command_fetches_the_noise_records_and_finds_them_whole(server, nstdb, tmp_path):
    call = CliRunner().invoke
    done = call(main, ["data", "fetch", "nstdb", "--out", str(tmp_path / "db")])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"nstdb is whole in {tmp_path / 'db'}\n"
    assert server.asked == list(NSTDB.sha256) == ["bw.dat", "bw.hea", "em.dat", "em.hea", "ma.dat", "ma.hea"]
    assert all((tmp_path / "db" / name).read_bytes() == (nstdb / name).read_bytes() for name in NSTDB.sha256)
    assert download.fetch(NSTDB, tmp_path / "db") == []
    checked = call(main, ["data", "check", str(tmp_path / "db")])
    assert (checked.exit_code, checked.stdout) == (0, "3 of 3 records are whole\n")
    described = json.loads(call(main, ["data", "info", str(tmp_path / "db"), "--format", "json"]).stdout)
    assert (described["records"], described["beats"]) == (["bw", "em", "ma"], 0)


@pytest.mark.parametrize("name", ["bw.dat", "em.dat", "ma.hea"])
def test_a_noise_record_that_is_not_the_published_one_is_refused(nstdb, tmp_path, name):
    for path in nstdb.glob("??.*"):
        shutil.copyfile(path, tmp_path / path.name)
    content = bytearray((tmp_path / name).read_bytes())
    content[-1] ^= 0x10  # of .hea: the line's end
    (tmp_path / name).write_bytes(content)
    record = name.partition(".")[0]
    with pytest.raises(DataError, match=f"^{record}: .*; fetch or copy it again$"):
        records.read_record(tmp_path, record)


def test_fetch_goes_on_where_it_stopped(server, tmp_path):
    files = some_files("100.hea", "100.atr", "101.hea")
    server.failures = {"101.hea": 99}
    with pytest.raises(DataError, match=r"cannot download 101.hea \(.*\); once the network is back, the same command"):
        download.fetch(MITDB, tmp_path, files=files, pause_s=0)
    server.failures, server.asked = {}, []
    assert download.fetch(MITDB, tmp_path, files=files) == ["101.hea"]
    assert set(server.asked) == {"101.hea"}
    assert download.fetch(MITDB, tmp_path, files=files) == []


def test_fetch_tries_again(server, tmp_path):
    server.failures = {"100.hea": 1}
    assert download.fetch(MITDB, tmp_path, files=some_files("100.hea"), pause_s=0) == ["100.hea"]


def test_fetch_replaces_a_damaged_file(server, tmp_path):
    (tmp_path / "100.hea").write_text("half of it")
    assert download.fetch(MITDB, tmp_path, files=some_files("100.hea")) == ["100.hea"]
    assert sha256_bytes((tmp_path / "100.hea").read_bytes()) == MITDB.sha256["100.hea"]


def test_fetch_keeps_no_file_of_another_hash(server, tmp_path):
    with pytest.raises(DataError, match=r"100.hea was downloaded with SHA-256 60ebc904c7bf3e04..., expected 00000000"):
        download.fetch(MITDB, tmp_path, files={"100.hea": "0" * 64}, pause_s=0)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("100")] == []
    assert server.asked.count("100.hea") >= 3


def test_fetch_offline_says_so_in_one_line(tmp_path):
    wfdb.set_db_index_url("http://127.0.0.1:9/")  # nobody listens on the discard port
    try:
        with pytest.raises(DataError) as caught:
            download.fetch(MITDB, tmp_path, files={"100.hea": "0" * 64}, attempts=1)
    finally:
        wfdb.set_db_index_url()
    assert str(caught.value) == (
        "cannot download 100.hea (ConnectionError, no connection); once the network is back, "
        "the same command goes on from here"
    )


def test_fetch_takes_any_transport(mitdb, tmp_path):
    def copy(name: str, path: Path) -> None:
        shutil.copy(mitdb / Path(name).relative_to("mitdb/1.0.0"), path)

    assert download.fetch(MITDB, tmp_path, transport=copy, files=some_files("100.atr")) == ["100.atr"]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nhalf of it"])
def test_fetch_gives_a_silent_server_up(server, tmp_path, said):
    server.silent = {"100.hea": said}
    impatient, begun = partial(download.physionet, silent_s=0.2), time.monotonic()
    with pytest.raises(DataError) as caught:
        download.fetch(MITDB, tmp_path / "db", transport=impatient, files=some_files("100.hea"), attempts=2, pause_s=0)
    assert time.monotonic() - begun < 5
    assert str(caught.value) == (
        "cannot download 100.hea (the server was silent for 0.2 s); once the network is back, "
        "the same command goes on from here"
    )
    assert server.asked == ["100.hea"] * 2
    assert [p.name for p in (tmp_path / "db").iterdir()] == ["RECORDS"]


@pytest.mark.parametrize("said", [b"HTTP/1.0 200 OK\r\nServer: ", b"HTTP/1.0 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_fetch_gives_a_server_up_that_sends_a_byte_now_and_then(server, tmp_path, said):
    server.slow = {"100.hea": said}
    impatient, begun = partial(download.physionet, slow_s=0.4), time.monotonic()
    with pytest.raises(DataError) as caught:
        download.fetch(MITDB, tmp_path / "db", transport=impatient, files=some_files("100.hea"), attempts=2, pause_s=0)
    assert time.monotonic() - begun < 5
    assert str(caught.value) == (
        "cannot download 100.hea (the server sent less than 400 bytes in 0.4 s); once the network is back, "
        "the same command goes on from here"
    )
    assert server.asked == ["100.hea"] * 2
    assert [p.name for p in (tmp_path / "db").iterdir()] == ["RECORDS"]


def test_files_whose_hash_is_unknown_are_checked_by_the_servers_list(server, tmp_path, monkeypatch):
    folder = serve_svdb(server, monkeypatch)
    done = CliRunner().invoke(main, ["data", "fetch", "svdb", "--out", str(tmp_path / "db")])
    assert done.exit_code == 0, done.output
    assert "no hashes of 3 of the 6 files: they were checked by the SHA256SUMS.txt that the server has" in done.stderr
    assert (tmp_path / "db" / "802.dat").read_text() == "content of 802.dat"
    (tmp_path / "db" / "802.dat").write_text("damaged")
    server.asked.clear()
    assert download.fetch(registry.get("svdb"), tmp_path / "db") == ["802.dat"]
    assert server.asked == ["802.dat"]
    (folder / "802.dat").write_text("another")
    (tmp_path / "db" / "802.dat").unlink()
    with pytest.raises(DataError, match=r"802.dat was downloaded with SHA-256 .*, expected .*; try again later"):
        download.fetch(registry.get("svdb"), tmp_path / "db", pause_s=0)


def test_a_list_of_hashes_that_lacks_a_file_is_refused(server, tmp_path, monkeypatch):
    folder = serve_svdb(server, monkeypatch)
    (folder / "SHA256SUMS.txt").write_text("0 800.dat\n")
    with pytest.raises(DataError, match=r"the server's SHA256SUMS.txt of svdb 1.0.0 has no 802.atr"):
        download.fetch(registry.get("svdb"), tmp_path / "db", pause_s=0)
    assert list((tmp_path / "db").iterdir()) == []


def test_the_registry_describes_every_database():
    for name in registry.names():
        database = registry.get(name)
        assert database.citation
        assert (database.licence, database.version) == ("ODC-By 1.0", "1.0.0")
        assert set(database.sha256) <= set(database.files)
        assert len(set(database.records)) == len(database.records)
        named = {r for group in (*database.splits.values(), *database.same_patient, database.paced) for r in group}
        assert named <= set(database.records)
    assert [len(registry.get(name).records) for name in registry.names()] == [75, 48, 3, 78]
    assert len({registry.get("incartdb").patient_of(r) for r in registry.get("incartdb").records}) == 32
    assert len({MITDB.patient_of(r) for r in MITDB.records}) == 47


def test_a_part_of_a_database_is_called_a_part(svdb):
    names = records.record_names(svdb)
    assert registry.recognized(names).called(names) == "svdb, 39 of 78 records"
    assert set(names) == set(registry.get("svdb").splits["open"])
    assert registry.recognized(["100", "x"]) is registry.OWN
