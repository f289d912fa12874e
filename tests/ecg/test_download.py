"""Downloads: a real transfer through wfdb, from a server of the tests."""

import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import wfdb
from click.testing import CliRunner

from ecgprune.artifacts import sha256_bytes
from ecgprune.cli import main
from ecgprune.ecg import records
from ecgprune.ecg.databases.download import published
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
        else:
            super().do_GET()


@pytest.fixture
def server(mitdb, tmp_path):
    """Serves PhysioNet's layout of mitdb and nstdb; wfdb is pointed at it. Yields it, with `asked` and `failures`."""
    root = tmp_path / "www"
    for name in ("mitdb", "nstdb"):
        (root / name).mkdir(parents=True)
        (root / name / "1.0.0").symlink_to(mitdb.parent / name)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(root)))
    httpd.asked, httpd.failures = [], {}
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    wfdb.set_db_index_url(f"http://127.0.0.1:{httpd.server_port}/")
    yield httpd
    wfdb.set_db_index_url()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def some_files(*names):
    return {name: published("mitdb")[name] for name in names}


def test_fetch_brings_the_whole_database(server, tmp_path):
    steps = []
    transferred = records.fetch("mitdb", tmp_path / "db", lambda done, doing: steps.append(done))
    assert len(transferred) == 144
    assert sorted(p.name for p in (tmp_path / "db").iterdir()) == sorted([*published("mitdb"), "RECORDS"])
    assert all(sha256_bytes((tmp_path / "db" / n).read_bytes()) == d for n, d in published("mitdb").items())
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_the_command_fetches_the_noise_records_and_finds_them_whole(server, nstdb, tmp_path):
    call = CliRunner().invoke
    done = call(main, ["data", "fetch", "nstdb", "--out", str(tmp_path / "db")])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"nstdb is whole in {tmp_path / 'db'}\n"
    assert server.asked == list(published("nstdb")) == ["bw.dat", "bw.hea", "em.dat", "em.hea", "ma.dat", "ma.hea"]
    assert all((tmp_path / "db" / name).read_bytes() == (nstdb / name).read_bytes() for name in published("nstdb"))
    assert records.fetch("nstdb", tmp_path / "db") == []
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
        records.fetch("mitdb", tmp_path, files=files, pause_s=0)
    server.failures, server.asked = {}, []
    assert records.fetch("mitdb", tmp_path, files=files) == ["101.hea"]
    assert set(server.asked) == {"101.hea"}
    assert records.fetch("mitdb", tmp_path, files=files) == []


def test_fetch_tries_again(server, tmp_path):
    server.failures = {"100.hea": 1}
    assert records.fetch("mitdb", tmp_path, files=some_files("100.hea"), pause_s=0) == ["100.hea"]


def test_fetch_replaces_a_damaged_file(server, tmp_path):
    (tmp_path / "100.hea").write_text("half of it")
    assert records.fetch("mitdb", tmp_path, files=some_files("100.hea")) == ["100.hea"]
    assert sha256_bytes((tmp_path / "100.hea").read_bytes()) == published("mitdb")["100.hea"]


def test_fetch_keeps_no_file_of_another_hash(server, tmp_path):
    with pytest.raises(DataError, match=r"100.hea was downloaded with SHA-256 60ebc904c7bf3e04..., expected 00000000"):
        records.fetch("mitdb", tmp_path, files={"100.hea": "0" * 64}, pause_s=0)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("100")] == []
    assert server.asked.count("100.hea") >= 3


def test_fetch_offline_says_so_in_one_line(tmp_path):
    wfdb.set_db_index_url("http://127.0.0.1:9/")  # nobody listens on the discard port
    try:
        with pytest.raises(DataError) as caught:
            records.fetch("mitdb", tmp_path, files={"100.hea": "0" * 64}, attempts=1)
    finally:
        wfdb.set_db_index_url()
    assert str(caught.value) == (
        "cannot download 100.hea (ConnectionError, no connection); once the network is back, "
        "the same command goes on from here"
    )


def test_fetch_takes_any_transport(mitdb, tmp_path):
    def copy(name: str, path: Path) -> None:
        shutil.copy(mitdb / Path(name).relative_to("mitdb/1.0.0"), path)

    assert records.fetch("mitdb", tmp_path, transport=copy, files=some_files("100.atr")) == ["100.atr"]
