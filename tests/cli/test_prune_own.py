"""ecgprune prune MODEL: the run folder, resuming, and mistakes in one line."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from cli_calls import call, refused

from ecgprune.artifacts import sha256_file
from ecgprune.training._tf import keras, seed_everything

DRAW = np.random.default_rng(0)
L = keras.layers


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A small model with its examples."""
    folder = tmp_path_factory.mktemp("files")
    seed_everything(1)
    x = DRAW.normal(size=(96, 12, 1)).astype(np.float32)
    y = (x.mean(axis=(1, 2)) > 0).astype(int)
    ecg = L.Input((12, 1), name="ecg")
    a = L.GlobalAveragePooling1D(name="mean")(L.Conv1D(8, 3, activation="relu", name="conv")(ecg))
    model = keras.Model(ecg, L.Dense(2, activation="softmax", name="classes")(a), name="small")
    model.save(folder / "model.keras")
    np.savez(folder / "train.npz", x=x[:64], y=y[:64])
    np.savez(folder / "validation.npz", ecg=x[64:], y=y[64:])
    return folder


def words(files, out, *more):
    given = ("--train", files / "train.npz", "--validation", files / "validation.npz", "--epochs", 1,
             "--representative", files / "train.npz")  # fmt: skip
    return ("prune", files / "model.keras", *given, "--stages", "0.4,0.7", "--exclude", "classes", "--out", out, *more)


@pytest.fixture(scope="module")
def run(files, tmp_path_factory):
    """A finished run folder, and what the command printed."""
    out = tmp_path_factory.mktemp("run") / "run"
    done = call(*words(files, out))
    assert done.exit_code == 0, done.output
    return out, done


def test_the_run_folder_holds_each_stage_the_int8_model_and_a_report(run):
    out, done = run
    report = json.loads((out / "report.json").read_text())
    assert [stage["target"] for stage in report["stages"]] == [0.4, 0.7]
    assert report["kept"] == 2
    assert report["dense_layers"] == [{"name": "classes", "reason": "excluded"}]
    assert report["tflite"]["sha256"] == sha256_file(out / "model.tflite")
    assert sha256_file(out / "pruned.keras") == sha256_file(out / "prune" / "stage-02.keras")
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=out, capture_output=True, check=False)
    assert sums.returncode == 0
    assert "stays dense: classes: excluded" in done.stderr
    assert "pruned.keras: stage 2; model.tflite: int8," in done.stdout


def test_another_seed_is_another_run(files, run):
    said = refused(*words(files, run[0], "--seed", 7))
    assert "seed is 1 there and 7 here" in said


def test_what_was_lost_is_made_again_and_nothing_else(files, run):
    out, _ = run
    def state():
        return {path.name: (sha256_file(path), path.stat().st_mtime_ns) for path in out.rglob("*.keras")}

    before = state()
    (out / "prune" / "stage-02.keras").unlink()
    done = call(*words(files, out, "--format", "json"))
    assert done.exit_code == 0, done.output
    assert "prune to 40% (kept)" in done.stderr
    assert "prune to 70%\n" in done.stderr
    after = state()
    assert {name: found[0] for name, found in after.items()} == {name: found[0] for name, found in before.items()}
    assert after["stage-01.keras"] == before["stage-01.keras"]
    assert json.loads(done.stdout)["kept"] == 2


def test_a_model_that_the_run_did_not_make_is_not_overwritten(files, run):
    out, _ = run
    ours = (out / "prune" / "stage-02.keras").read_bytes()
    (out / "prune" / "stage-02.keras").write_bytes((files / "model.keras").read_bytes())
    assert refused(*words(files, out, "-q")) == (
        f"{out / 'prune' / 'stage-02.keras'} is a model that this run did not make, and step 'stage-02' would "
        "overwrite it; move it to another place, and call again"
    )
    assert (out / "prune" / "stage-02.keras").read_bytes() == (files / "model.keras").read_bytes()
    (out / "prune" / "stage-02.keras").write_bytes(ours)


def test_a_folder_of_somebody_else_and_another_request_are_refused(files, run, tmp_path):
    (tmp_path / "dense.keras").write_text("precious")
    assert "holds files and is not a run folder" in refused(*words(files, tmp_path, "-q"))
    assert (tmp_path / "dense.keras").read_text() == "precious"
    said = refused(*words(files, run[0], "--seed", 7, "-q"))
    assert said.startswith(f"{run[0]} holds a run of another request: seed is 1 there and 7 here;")


def test_mistakes_are_one_line_and_leave_nothing(files, tmp_path):
    out = tmp_path / "out"
    bad = tmp_path / "bad.npz"
    np.savez(bad, x=np.zeros((4, 11, 1)), y=np.zeros(4, int))
    given = ("--validation", files / "validation.npz", "--out", out)
    assert refused("prune", files / "model.keras", "--train", bad, *given) == (
        f"{bad}: input ecg has shape (4, 11, 1), the model takes (n, 12, 1)"
    )
    none = tmp_path / "none.keras"
    assert refused("prune", none, "--train", bad, *given) == f"no file {none}; SOURCE is a config or a Keras model"
    assert refused(*words(files, out, "--metric", "best")).startswith("no metric 'best'; there are accuracy,")
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("smoke", "--epochs", 3), "--epochs goes with a Keras model; a config says it itself"),
        (("MODEL", "--data", "."), "--data goes with a config; SOURCE is a Keras model"),
        (("MODEL",), "a Keras model needs --train, an .npz with x and y"),
        (("MODEL", "--stages", "a,b"), "Invalid value for '--stages': 'a,b' is no list of shares; write 0.5,0.7,0.8"),
    ],
)
def test_options_go_with_their_kind_of_source(files, tmp_path, more, said):
    given = [files / "model.keras" if word == "MODEL" else word for word in more]
    done = call("prune", *given, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.stderr


def test_help_does_not_load_tensorflow():
    run = "main(['prune', '--help'], standalone_mode=False)"
    code = f"import sys; from ecgprune.cli import main; {run}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "tensorflow" not in done.stdout.split()
