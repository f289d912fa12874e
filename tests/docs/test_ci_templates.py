"""The templates for CI: their steps run, here with the packages that are installed; tools/check_ci.py installs them."""

import json
import os
import shlex
import sys
from xml.etree import ElementTree

import ci_templates
import pytest
from cli_calls import small_tflite
from firmware_models import needs_qemu
from manual import ROOT

from ecgprune.errors import ExitCode


@pytest.fixture
def place(tmp_path):
    """A folder with a model, and an environment with a program `ecgprune`."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "ecgprune"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ecgprune "$@"\n')
    program.chmod(0o755)
    (tmp_path / "model.tflite").write_bytes(small_tflite())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    return tmp_path, environment | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_the_steps_of_the_action_run_and_end_where_a_budget_is_broken(place):
    needs_qemu()
    folder, environment = place
    ended = {}
    steps = ci_templates.action_steps(model="model.tflite", budgets="--max-flash 64K --max-stack 1", out="my out/fw")
    for name, script, own in steps:
        if name == "Install ecgprune":
            continue
        done = ci_templates.in_bash(script, environment | own, folder)
        ended[name] = done.returncode
        assert done.returncode in (0, ExitCode.BUDGET), done.stderr
    assert ended.pop("Budgets") == ExitCode.BUDGET
    assert ended == dict.fromkeys(("Install the tools", "Verify", "Compare", "Attest", "Show what changed"), 0)
    assert int(ElementTree.parse(folder / "my out" / "fw.xml").getroot().get("failures")) == 0
    assert json.loads((folder / "my out" / "fw.json").read_text())["rows"][0]["bit_exact"]
    assert (folder / "my out" / "fw" / "sbom.cdx.json").is_file()
    baseline = {"OUT": "my out/fw", "BASELINE": "my out/fw.json", "FAIL_OVER": "0"}
    scripts = {name: script for name, script, _ in ci_templates.action_steps(model="")}
    for name in ("Compare", "Show what changed"):
        assert ci_templates.in_bash(scripts[name], environment | baseline, folder).returncode == 0
    assert "| mps2_an386 | flash | " in (folder / "summary.md").read_text()


def test_the_gitlab_job_runs_what_the_action_runs():
    job, script = ci_templates.gitlab()
    steps = {name: text.strip() for name, text, _ in ci_templates.action_steps(model="m")}
    assert script == [steps[name] for name in ("Verify", "Budgets", "Compare", "Attest")]
    used = {name for _, _, own in ci_templates.action_steps(model="m") for name in own}
    assert set(job["variables"]) == used
    assert f"{job['variables']['OUT']}.xml" == job["artifacts"]["reports"]["junit"]


def test_action_job_and_container_install_the_same_tools():
    def packages(text):
        return {word for word in text.split() if word in WANTED}

    job, _ = ci_templates.gitlab()
    tools = {name: script for name, script, _ in ci_templates.action_steps(model="m")}["Install the tools"]
    runs = list(ci_templates.container_runs())
    for text in (tools.split("apt-get install")[1], " ".join(job["before_script"]), runs[0][1]):
        assert packages(text) == WANTED
    assert [target for target, _ in runs] == ["base", "base", "train"]


WANTED = {
    "make", "gcc", "libc6-dev", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "binutils-arm-none-eabi",
    "qemu-system-arm",
}  # fmt: skip
