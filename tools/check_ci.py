"""Runs the steps of docs/ci in a clean environment, and writes what came of it to results/ci.json.

For maintainers, not for CI: it makes a wheel of the checkout, a venv in build/ci, and lets the action's and the GitLab
job's own install steps fill it through pip. --schema names a folder with CycloneDX's bom-1.6.schema.json and those that
it refers to (CycloneDX/specification, folder schema); --train runs the Containerfile's train variant too. What was
tried by hand stays in the file, under "by_hand".
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

import ci_templates  # noqa: E402

MODEL = ROOT / "firmware" / "models" / "small" / "model.tflite"
VALIDATE = """
import json, pathlib, sys
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
bill, folder = json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2])
schemas = [json.loads((folder / f"{name}.schema.json").read_text()) for name in ("bom-1.6", "spdx", "jsf-0.82")]
made = [(schema["$id"], Resource.from_contents(schema, default_specification=DRAFT7)) for schema in schemas]
checker = Draft7Validator(schemas[0], registry=Registry().with_resources(made))
sys.exit("; ".join(error.message for error in checker.iter_errors(bill)) or 0)
"""
BUDGETS = "--max-flash 32K --max-ram 8K --max-cycles 0.5M"


def clean(folder):
    """An environment with a new venv alone, and the folder that steps run in."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "work").mkdir(parents=True)
    venv.create(folder / "venv", with_pip=True)
    shutil.copy(MODEL, folder / "work" / "model.tflite")
    names = [name for name in os.environ if name in ("HOME", "LANG") or name.startswith("PIP_")]
    kept = {name: os.environ[name] for name in names}
    path = f"{folder / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}


def run(name, script, environment, folder, log):
    """One step; its exit status goes to the log."""
    done = ci_templates.in_bash(script, environment, folder)
    log.append({"step": name, "exit_status": done.returncode})
    print(f"{name}: {done.returncode}")
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")


def versions(environment):
    """What pip has installed, of what matters."""
    words = ["python", "-m", "pip", "list", "--format", "json"]
    listed = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    wanted = {"ecgprune", "numpy", "tflite-micro", "ai-edge-litert", "tensorflow", "pydantic", "click"}
    found = {package["name"].replace("_", "-"): package["version"] for package in json.loads(listed)}
    return {name: found[name] for name in sorted(wanted & found.keys())}


def validated(bill, schemas, environment, log):
    """Holds the bill against CycloneDX's schema, with jsonschema from pip."""
    subprocess.run(["python", "-m", "pip", "install", "--quiet", "jsonschema"], env=environment, check=True)
    words = ["python", "-c", VALIDATE, str(bill), str(schemas.resolve())]
    done = subprocess.run(words, env=environment, check=False)
    log.append({"step": "SBOM against bom-1.6.schema.json", "exit_status": done.returncode})
    if done.returncode:
        sys.exit("the SBOM is not valid")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--schema", type=Path)
    options.add_argument("--train", action="store_true")
    given = options.parse_args()
    build = ROOT / "build" / "ci"
    shutil.rmtree(build, ignore_errors=True)
    pip = ["python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(build / "wheel"), str(ROOT)]
    subprocess.run(pip, env=clean(build / "pip"), check=True)
    (wheel,) = (build / "wheel").glob("*.whl")
    found = {"schema_version": 1, "command": "tools/check_ci.py", "platform": platform.platform(), "templates": {}}

    environment, log = clean(build / "action"), []
    inputs = {"model": "model.tflite", "budgets": BUDGETS, "package": str(wheel), "baseline": "build/ecgprune.json"}
    for name, script, own in ci_templates.action_steps(**inputs):
        run(name, script, environment | own, build / "action" / "work", log)
    if given.schema:
        bill = build / "action" / "work" / "build" / "ecgprune" / "sbom.cdx.json"
        validated(bill, given.schema, environment, log)
    found["templates"]["action.yml"] = {"steps": log, "versions": versions(environment)}

    environment, log = clean(build / "gitlab"), []
    job, script = ci_templates.gitlab()
    own = {name: str(value) for name, value in job["variables"].items()} | {"PACKAGE": str(wheel)}
    before = [line for line in job["before_script"] if not line.startswith("apt-get")]  # those need root
    for line in (*before, *script):
        run(line.split("\n")[0], line, environment | own, build / "gitlab" / "work", log)
    found["templates"]["gitlab-ci.yml"] = {"steps": log, "versions": versions(environment)}

    environment, log = clean(build / "container"), []
    for target, line in ci_templates.container_runs():
        if "pip install" in line and (target == "base" or given.train):
            run(f"{target}: {line}", line.replace("/src", str(wheel)), environment, build / "container" / "work", log)
    command = "ecgprune doctor" if given.train else "ecgprune bench model.tflite -q"
    run(command, command, environment, build / "container" / "work", log)
    found["templates"]["Containerfile"] = {"steps": log, "versions": versions(environment)}
    log_file = ROOT / "results" / "ci.json"
    old = json.loads(log_file.read_text()) if log_file.exists() else {}
    found |= {"by_hand": old["by_hand"]} if "by_hand" in old else {}
    log_file.write_text(json.dumps(found, indent=2).replace(f"{ROOT}/", "") + "\n")


if __name__ == "__main__":
    main()
