"""Closed streams, signals, damaged run folders, missing packages: one line, by commands in processes of their own."""

import functools
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_process import ECGPRUNE, call, in_shell, one_line, refused
from firmware_models import needs

from ecgprune.errors import ArtifactError, ExitCode

ROOT = Path(__file__).parents[2]


# ---- streams, signals, the working directory ----


@pytest.mark.parametrize("words", ["boards", "boards --format json", "run --help", "--version"])
def test_a_closed_or_full_stdout_is_told(words):
    for redirection, why in ((">&-", "bad file descriptor"), (">/dev/full", "no space left on device")):
        said = one_line(in_shell(f"ecgprune {words} {redirection}"), ExitCode.MACHINE)
        assert said == f"standard output cannot be written: {why}"


def test_a_reader_that_leaves_ends_the_command_without_a_word():
    done = in_shell("ecgprune boards --format json | true")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_closed_stderr_loses_messages_and_nothing_else(tflite, tmp_path):
    done = in_shell(f"ecgprune export {tflite} --out {tmp_path / 'out'} --format json 2>&-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["name"] == "model"
    done = in_shell(f"ecgprune export {tmp_path / 'none.tflite'} --out {tmp_path / 'out'} 2>&- >&-")
    assert done.returncode == ExitCode.INPUT


def test_results_reach_a_stream_that_lacks_their_characters():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = call("boards", env=environment)
    assert done.returncode == 0
    assert "mps2_an386" in done.stdout


def test_a_working_directory_that_was_deleted_is_told(tmp_path):
    folder = tmp_path / "gone"
    command = f"cd {folder} && rmdir {folder} && exec {shlex.join(ECGPRUNE)} boards"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=60)
    said = one_line(done, ExitCode.MACHINE)
    assert said == "the working directory no longer exists; change to another one and call again"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_ends_a_run_in_one_line_and_keeps_finished_steps(tmp_path, number):
    words = [*ECGPRUNE, "run", "smoke", "--out", str(tmp_path / "run")]
    heard = functools.partial(signal.signal, number, signal.SIG_DFL)  # tests under nohup, or behind &, inherit SIG_IGN
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    limit = time.monotonic() + 120
    while not (tmp_path / "run" / "manifest.json").exists():  # the first step is done
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    lines = [line for line in said.splitlines() if not line.startswith("[")]
    assert lines == [f"ecgprune: stopped by {number.name}; finished steps are kept, the same command resumes there"]
    assert process.returncode == 128 + number
    assert "records" in json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert not list((tmp_path / "run").rglob(".ecgprune-unfinished-*"))


def test_a_command_that_keeps_nothing_does_not_say_so_when_a_signal_ends_it(tmp_path):
    words = [*ECGPRUNE, "data", "make", "--out", str(tmp_path / "db"), "--minutes", "500", "--patients", "40"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 120
    while not list(tmp_path.iterdir()):
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert [line for line in said.splitlines() if line.startswith("ecgprune")] == ["ecgprune: stopped by SIGINT"]
    assert process.returncode == 128 + signal.SIGINT


def test_nohup_goes_on(tmp_path):
    needs("nohup")
    words = ["nohup", *ECGPRUNE, "data", "make", "--out", str(tmp_path / "db"), "--minutes", "0.5", "--patients", "4"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    process.send_signal(signal.SIGHUP)
    assert process.communicate(timeout=120)[0].decode().startswith("4 synthetic records of 0.5 minutes in ")
    assert process.returncode == 0


# ---- damaged run folders, missing packages ----


@pytest.mark.parametrize(
    "manifest",
    [b"[]", b"3", b'{"records": 5}', b'{"records": {}}', b'{"records": {"key": 1, "outputs": 2}}', b"{", b"[" * 99_999,
     b"\xff"],
    ids=["list", "number", "entry", "empty entry", "types", "cut", "deep", "bytes"],
)  # fmt: skip
def test_a_damaged_manifest_makes_steps_be_redone(tmp_path, manifest):
    from ecgprune import config
    from ecgprune.pipeline.run_folder import Step, open_run

    (tmp_path / "run").mkdir()
    settings = config.load("smoke")
    step = Step("records", "", (), ("records",), lambda progress: (tmp_path / "run" / "records").write_text("new"))
    with open_run(tmp_path / "run", settings):
        (tmp_path / "run" / "manifest.json").write_bytes(manifest)
    with open_run(tmp_path / "run", settings) as run:
        assert not run.is_done(step)
        assert run.execute(step, lambda done, doing: None)
        assert run.is_done(step)


def test_a_config_in_the_run_folder_that_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_bytes(b"name = 'caf\xe9'")
    assert refused("run", "smoke", "--out", tmp_path / "run").endswith(
        "is not UTF-8: line 1 has the byte 0xe9; a config is TOML in UTF-8; save it as that; --update replaces it"
    )


def test_a_run_with_a_file_that_was_changed_is_not_released(tmp_path):
    from ecgprune.artifacts import sha256_file

    for name in ("report.json", "config.toml"):
        (tmp_path / name).write_text("")
    names = ("report.json", "config.toml")
    (tmp_path / "SHA256SUMS").write_text("".join(f"{sha256_file(tmp_path / name)}  {name}\n" for name in names))
    (tmp_path / "config.toml").write_text("seed = 2\n")
    said = refused("release", tmp_path, "--out", tmp_path / "out")
    assert said == f"{tmp_path / 'config.toml'} is not what the run wrote; call `ecgprune run` again to mend it"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"input_hashes": 3}', "\0"])
def test_a_damaged_dataset_json_is_told_where_the_records_are_gone(tmp_path, content):
    (tmp_path / "dataset.json").write_text(content)
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = refused("train", "mitdb-acharya", "--out", tmp_path, env=environment)
    assert said.startswith(f"{tmp_path / 'dataset.json'} is damaged: ")


def test_a_folder_where_a_file_is_to_be_written_is_named(tmp_path):
    from ecgprune.artifacts import write_text

    (tmp_path / "report.json").mkdir()
    with pytest.raises(ArtifactError, match=r"cannot write .*/report\.json: it is a folder$"):
        write_text(tmp_path / "report.json", "")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("module", "package", "words"),
    [
        ("tensorflow", "tensorflow", ("train", "smoke", "--out", "run")),
        ("tf_keras", "tf-keras", ("train", "smoke", "--out", "run")),
        ("tflite_micro", "tflite-micro", ("verify", "m.tflite", "--out", "out", "--board", "host")),
    ],
)
def test_a_missing_package_is_one_line_that_says_what_to_install(tflite, tmp_path, module, package, words):
    hidden = tmp_path / "hidden"
    (hidden / module).mkdir(parents=True)
    (hidden / module / "__init__.py").write_text(f"raise ModuleNotFoundError('No module', name={module!r})")
    environment = {**os.environ, "PYTHONPATH": f"{hidden}:{ROOT}"}
    done = call(*words, cwd=tmp_path, env=environment)
    assert done.returncode == ExitCode.TOOL_MISSING
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ecgprune: the Python package {package} is not installed: pip install \"ecgprune")
    assert "Traceback" not in done.stderr
