"""run_folder.py: what is kept, what is redone, and which folders are refused."""

import shutil
import subprocess
import zipfile

import pytest
from firmware_models import needs

from ecgprune.artifacts import no_progress, write_text
from ecgprune.config import Config, parse
from ecgprune.errors import ArtifactError, MachineError
from ecgprune.pipeline import firmware_steps
from ecgprune.pipeline.run_folder import Step, open_run


def _chain(run, log, setting=1):
    """Two steps, b made from a; each notes that it ran."""

    def make(name, source):
        def work(progress):
            log.append(name)
            text = (run.path / source).read_text() if source else f"{setting}"
            write_text(run.path / name, text + name)

        return Step(name, name, (source,) if source else (), (name,), work, setting if not source else None)

    return [make("a", None), make("b", "a")]


def _execute(path, setting=1):
    log = []
    with open_run(path, Config()) as run:
        steps = _chain(run, log, setting)
        for step in steps:
            run.execute(step, no_progress)
        run.write_sums(steps)
    return log


def test_a_finished_step_is_kept(tmp_path):
    assert _execute(tmp_path / "run") == ["a", "b"]
    assert _execute(tmp_path / "run") == []


def test_a_changed_setting_redoes_the_step_and_what_is_made_from_it(tmp_path):
    _execute(tmp_path / "run")
    assert _execute(tmp_path / "run", setting=2) == ["a", "b"]


def test_a_damaged_output_is_made_again(tmp_path):
    _execute(tmp_path / "run")
    (tmp_path / "run" / "b").write_text("damaged")
    assert _execute(tmp_path / "run") == ["b"]
    assert (tmp_path / "run" / "b").read_text() == "1ab"


