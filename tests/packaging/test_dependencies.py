"""pyproject.toml, requirements.lock and what the sources import name the same packages."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DISTRIBUTIONS = {"elftools": "pyelftools", "sklearn": "scikit-learn"}  # module: what pip calls it, where it differs


def declared():
    lines = [*PROJECT["dependencies"], *(line for lines in PROJECT["optional-dependencies"].values() for line in lines)]
    return {re.match(r"[\w.-]+", line)[0] for line in lines} - {"ecgprune"}


def imported():
    for path in sorted((ROOT / "ecgprune").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.partition(".")[0]


def test_every_imported_package_is_declared():
    modules = set(imported()) - set(sys.stdlib_module_names) - {"ecgprune"}
    wanted = {DISTRIBUTIONS.get(module, module.replace("_", "-")) for module in modules}
    assert sorted(wanted - declared()) == []


def test_every_declared_package_is_locked():
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert sorted(declared() - locked) == []


def test_the_lock_names_no_registry():
    assert "://" not in (ROOT / "requirements.lock").read_text()
