"""A whole run, on the tiny config: what it leaves, what it keeps, and that no kill at any moment shows in the end."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("run")  # one worker, one undisturbed run for all of them

COMMAND = [sys.executable, "-m", "ecgprune", "run", "smoke", "--out"]


def run(folder, **environment):
    done = subprocess.run(
        [*COMMAND, str(folder)], capture_output=True, text=True, check=False, env=os.environ | environment, timeout=1800
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    run(folder)
    return folder


def test_a_run_leaves_what_the_design_names(undisturbed):
    for name in (
        "config.toml", "dataset.json", "dense.keras", "prune/stage-01.keras", "prune/stage-02.keras", "pruned.keras",
        "model.tflite", "verify.json", "report.json", "report.html", "SHA256SUMS", "firmware/src/cortex-m4/ecg.c",
        "firmware/drop-in/cortex-m4/ecg.c",
        "firmware/images/mps2_an386/firmware.elf", "firmware/images/mps2_an386/firmware.bin",
        "firmware/images/mps2_an386/firmware.hex", "firmware/images/mps2_an386/firmware.map",
    ):  # fmt: skip
        assert (undisturbed / name).is_file(), name


def test_the_sums_are_right(undisturbed):
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=undisturbed, check=True)


def test_every_runtime_answered_alike(undisturbed):
    rows = json.loads((undisturbed / "verify.json").read_text())["runtimes"]
    assert [(r["runtime"], r["vectors"], r["passed"]) for r in rows] == [
        ("tflm-host", 50, True), ("interpreter", 50, True), ("host-c", 50, True), ("mps2_an386", 10, True),
    ]  # fmt: skip


def test_the_report_holds_its_contract(undisturbed):
    report = json.loads((undisturbed / "report.json").read_text())
    assert report["schema_version"] == 1
    assert report["synthetic"] is True
    assert report["sparsity"]["overall"] == pytest.approx(0.6, abs=0.001)
    assert {"dense", "pruned", "int8"} <= set(report["accuracy"])
    (row,) = report["firmware"]
    wanted = {"board", "runtime", "instructions", "cycles_estimate", "flash_bytes", "ram_bytes", "stack_bytes"}
    assert wanted | {"bit_exact", "vectors"} <= set(row)
    assert row["generated_for"] == "Cortex-M4"
    assert [layer["kernel"] for layer in row["layers"]] == [layer["kernel"] for layer in report["layers"]]
    assert report["macs"]["effective"] < report["macs"]["dense"]


def test_no_file_names_a_path_of_the_machine_it_was_made_on(undisturbed):
    summed = [line.split("  ")[1] for line in (undisturbed / "SHA256SUMS").read_text().splitlines()]
    marks = [str(undisturbed).encode(), str(Path.cwd()).encode()]
    assert [name for name in summed if any(m in (undisturbed / name).read_bytes() for m in marks)] == []


def test_a_second_call_keeps_everything_and_tells_every_broken_budget(undisturbed):
    before = (undisturbed / "SHA256SUMS").read_text()
    words = [*COMMAND, str(undisturbed), "--max-flash", "1K", "--max-cycles", "1G", "--min-f1", "100%"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
    said = done.stderr
    assert done.returncode == 7
    told = r"^ecgprune: 2 budgets broken: flash on mps2_an386 is .*, max_flash is 1 024; macro-F1 is 0"
    assert re.search(told, said, re.MULTILINE)
    steps = [line for line in said.splitlines() if line.startswith("[")]
    assert len(steps) == 13
    assert all(line.endswith("(kept)") for line in steps)
    assert (undisturbed / "SHA256SUMS").read_text() == before


def test_a_run_is_packaged_with_its_classes_and_its_way_to_make_beats(undisturbed, tmp_path):
    """As a config, into the run folder, and as a folder, into an archive."""
    folder = tmp_path / "run"
    shutil.copytree(undisturbed, folder)
    words = [sys.executable, "-m", "ecgprune", "export"]
    options = ["--package", "make", "--ecg", "--out"]
    for source, out in (("smoke", folder), (str(folder), tmp_path / "model.zip")):
        subprocess.run([*words, source, *options, str(out)], capture_output=True, check=True, timeout=1800)
    text = (folder / "packages" / "make" / "README.md").read_text()
    assert "| V | `ECG_CLASS_V` |" in text
    assert "| sampling rate | 180 Hz |" in text
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert archive.read("ecgprune_ecg/README.md").decode() == text


def test_without_cross_compiler_and_emulator_the_run_ends_at_the_host_and_says_so(undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "run")
    tools = tmp_path / "bin"
    tools.mkdir()
    for program in Path("/usr/bin").iterdir():
        if not program.name.startswith(("arm-none-eabi-", "qemu-")):
            (tools / program.name).symlink_to(program)
    run(tmp_path / "run", PATH=str(tools))
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    rows = {r["runtime"]: r for r in report["verification"]["runtimes"]}
    assert rows["host-c"]["bit_exact"] is True
    assert rows["mps2_an386"]["skipped"].startswith("arm-none-eabi-gcc is not installed")
    assert report["firmware"] == []
    assert "arm-none-eabi-gcc is not installed" in (tmp_path / "run" / "report.html").read_text()


KILLS = [  # a step to be killed in, or what is about to be renamed into its place; in the order of a run
    "records", 1, "dataset.json", 2, "dense.json", 3, "prune/stage-01.json", 4, 5, 6, "prune/chosen.json",
    "quantize.json", 8, 9, "firmware/src", 10, "firmware/images", 11, "verify.json", 12, "report.html", "SHA256SUMS",
]  # fmt: skip


@pytest.mark.slow
def test_killed_in_every_step_and_before_files_are_in_place_the_end_is_the_same(undisturbed, tmp_path):
    """SIGKILL to the process group. Steps 7 and 13 take milliseconds: they are killed where they write."""
    script = [
        "import sys, random, pathlib, killing",
        "killing.load()",
        "draw, folder = random.Random(20), pathlib.Path(sys.argv[1])",
        f"for point in {KILLS}:",
        "    seconds = draw.uniform(0.0, 1.5 if point in (3, 4, 5, 6) else 0.3)",
        "    place = {'before': point} if isinstance(point, str) else {'step': point, 'seconds': seconds}",
        "    print(point, killing.killed(folder, **place).split()[-1])",
    ]
    command = [sys.executable, "-c", "\n".join(script), str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{point} killed" for point in KILLS]
    said = run(tmp_path / "run").stderr
    assert said.count("(kept)") == 13, "what was finished before the last kill is not done again"
    assert (tmp_path / "run" / "SHA256SUMS").read_text() == (undisturbed / "SHA256SUMS").read_text()
    assert list((tmp_path / "run").rglob(".ecgprune-unfinished-*")) == []
