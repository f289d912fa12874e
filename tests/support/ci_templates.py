"""The `run:` steps of the CI templates in docs/ci, to be run here. Also used by tools/check_ci.py."""

import re
import subprocess
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "ci"


def action():
    return yaml.safe_load((FOLDER / "action.yml").read_text())


def gitlab():
    """The job, and its script as one list of commands."""
    job = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())["ecgprune"]
    return job, [line.strip() for line in job["script"]]


def action_steps(**inputs):
    """(name, script, environment) of each step that runs a script; expressions of inputs are filled in."""
    made = action()
    given = {name: str(about.get("default", "")) for name, about in made["inputs"].items()} | inputs

    def filled(text):
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], str(text))

    for step in made["runs"]["steps"]:
        if "run" in step:
            yield step["name"], step["run"], {key: filled(value) for key, value in step.get("env", {}).items()}


def container_runs():
    """(target, shell command) of each RUN of the Containerfile."""
    text = re.sub(r"^#.*\n", "", (FOLDER / "Containerfile").read_text(), flags=re.MULTILINE).replace("\\\n", "")
    target = ""
    for line in text.splitlines():
        target = line.rpartition(" AS ")[2] if line.startswith("FROM ") else target
        if line.startswith("RUN "):
            yield target, " ".join(line.removeprefix("RUN ").split())


def in_bash(script, environment, folder):
    """As GitHub's `shell: bash`."""
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
