"""What a user may get wrong ends in one line: called as users do, in a process of its own."""

import json
import os
import shlex
import subprocess

import pytest
from cli_process import ECGPRUNE, call, one_line, refused, usage_error
from firmware_models import needs

from ecgprune.config import shipped
from ecgprune.errors import ExitCode
from ecgprune.importers import Kind
from ecgprune.pipeline.given_model import expected

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
