"""ecgprune evaluate: a trained model on records that it has or has not seen."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from cli_calls import call, refused, small_tflite
from manual import ROOT
from small_network import network

from ecgprune import verify
from ecgprune.config import Config, load
from ecgprune.ecg import ec57
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.dataset import CLASSES, Dataset
from ecgprune.ecg.synthetic import make_database
from ecgprune.pipeline import evaluation
from ecgprune.pipeline.given_model import expected
from ecgprune.pipeline.release import model_card

CONFIG = '[data]\nwindow = 16\nwindow_before = 6\n[model]\nname = "plain"\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a model, its config, and a database of four patients."""
    folder = tmp_path_factory.mktemp("scoring")
    (folder / "model").mkdir()
    (folder / "model" / "model.tflite").write_bytes(network())
    (folder / "model" / "config.toml").write_text(CONFIG)
    make_database(folder / "records", 4, 6.0, 1)
    return folder


@pytest.fixture(scope="module")
def found(home):
    done = call("evaluate", home / "model", "--data", home / "records", "--out", home / "out", "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_answers_are_those_of_tflm_on_every_beat(home, found):
    data = load(str(home / "model" / "config.toml")).data
    beats = build_dataset(home / "records", data, 1)
    predicted = verify.probabilities(home / "model" / "model.tflite", beats.inputs).argmax(axis=1)
    assert found["results"][0]["confusion"] == ec57.confusion(beats.label, predicted, CLASSES).tolist()
    assert found["database"]["left_out"] == beats.info["left_out"]
    assert found["input_hashes"] == beats.info["input_hashes"]
    assert len(np.unique(predicted)) > 1, "a model that says one thing would show nothing"


def test_json_names_the_model_the_records_and_the_rules(found):
    assert found["schema_version"] == 1
    assert found["model"]["kind"] == "int8"
    assert found["model"]["runtime"].startswith("TensorFlow Lite Micro on the host")
    source = found["database"]
    assert (source["name"], source["records"], source["patients"], source["trained_on"]) == ("wfdb", 4, 4, None)
    assert [r["name"] for r in found["results"]] == ["all", "ec57"]
    first = found["results"][0]
    assert first["beats"] == sum(r["beats"] for r in found["records"])
    low, high = first["intervals"]["accuracy"]
    assert low < first["accuracy"] < high
    assert found["bootstrap"] == {"over": "patients", "resamples": 2000, "seed": 1, "level": 0.95}
    assert found["command"] == "ecgprune evaluate MODEL --data DIR --resamples 2000 --seed 1"


def test_files_hold_the_same_and_the_page_stands_alone(home, found):
    assert json.loads((home / "out" / "evaluation.json").read_text()) == found
    page = (home / "out" / "evaluation.html").read_text()
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|<script""", page)
    assert "It is not known" not in page
    for text in ("Not known whether the model was trained with these records", "95% interval over patients", "s001"):
        assert text in page


def test_without_tflm_the_interpreter_answers_and_is_named(home, found, monkeypatch):
    monkeypatch.setattr(verify, "has_tflm", lambda: False)
    done = call("evaluate", home / "model", "--data", home / "records", "--format", "json")
    other = json.loads(done.stdout)
    assert other["model"]["runtime"].startswith("TFLite interpreter, reference kernels (ai-edge-litert ")
    beats = build_dataset(home / "records", load(str(home / "model" / "config.toml")).data, 1)
    predicted = verify.probabilities(home / "model" / "model.tflite", beats.inputs, verify.Interpreter).argmax(axis=1)
    assert other["results"][0]["confusion"] == ec57.confusion(beats.label, predicted, CLASSES).tolist()
    assert other["results"][0]["confusion"] != found["results"][0]["confusion"], "it rounds otherwise"


def test_part_of_a_database_is_scored_and_told(home, svdb, tmp_path):
    for name in ("801", "803"):
        for suffix in (".hea", ".dat", ".atr"):
            shutil.copy(svdb / f"{name}{suffix}", tmp_path)
    (tmp_path / "RECORDS").write_text("801\n803\n805\n")
    code = "import sys; from ecgprune.cli import main; main(sys.argv[1:], standalone_mode=False)\n"
    code += "print([m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules], file=sys.stderr)"
    words = ["evaluate", home / "model", "--data", tmp_path, "--split", "open"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stderr.strip() == "[]", "a .tflite is scored without them"
    assert "on svdb: 2 of 78 records, 2 patients" in done.stdout
    assert "The model was trained with none of these records.\nLead ECG1.\n" in done.stdout
    missing = "805, 807, 809, 811, 820, 822, 824, 826 and 29 more: not in the folder"
    assert re.search(rf"Left out: \d+ beats at the ends of records; {missing}\.", done.stdout)
    asked = call("evaluate", home / "model", "--data", tmp_path, "--lead", "ECG2", "--format", "json")
    assert [r["lead"] for r in json.loads(asked.stdout)["records"]] == ["ECG2", "ECG2"]


def test_a_model_that_trained_on_the_records_says_so(home, mitdb, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text(CONFIG.replace("[data]", '[data]\ndatabase = "mitdb"\nsplit = "inter"'))
    folder = tmp_path / "db"
    folder.mkdir()
    for name in ("100", "101"):
        for suffix in (".hea", ".dat", ".atr"):
            shutil.copy(mitdb / f"{name}{suffix}", folder)
    words = ("evaluate", home / "model", "--data", folder, "--config", config)
    found = json.loads(call(*words, "--format", "json").stdout)
    assert found["database"]["trained_on"] == ["101"]
    assert [(r["name"], r["records_left_out"]) for r in found["results"][:2]] == [("all", []), ("unseen", ["101"])]
    tested = json.loads(call(*words, "--format", "json", "--split", "ds2").stdout)
    assert (tested["database"]["trained_on"], tested["database"]["records"]) == ([], 1)


def test_what_does_not_fit_is_refused_in_one_line(home, nstdb, tmp_path):
    records, model = home / "records", home / "model" / "model.tflite"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(CONFIG.replace("16", "32"))
    lone = tmp_path / "lone" / "deep" / "model.tflite"
    lone.parent.mkdir(parents=True)
    shutil.copy(model, lone)
    relu = tmp_path / "relu.tflite"
    relu.write_bytes(small_tflite(size=16))

    config, kinds = home / "model" / "config.toml", expected()

    def said(model, *words, data=records):
        return refused("evaluate", model, "--data", data, *words)

    assert said(model, "--config", wrong) == (
        "the vectors for input 'ecg' are 32 x int8 each, and the model takes 16 x int8"
    )
    assert re.fullmatch(r"how the inputs of .* are made is not known: there is no .* as --config", said(lone))
    assert said(tmp_path) == f"no model.tflite in {tmp_path}: {kinds}"
    assert said(tmp_path / "x") == f"no model {tmp_path / 'x'}: {kinds}"
    assert said(config) == f"{config} is text: {kinds}"
    assert re.fullmatch(r"no vectors for the model's input 'x'; .*", said(relu, "--config", config))
    assert re.fullmatch(r"s001 in .* is no record of svdb; give --database .*", said(model, "--database", "svdb"))
    assert said(model, "--database", "x")== (
        "no database 'x' with annotated beats; known are incartdb, mitdb, svdb, synthetic, wfdb"
    )
    assert said(model, data=nstdb).startswith("no database 'nstdb' with annotated beats; known are ")
    assert said(model, "--annotator", "a.b").startswith("'a.b' is no suffix of annotation files; give letters")
    assert said(model, "--split", "ds2") == "database wfdb has no split 'ds2'; it has none"
    assert re.fullmatch(r"no record of .* can be scored; s001: no lead V9; it has .*", said(model, "--lead", "V9"))
    assert said(model, data=tmp_path / "none").startswith("no such folder: ")


# ---- the same figures in a run's report ----


@pytest.mark.parametrize(("split", "known"), [("intra", True), ("time", True), ("inter", False)])
def test_a_run_scores_parts_with_intervals_where_patients_are_held_out(split, known):
    label = np.array([0, 1, 0, 1, 0, 4], np.uint8)
    beats = Dataset(
        ecg=np.zeros((6, 16), np.int8), rr=np.zeros((6, 4), np.int8), label=label, split=np.full(6, 2, np.uint8),
        record=np.array([0, 0, 1, 1, 2, 2], np.uint16), sample=np.arange(6),
        info={"records": ["100", "232", "104"], "classes": list(CLASSES),
              "config": {"database": "mitdb", "split": split, "same_patient": ()}},
    )  # fmt: skip
    found = {part["name"]: part for part in evaluation.parts(beats, np.array([0, 1, 0, 0, 0, 4], np.uint8))}
    assert list(found) == ["all", "without_paced", "without_232"]
    assert [found[name]["accuracy"] for name in found] == [5 / 6, 3 / 4, 1.0]
    assert found["without_paced"]["records_left_out"] == ["104"]
    assert all((part["intervals"] is None) == known for part in found.values())
    report = json.loads((ROOT / "results" / "mitdb" / "report.json").read_text()) | {"parts": list(found.values())}
    card = model_card(report, Config(name="mitdb"))
    shown = re.findall(r"\| without paced records \| 75.00%(.*?) \|.*\| 2 \|", card)
    assert shown == ["" if known else " [50.0, 100.0]"]
