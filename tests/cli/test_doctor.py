"""ecgprune doctor, with real programs and packages taken away one after the other."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from firmware_models import needs_qemu, path_without

from ecgprune.cli.packages import _package

HEAVY = ["matplotlib", "scipy", "sklearn", "tensorflow", "tensorflow_model_optimization", "tf_keras", "wfdb"]
TRAINING = ["scipy", "tensorflow", "tensorflow-model-optimization", "tf-keras", "wfdb"]
PROGRAMS = ["arm-none-eabi-gcc", "arm-none-eabi-objcopy", "arm-none-eabi-objdump", "cc", "make", "qemu-system-arm"]


def doctor(blocked=None, modules=(), **environment):
    """(exit status, {name: finding}) of doctor, with these modules blocked by files in the folder `blocked`."""
    for name in modules:
        (blocked / f"{name}.py").write_text("raise ImportError('blocked')\n")
    paths = [str(blocked)] if blocked else []
    environment["PYTHONPATH"] = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "ecgprune", "doctor", "--format", "json"],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, {f["name"]: f for f in json.loads(done.stdout)["findings"]}


def missing(findings):
    return sorted(name for name, f in findings.items() if f["needed"] and not f["found"])


def test_nothing_is_missing_where_everything_is_installed():
    needs_qemu()
    status, findings = doctor()
    assert missing(findings) == []
    assert status == 0
    assert findings["tensorflow"]["found"].startswith("2.21")
    assert findings["shipped model on mps2_an386"]["found"] == "100 vectors equal"


def test_each_blocked_training_package_is_named(tmp_path):
    status, findings = doctor(tmp_path, HEAVY)
    assert status == 4
    assert set(TRAINING) <= set(missing(findings))
    assert findings["tensorflow"]["problem"] == "ImportError: blocked"
    assert findings["tensorflow"]["remedy"].startswith('pip install --force-reinstall "tensorflow')


def test_each_blocked_base_package_is_named(tmp_path):
    base = ["ai_edge_litert", "elftools", "flatbuffers", "jinja2", "numpy", "pydantic", "tflite_micro", "tomli_w"]
    status, findings = doctor(tmp_path, [*HEAVY, *base])
    assert status == 4
    names = ["ai-edge-litert", "pyelftools", "flatbuffers", "jinja2", "numpy", "pydantic", "tflite-micro", "tomli-w"]
    assert set(names) <= set(missing(findings))


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_missing_program_is_named(program, tmp_path):
    needs_qemu()
    (tmp_path / "blocked").mkdir()
    status, findings = doctor(tmp_path / "blocked", HEAVY, PATH=path_without(tmp_path / "path", program))
    assert status == 4
    assert [name for name in missing(findings) if name in PROGRAMS] == [program]
    assert findings[program]["remedy"].startswith("apt-get install ")


@pytest.mark.parametrize(
    ("program", "script", "problem"),
    [
        ("arm-none-eabi-gcc", '{real} -nostdinc "$@"', "No such file"),  # no newlib
        ("qemu-system-arm", 'case "$*" in *-plugin*) echo "{name}: -plugin: invalid option" >&2; exit 1;; esac\n'
         '{real} "$@"', "-plugin: invalid option"),
    ],
)  # fmt: skip
def test_a_program_that_is_there_and_does_not_do_is_found_by_trial(program, script, problem, tmp_path):
    needs_qemu()
    (tmp_path / "blocked").mkdir()
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / program
    wrapper.write_text("#!/bin/sh\n" + script.format(real=shutil.which(program), name=program) + "\n")
    wrapper.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    status, findings = doctor(tmp_path / "blocked", HEAVY, PATH=path)
    assert status == 4
    assert [name for name in missing(findings) if findings[name]["group"] == "trial"] == ["shipped model on mps2_an386"]
    assert problem in findings["shipped model on mps2_an386"]["problem"]


def test_a_module_that_ends_the_interpreter_is_named(tmp_path):
    (tmp_path / "scipy.py").write_text("import os\nos.abort()\n")
    _, findings = doctor(tmp_path, [name for name in HEAVY if name != "scipy"])
    assert findings["scipy"]["problem"] == "the import ends the interpreter with status -6"
    assert findings["wfdb"]["problem"] == "ImportError: blocked"


def test_requirements_are_read_from_the_metadata():
    found = _package('tensorflow<2.22,>=2.21; extra == "train"')
    assert (found.name, found.module, found.extra) == ("tensorflow", "tensorflow", "train")
    assert [v for v in ("2.20.1", "2.21.0", "2.21.3", "2.22.0") if found.accepts(v)] == ["2.21.0", "2.21.3"]
    assert found.remedy == 'pip install "ecgprune[train]"'
    pinned = _package("tensorflow-model-optimization==0.8.1")
    assert pinned.module == "tensorflow_model_optimization"
    assert [v for v in ("0.8.0", "0.8.1") if pinned.accepts(v)] == ["0.8.1"]
    marked = _package('tflite-micro; sys_platform == "linux" and platform_machine == "x86_64"')
    assert (marked.extra, marked.versions) == ("", "")
    assert marked.remedy == 'pip install "ecgprune" (there are wheels for: linux and x86_64)'
    both = _package('wfdb>=4.3; (sys_platform == "linux") and extra == "train"')
    assert (both.extra, both.platforms) == ("train", "(linux)")
