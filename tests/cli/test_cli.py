"""The command line as a user meets it: options, output, and one clear line for each thing that goes wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_calls import call, refused, small_tflite
from firmware_models import needs_qemu

from ecgprune.cli import main
from ecgprune.errors import ExitCode

CONFIGS = Path(__file__).parents[2] / "ecgprune" / "config" / "presets"


def test_every_command_has_help():
    for command in main.commands:
        done = call(command, "--help")
        assert done.exit_code == 0
        assert done.output.startswith("Usage: ecgprune " + command)


def test_every_command_that_prints_results_speaks_json():
    silent = {"data", "release", "monitor"}
    for name in sorted(main.commands.keys() - silent):
        assert "--format [human|json" in call(name, "--help").output, name


def test_made_records_are_whole_and_described(tmp_path):
    assert call("data", "make", "--out", tmp_path / "db", "--patients", 4, "--minutes", 0.5).exit_code == 0
    checked = json.loads(call("data", "check", tmp_path / "db", "--format", "json").stdout)
    assert [r["whole"] for r in checked["records"]] == [True] * 4
    described = json.loads(call("data", "info", tmp_path / "db", "--format", "json").stdout)
    assert described["synthetic"] is True
    assert len(described["records"]) == 4


def test_check_exits_with_3_and_names_the_truncated_record(tmp_path):
    call("data", "make", "--out", tmp_path / "db", "--patients", 4, "--minutes", 0.5)
    signal = tmp_path / "db" / "s002.dat"
    signal.write_bytes(signal.read_bytes()[:-300])
    done = call("data", "check", tmp_path / "db", "--format", "json")
    assert done.exit_code == ExitCode.INPUT
    (broken,) = (r for r in json.loads(done.stdout)["records"] if not r["whole"])
    assert broken["record"] == "s002"
    assert "expected" in broken["problem"]


def test_a_missing_data_folder_is_named(tmp_path):
    said = refused("run", "mitdb", "--data", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert said == f"no folder {tmp_path / 'nowhere'}: --data takes the folder with the records of mitdb"
    assert not (tmp_path / "run").exists()


def test_mitdb_without_data_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said = refused("run", "mitdb", "--out", tmp_path / "run")
    assert said == (
        "config 'mitdb' needs the MIT-BIH database: give its folder with --data, "
        "or call `ecgprune data fetch mitdb` once"
    )


def test_a_run_that_has_read_its_beats_goes_on_without_its_records(mitdb, tmp_path, monkeypatch):
    from ecgprune import config, pipeline
    from ecgprune.ecg import build

    settings = config.load("mitdb")
    few = tmp_path / "few"
    few.mkdir()
    for path in [*mitdb.glob("100.*"), *mitdb.glob("208.*")]:
        (few / path.name).symlink_to(path)
    build.build_dataset(few, settings.data, 1).save(tmp_path / "run")
    nowhere = tmp_path / "nowhere"
    kept = pipeline.find_source(settings, None, nowhere, tmp_path / "run")
    assert kept.digest == pipeline.find_source(settings, few, nowhere, tmp_path / "run").digest


def test_an_unknown_config_key_suggests_the_near_one(tmp_path):
    config = tmp_path / "my.toml"
    config.write_text('name = "my"\n[train]\nepoch = 3\n')
    said = refused("run", config, "--out", tmp_path / "run")
    assert said == f"{config}: unknown key 'train.epoch'; did you mean 'epochs'?"


def test_a_sparsity_of_one_is_refused(tmp_path):
    config = tmp_path / "my.toml"
    config.write_text("[[prune.stages]]\nsparsity = 1.0\n")
    said = refused("run", config, "--out", tmp_path / "run")
    assert said == f"{config}: prune.stages.1.sparsity is 1.0, expected at least 0 and less than 1"


def test_an_unknown_board_lists_the_known_ones(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    said = refused("build", tmp_path / "m.tflite", "--out", tmp_path / "out", "--board", "mps2_an387")
    assert said.startswith("unknown board 'mps2_an387': did you mean mps2_an38")
    assert " host, microbit, mps2_an385, mps2_an386, " in said


def test_an_unknown_board_is_refused_before_anything_is_trained(tmp_path):
    said = refused("run", "smoke", "--out", tmp_path / "run", "--board", "microbat")
    assert said.startswith("unknown board 'microbat': did you mean microbit?")


def test_an_unsupported_operator_is_named_with_its_place(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite("SIN"))
    said = refused("export", tmp_path / "m.tflite", "--out", tmp_path / "out")
    assert "SIN" in said
    assert "supported" in said
    assert "'ecgprune ops' lists" in said
    assert not (tmp_path / "out" / "src").exists()


def test_the_drop_in_folder_compiles_by_itself(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    assert call("export", tmp_path / "m.tflite", "--out", tmp_path / "out").exit_code == 0
    sources = sorted(str(p) for p in (tmp_path / "out" / "drop-in" / "cortex-m4").glob("*.c"))
    assert {"model.c", "main.c", "ecgp_relu.c", "ecgp_crc32.c"} == {Path(s).name for s in sources}  # no ECG
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    subprocess.run(["cc", *flags, *sources], check=True)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "m.tflite").write_bytes(b"not a model at all")
    assert "m.tflite" in refused("export", tmp_path / "m.tflite", "--out", tmp_path / "out")


def test_an_arena_that_does_not_fit_the_board_is_refused_with_both_sizes(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite(size=40_000))
    said = refused("build", tmp_path / "m.tflite", "--out", tmp_path / "out", "--board", "microbit",
                   code=ExitCode.DOES_NOT_FIT)  # fmt: skip
    assert said.startswith("the image does not fit microbit: RAM needs 4")
    assert said.endswith(" bytes, 16384 are available")


def test_a_missing_compiler_is_named_with_its_package(tmp_path, monkeypatch):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "make").symlink_to("/usr/bin/make")
    monkeypatch.setenv("PATH", str(tools))
    done = call("build", tmp_path / "m.tflite", "--out", tmp_path / "out", "--board", "mps2_an386")
    assert done.exit_code == ExitCode.TOOL_MISSING
    assert done.stderr.startswith("ecgprune: not done: mps2_an386: arm-none-eabi-gcc is not installed: on Debian or ")


def test_the_tflm_runtime_without_a_build_of_tflm_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("TFLM_LIB", raising=False)
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    done = call("build", tmp_path / "m.tflite", "--out", tmp_path / "out", "--runtime", "tflm")
    assert done.exit_code == ExitCode.TOOL_MISSING
    assert done.stderr == (
        "ecgprune: not done: mps2_an386: the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE\n"
    )
    assert "model.cc" in {p.name for p in (tmp_path / "out" / "src" / "cortex-m4").iterdir()}


def test_verify_proves_a_model_that_ecgprune_did_not_make(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    options = ("--board", "mps2_an386", "--vectors", 5, "--format", "json")
    done = call("verify", tmp_path / "m.tflite", "--out", tmp_path / "out", *options)
    assert done.exit_code == 0, done.output
    rows = {r["runtime"]: r for r in json.loads(done.stdout)["runtimes"]}
    assert rows["host-c"]["bit_exact"] is True
    assert rows["host-c"]["vectors"] == 1000
    assert rows["mps2_an386"]["bit_exact"] is True
    assert rows["mps2_an386"]["vectors"] == 5


def test_the_plan_names_each_core_once_and_the_host_runs_the_code_of_the_cortex_m4(tmp_path):
    (tmp_path / "m.tflite").write_bytes(small_tflite())
    words = ("export", tmp_path / "m.tflite", "--out", tmp_path / "out", "--format", "json", "--optimize", "flash")
    boards = [word for board in ("microbit", "host", "mps2_an386") for word in ("--board", board)]
    plan = json.loads(call(*words, *boards).stdout)
    assert plan["optimize"] == "flash"
    assert [core["core"] for core in plan["cores"]] == ["Cortex-M0", "Cortex-M4"]
    for kind in ("src", "drop-in"):
        assert sorted(p.name for p in (tmp_path / "out" / kind).iterdir()) == ["cortex-m0", "cortex-m4"]


def test_each_core_runs_the_kernels_selected_for_it(tmp_path):
    needs_qemu()
    boards = ("--board", "mps2_an386", "--board", "mps3_an547", "--board", "host")
    model = Path(__file__).parents[2] / "firmware" / "models" / "small" / "model.tflite"
    done = call("verify", model, "--out", tmp_path / "out", *boards, "--vectors", 3, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    names = [(r["runtime"], r["core"], r["bit_exact"]) for r in found["runtimes"] if r["runtime"] != "interpreter"]
    assert names == [
        ("tflm-host", None, True), ("host-c", "Cortex-M4", True), ("host-c", "Cortex-M55", True),
        ("mps2_an386", "Cortex-M4", True), ("host", "Cortex-M4", True), ("mps3_an547", "Cortex-M55", True),
    ]  # fmt: skip
    assert [(r["core"], r["generated_for"]) for r in found["firmware"]] == [(c, c) for c in ("Cortex-M4", "Cortex-M55")]
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    kernels = {core["core"]: {layer["kernel"] for layer in core["layers"]} for core in plan["cores"]}
    assert any("helium" in kernel for kernel in kernels["Cortex-M55"])
    assert not any("helium" in kernel for kernel in kernels["Cortex-M4"])
    source = (tmp_path / "out" / "src" / "cortex-m55" / "model.c").read_text()
    assert all(name in source for kernel in kernels["Cortex-M55"] for name in kernel.split("+") if kernel)
    for row, core in zip(found["firmware"], plan["cores"], strict=True):
        assert row["instructions"] == pytest.approx(core["instructions_estimate"], rel=0.2)


def test_a_run_of_another_config_is_refused(tmp_path):
    config = tmp_path / "my.toml"
    text = (CONFIGS / "smoke.toml").read_text()
    config.write_text(text)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text(text.replace("minutes = 1.0", "minutes = 2.0"))
    said = refused("run", config, "--out", tmp_path / "run")
    assert said == (
        f"{tmp_path / 'run'} holds a run of another config: data.synthetic.minutes is 2.0 there and 1.0 here; "
        "take another --out, or --update to redo what depends on it"
    )


def test_another_seed_is_another_run(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text((CONFIGS / "smoke.toml").read_text())
    said = refused("run", "smoke", "--out", tmp_path / "run", "--seed", 7)
    assert f"{tmp_path / 'run'} holds a run of another config: seed is 1 there and 7 here" in said


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    assert "holds files and is not a run folder" in refused("run", "smoke", "--out", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path):
    """On a disk of 400 kB, mounted in a namespace of the test's own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        f"mount -t tmpfs -o size=400k none '{disk}' && echo whole > '{disk}/kept' && "
        f"'{sys.executable}' -m ecgprune run smoke --out '{disk}/run'; echo exit=$?; cat '{disk}/kept'"
    )
    words = ["unshare", "-rm", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    if "exit=" not in done.stdout or "mount:" in done.stderr:
        reason = f"no namespace to mount a small disk in: {done.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    said = [line for line in done.stderr.splitlines() if line.startswith("ecgprune: ")]
    assert len(said) == 1, done.stderr
    assert said[0].startswith(f"ecgprune: no space left on the disk of {disk}/run; free some and call again")
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == ["exit=9", "whole"]
