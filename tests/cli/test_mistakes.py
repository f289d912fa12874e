"""What a user may get wrong ends in one line: called as users do, in a process of its own."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_calls import small_tflite
from firmware_models import needs

from ecgprune.config import shipped
from ecgprune.errors import ArtifactError, ExitCode
from ecgprune.importers import Kind
from ecgprune.pipeline.given_model import expected

ROOT = Path(__file__).parents[2]
ECGPRUNE = (sys.executable, "-m", "ecgprune")


def call(*words, **options):
    given = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120, **options}
    return subprocess.run([*ECGPRUNE, *map(str, words)], check=False, **given)


def in_shell(command, **options):
    """`command` with "ecgprune" in it, by sh."""
    name, _, rest = command.partition(" ")
    assert name == "ecgprune"
    words = ["sh", "-c", f"{shlex.join(ECGPRUNE)} {rest}"]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, **options)


def one_line(done, code=ExitCode.INPUT):
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stderr.startswith("ecgprune: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    return done.stderr.removeprefix("ecgprune: ").rstrip("\n")


def refused(*words, code=ExitCode.INPUT, **options):
    return one_line(call(*words, **options), code)


def usage_error(*words):
    done = call(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


@pytest.fixture
def tflite(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(small_tflite())
    return path


# ---- SOURCE and configs that are not what they should be ----


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name = 'x'\n".encode("utf-16"), "is text in UTF-16 or UTF-32; expected a config, which is TOML in UTF-8"),
        ("name = 'x'\n".encode("utf-16-le"), "is text in UTF-16 or UTF-32; expected a config, which is TOML in UTF-8"),
        (
            "# first\nname = 'café'\n".encode("latin-1"),
            "is not UTF-8: line 2 has the byte 0xe9; a config is TOML in UTF-8; save it as that",
        ),
        (b"PK\x03\x04" + bytes(60), "is a zip archive, such as a Keras model (.keras); this command takes a"),
        (b"\x89HDF\r\n\x1a\n" + bytes(60), "is an HDF5 file, such as a Keras model (.h5); this command takes a"),
        (b"\x1c\0\0\0TFL3" + bytes(60), "is a .tflite model; this command takes a config. Commands for a model are"),
        (b"a = " + b"[" * 100_000, "is not TOML: "),
        (b"seed = " + b"9" * 5000, "is not TOML: "),
        (b"# " + b"x" * (1 << 20), "has 1048578 bytes; a config has at most 1048576"),
    ],
    ids=["utf-16", "utf-16-le", "latin-1", "zip", "hdf5", "tflite", "deep", "long number", "large"],
)
def test_a_file_that_is_no_config_is_named_for_what_it_is(tmp_path, content, said):
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    assert refused("run", path, "--out", tmp_path / "run").startswith(f"{path} {said}")
    assert not (tmp_path / "run").exists()


def test_a_mark_before_utf_8_is_read_over(tmp_path):
    path = tmp_path / "my.toml"
    path.write_bytes(b"\xef\xbb\xbf[train]\nepoch = 3\n")
    said = refused("run", path, "--out", tmp_path / "run")
    assert said == f"{path}: unknown key 'train.epoch'; did you mean 'epochs'?"


@pytest.mark.parametrize("name", ["M.TFLITE", "m.lite", "model"])
def test_a_tflite_is_told_by_its_bytes_whatever_its_name(tflite, tmp_path, name):
    done = call("export", tflite.rename(tmp_path / name), "--out", tmp_path / "out", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema_version"] == 1


@pytest.mark.parametrize(
    ("command", "name", "content", "said"),
    [
        ("build", "m.keras", b"\x93NUMPY\x01\0", "is neither text nor a model that ecgprune knows"),
        ("verify", "m.tflite", b"", "is an empty file"),
        ("export", "m.tflite", b"text", "is text"),
        ("export", "net.onnx", b"\x08\x08\x12\x07pytorch", f"is {Kind.ONNX.value}"),
        ("verify", "net.pt", b"PK\x03\x04" + bytes(26) + b"net/data.pkl", f"is {Kind.PYTORCH.value}"),
    ],
)
def test_a_model_of_another_kind_is_refused(tmp_path, command, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    said_now = refused(command, path, "--out", tmp_path / "out")
    assert said_now == f"{path} {said}: {expected(shipped())}"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("train.learning_rate", "nan"), ("train.noise_snr_db", "-inf"), ("data.synthetic.minutes", "1e999"),
     ("train.epochs", "inf")],
)  # fmt: skip
def test_nan_and_inf_are_refused_in_a_config(tmp_path, key, value):
    path = tmp_path / "my.toml"
    path.write_text(f"{key} = {f'[0, {value}]' if key.endswith('db') else value}\n")
    said = refused("run", path, "--out", tmp_path / "run")
    assert said.startswith(f"{path}: {key}")
    assert "number" in said or "integer" in said


@pytest.mark.parametrize("value", ["nan", "-inf"])
def test_nan_and_inf_are_refused_in_options(tmp_path, tflite, value):
    assert "--minutes" in usage_error("data", "make", "--out", tmp_path / "db", f"--minutes={value}")
    assert "--vectors" in usage_error("bench", tflite, f"--vectors={value}")
    assert not (tmp_path / "db").exists()


def test_options_of_the_other_kind_of_source_are_refused_not_ignored(tflite, tmp_path):
    said = usage_error("build", tflite, "--out", tmp_path / "out", "--update")
    assert said == "Error: --update goes with a config; SOURCE is a model"
    said = usage_error("build", "smoke", "--out", tmp_path / "out", "--optimize", "ram")
    assert said == "Error: --optimize goes with a model; a config says it itself"


# ---- where results go ----


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("x" * 300, "cannot write "),
        ("x" * 300 + "/run", "cannot write "),
        ("new/" + "x" * 300, "cannot write "),
        ("ab/" * 2000, "cannot write "),
        ("dangling", "dangling is a symbolic link to "),
        ("dangling/run", "dangling is a symbolic link to "),
        ("file", "file is a file; --out takes a folder"),
        ("file/run", "cannot write file/run: file is a file, not a folder"),
    ],
    ids=["long", "long above", "long below", "path", "dangling", "below dangling", "file", "below a file"],
)
def test_an_out_that_cannot_be_written_is_refused_at_once(tflite, tmp_path, out, said):
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("mine")
    before = sorted(tmp_path.iterdir())
    words = ("export", "m.tflite") if out.startswith("dangling") else ("run", "smoke")
    assert refused(*words, "--out", out, cwd=tmp_path).startswith(said)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("words", [("run", "smoke"), ("export", "m.tflite"), ("data", "make")], ids=" ".join)
def test_an_out_below_a_folder_without_permission_is_refused_at_once(tflite, tmp_path, words):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    command = [*ECGPRUNE, *words, "--out", str(closed / "run")]
    if os.geteuid() == 0:  # to whom modes of files mean nothing, unless its capabilities are dropped
        needs("setpriv")
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    said = one_line(done, ExitCode.MACHINE)
    assert said == f"cannot write {closed / 'run'}: no permission to write in {closed}"


def test_a_release_replaces_nothing_but_a_release(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("mine")
    out = tmp_path / "thesis"
    said = refused("release", tmp_path / "run", "--out", out)
    assert said == f"{out} holds files and is not an earlier release; give --out a new or an empty folder"
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("command", ["export", "build"])
def test_a_bare_model_s_folder_is_locked_as_a_run_s_is(tflite, tmp_path, command):
    from ecgprune.artifacts import locked

    with locked(tmp_path / "out"):
        said = refused(command, tflite, "--out", tmp_path / "out", code=ExitCode.MACHINE)
    assert said == f"another ecgprune is at work in {tmp_path / 'out'}; wait for it or take another --out"


def test_a_refused_name_leaves_no_folder(tflite, tmp_path):
    assert refused("export", tflite, "--out", tmp_path / "out", "--name", 'a"b').startswith("model name is 'a\"b'")
    assert not (tmp_path / "out").exists()


def test_a_limit_on_the_size_of_files_is_told(tflite, tmp_path):
    script = f"ulimit -f 1; exec {shlex.join(ECGPRUNE)} export {tflite} --out {tmp_path / 'out'}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=120)
    assert one_line(done, ExitCode.MACHINE).endswith("file too large: a limit of this machine, see `ulimit -a`")
    assert not (tmp_path / "out" / "src").exists()


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
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
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


@pytest.mark.parametrize("line", ["data.synthetic.minutes = 1e308", "data.synthetic.patients = 1000000000000"])
def test_sizes_that_nothing_can_be_made_of_are_refused(tmp_path, line):
    (tmp_path / "my.toml").write_text(line)
    assert refused("run", tmp_path / "my.toml", "--out", tmp_path / "run").startswith(
        f"{tmp_path / 'my.toml'}: {line.partition(' ')[0]} is "
    )


def test_labels_of_a_bare_tflite_stand_in_the_generated_header(tflite, tmp_path):
    words = ("export", tflite, "--format", "json", "--out")
    done = call(*words, tmp_path / "out", "--labels", "a,b,c,d,e,f,g,h h")
    assert done.returncode == 0, done.stderr
    (header,) = (tmp_path / "out" / "src").glob("*/model.h")
    assert "MODEL_CLASS_H_H" in header.read_text()
    said = refused(*words, tmp_path / "few", "--labels", "N,S")
    assert said == "2 labels (N, S) for an output of 8 values; give one each"
    assert usage_error(*words, tmp_path / "few", "--labels", "N,*/").endswith("is no name of a class: use letters, "
                                                                            "digits, blanks and _ . + -")  # fmt: skip
    assert usage_error("export", "smoke", "--out", tmp_path / "few", "--labels", "N") == (
        "Error: --labels goes with a model; a config says it itself"
    )
    assert not (tmp_path / "few").exists()