def _keras(path, text):
    """A zip as a Keras model is one."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", text)


def _train(path, setting, fails=False):
    """Runs the one step of a run, which writes model.keras."""

    def work(progress):
        _keras(path / "model.keras", f"ours {setting}")
        if fails:
            raise KeyboardInterrupt

    with open_run(path, Config()) as run:
        return run.execute(Step("train", "train", (), ("model.keras",), work, setting), no_progress)


def test_a_whole_keras_model_that_the_run_did_not_write_is_not_overwritten(tmp_path):
    run, model = tmp_path / "run", tmp_path / "run" / "model.keras"
    assert _train(run, 1)
    assert _train(run, 2), "its own model is written again where a setting changes"
    _keras(model, "precious")
    before = model.read_bytes()
    for setting in (2, 3):
        with pytest.raises(ArtifactError) as caught:
            _train(run, setting)
        assert str(caught.value) == (
            f"{model} is a model that this run did not make, and step 'train' would overwrite it; move it to another "
            "place, and call again"
        )
    assert model.read_bytes() == before


def test_what_a_killed_step_wrote_or_a_damaged_model_is_made_again(tmp_path):
    run, model = tmp_path / "run", tmp_path / "run" / "model.keras"
    with pytest.raises(KeyboardInterrupt):
        _train(run, 1, fails=True)
    assert model.exists()
    assert _train(run, 1)
    model.write_bytes(model.read_bytes()[:-8])
    assert _train(run, 1)
    assert not _train(run, 1)


def test_a_step_without_its_input_says_which_file_is_missing(tmp_path):
    with open_run(tmp_path / "run", Config()) as run, pytest.raises(ArtifactError) as caught:
        run.execute(_chain(run, [])[1], no_progress)
    assert str(caught.value) == f"step 'b' needs {tmp_path / 'run' / 'a'}, which does not exist"


def test_sums_cover_every_output(tmp_path):
    _execute(tmp_path / "run")
    names = [line.split("  ")[1] for line in (tmp_path / "run" / "SHA256SUMS").read_text().splitlines()]
    assert names == ["a", "b", "config.toml"]


def test_a_run_of_another_config_is_refused_naming_the_key(tmp_path):
    _execute(tmp_path / "run")
    with pytest.raises(ArtifactError) as caught, open_run(tmp_path / "run", parse("seed = 2", "c")):
        pass
    assert str(caught.value) == (
        f"{tmp_path / 'run'} holds a run of another config: seed is 1 there and 2 here; "
        "take another --out, or --update to redo what depends on it"
    )


def test_update_takes_the_new_config(tmp_path):
    _execute(tmp_path / "run")
    with open_run(tmp_path / "run", parse("seed = 2", "c"), update=True):
        pass
    assert "seed = 2" in (tmp_path / "run" / "config.toml").read_text()


def test_a_run_in_use_is_refused(tmp_path):
    with (
        open_run(tmp_path / "run", Config()),
        pytest.raises(MachineError, match="another ecgprune is at work in"),
        open_run(tmp_path / "run", Config()),
    ):
        pass


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ArtifactError, match="holds files and is not a run folder"), open_run(tmp_path, Config()):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_killed_writer_left_is_removed(tmp_path):
    _execute(tmp_path / "run")
    left = tmp_path / "run" / "prune" / ".ecgprune-unfinished-abc"
    left.mkdir(parents=True)
    (left / "stage-01.keras").write_text("half")
    _execute(tmp_path / "run")
    assert not left.exists()


def test_the_generated_code_depends_on_the_cores_of_the_boards(tmp_path):
    from ecgprune.config import FirmwareConfig

    def settings(*boards):
        found = firmware_steps.steps(Config(firmware=FirmwareConfig(boards=boards)), tmp_path)
        return next(step.settings for _, step in found if step.name == "export")

    assert settings("mps2_an386") == settings("mps2_an386", "host")  # the host runs the code of the Cortex-M4
    assert settings("mps2_an386") != settings("mps2_an386", "microbit")
    assert settings("mps2_an386", "microbit") != settings("microbit", "mps2_an386")


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of firmware/ that the package takes for its own."""
    from ecgprune.board import firmware_root

    copy = tmp_path / "sources"
    shutil.copytree(firmware_root(), copy, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setenv("ECGPRUNE_FIRMWARE", str(copy))
    return copy


def _keys(path):
    """{step: its key} of the steps that generate, build and verify firmware."""
    with open_run(path, Config()) as run:
        found = [step for _, step in firmware_steps.steps(Config(), path)]
        return {step.name: run._key(step, {}) for step in found if step.name in ("export", "build", "verify")}


@pytest.mark.parametrize(
    "name",
    ["lib/nn/README.md", "lib/nn/tests/test_conv.c", "docs/notes.h", "models/small/ecg.c", "examples/live/main.c",
     "lib/nn/build/old.c", "boards/microbit/board.mk"],
)  # fmt: skip
def test_what_no_output_depends_on_changes_no_key(tmp_path, sources, name):
    before = _keys(tmp_path / "run")
    file = sources / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{file.read_text() if file.exists() else ''}\n")
    assert _keys(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("name", "redone"),
    [
        ("lib/nn/ecgp_relu.c", {"export", "build", "verify"}),  # export copies it into the drop-in folder
        ("lib/ecg/ecgp_beat.c", {"export"}),
        ("harness/main.c", {"build", "verify"}),
        ("Makefile", {"build", "verify"}),
        ("build.mk", {"build", "verify"}),
        ("boards/mps2_an386/memory.ld", {"build", "verify"}),
        ("boards/host/board.mk", {"verify"}),
    ],
)
def test_a_changed_source_file_redoes_the_steps_that_compile_or_copy_it(tmp_path, sources, name, redone):
    before = _keys(tmp_path / "run")
    file = sources / name
    file.write_text(file.read_text() + "\n")
    after = _keys(tmp_path / "run")
    assert {step for step in before if before[step] != after[step]} == redone


def test_every_file_that_the_compiler_reads_is_in_the_key(tmp_path):
    from ecgprune.board import firmware_root
    from ecgprune.pipeline.source_files import source_files

    needs("cc", "make")
    root = firmware_root()
    words = [f"OUT={tmp_path / 'out'}", "BOARD=host", f"MODEL_DIR={root / 'models' / 'small'}"]
    subprocess.run(["make", "-C", root, *words], check=True, capture_output=True)
    listed = " ".join(p.read_text() for p in (tmp_path / "out").rglob("*.d")).replace("\\\n", " ").split()
    read = {(root / word.rstrip(":")).resolve() for word in listed if word.endswith((".c", ".h"))}
    read = {path for path in read if path.is_relative_to(root) and not path.is_relative_to(root / "models")}
    assert len(read) > 5
    assert read <= {path for name in firmware_steps.build_code(("host",)) for path in source_files(name)}


def test_a_run_of_an_older_ecgprune_is_not_released(tmp_path):
    from ecgprune.pipeline.release import release

    (tmp_path / "run" / "firmware").mkdir(parents=True)
    (tmp_path / "run" / "config.toml").write_text('name = "old"')
    (tmp_path / "run" / "report.json").write_text("{}")
    (tmp_path / "run" / "SHA256SUMS").write_text("")
    (tmp_path / "run" / "firmware" / "plan.json").write_text('{"name": "ecg", "core": "Cortex-M4", "layers": []}')
    with pytest.raises(ArtifactError, match=r"plan.json lists no cores: an older ecgprune wrote it; call"):
        release(tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()
