"""Every command takes a model by name, folder or file, and says the same of a wrong one."""

import json
import shutil
from pathlib import Path

import pytest
from cli_calls import refused, small_tflite
from click.testing import CliRunner

import ecgprune
from ecgprune.board import firmware_root
from ecgprune.cli import main
from ecgprune.errors import ArtifactError, ModelError
from ecgprune.pipeline.given_model import expected, locate

SMALL = firmware_root() / "models" / "small"


@pytest.mark.parametrize("given", ["small", "models/small", SMALL, SMALL / "model.tflite"])
def test_a_shipped_model_is_known_by_its_name_its_folder_and_its_file(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate(given) == SMALL / "model.tflite"


def test_a_path_that_is_there_comes_before_a_shipped_model_in_models(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "small").mkdir(parents=True)
    (tmp_path / "models" / "small" / "model.tflite").write_bytes(small_tflite())
    assert locate("models/small") == Path("models/small/model.tflite")
    assert locate("small") == SMALL / "model.tflite"


@pytest.mark.parametrize(
    "words",
    [("bench",), ("flash", "--board", "nrf52840dk"), ("evaluate", "--data", "."), ("verify", "--on-target", "PORT"),
     ("stream", "-", "--rate", "360", "--gain", "200", "--model")],
)  # fmt: skip
def test_every_command_says_the_same_of_a_model_that_is_none(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    command = (words[0], *words[1:])

    def said(given):
        return refused(*command, given) if words[-1] == "--model" else refused(command[0], given, *command[1:])

    assert said("smal") == f"no model smal: did you mean small? {expected()}"
    assert said("folder") == f"no model.tflite in folder: {expected()}"


@pytest.mark.parametrize("command", ["export", "build", "verify"])
def test_commands_that_take_configs_too_say_so(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused(command, "defalt", "--out", "out")
    assert said.startswith("no config or model defalt: did you mean default? expected a config (default, ")
    assert not (tmp_path / "out").exists()


def test_code_of_a_shipped_model_is_generated_as_its_config_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["export", "small", "--out", "by-name", "--format", "json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["name"] == "ecg"
    shutil.copytree(SMALL, tmp_path / "a folder")
    ecgprune.export(tmp_path / "a folder", tmp_path / "by-folder", name="ecg")
    facts = {line for line in (SMALL / "ecg.h").read_text().splitlines() if "_CLASS" in line or "RATE" in line}
    for folder in ("by-name", "by-folder"):
        assert facts
        assert facts <= set((tmp_path / folder / "src" / "cortex-m4" / "ecg.h").read_text().splitlines())
    assert "goes with another SOURCE; in a folder, config.toml says it" in CliRunner().invoke(
        main, ["export", "small", "--out", "other", "--labels", "a,b"]).output  # fmt: skip


def test_what_takes_results_says_how_to_get_them_of_a_shipped_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused("compare", "small", "small").endswith("made by: ecgprune bench small --out small.json")
    assert refused("attest", "small").endswith("made by: ecgprune build small --out FOLDER")


def test_packages_from_python(tmp_path):
    firmware = ecgprune.export(small_tflite(), tmp_path / "out", name="tiny", labels="abcdefgh")
    made = firmware.package(["make", "cmake"], tmp_path / "packages", version="2.0.0")
    assert [(one.kind, one.vectors > 0) for one in made] == [("make", True), ("cmake", True)]
    assert all("2.0.0" in (one.path / "README.md").read_text() for one in made)
    tflm = ecgprune.export(small_tflite(), tmp_path / "tflm", runtime="tflm")
    with pytest.raises(ecgprune.errors.ConfigError, match=r"^packages hold generated C .* runtime here is tflm, which"):
        tflm.package(["make"], tmp_path / "none")
    with pytest.raises(ArtifactError, match=r"^no model .*nothing: expected a shipped model"):
        ecgprune.export(tmp_path / "nothing", tmp_path / "x")
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ModelError, match=r"m\.h5 is a float model; firmware takes int8: ecgprune\.quantize makes it$"):
        ecgprune.export(tmp_path / "m.h5", tmp_path / "x")
