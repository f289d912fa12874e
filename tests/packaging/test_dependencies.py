"""pyproject.toml, requirements.lock and what the sources import name the same packages."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DISTRIBUTIONS = {  # module: what pip calls it, where it differs
    "elftools": "pyelftools", "google": "protobuf", "serial": "pyserial", "sklearn": "scikit-learn",
}  # fmt: skip


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


def test_a_group_of_tests_stays_on_one_worker(tmp_path):
    """`make test` relies on it: a module's run, site or installation is then made once."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_group.py").write_text(
        "import os, pytest, time\n"
        "@pytest.mark.xdist_group('one')\n"
        "@pytest.mark.parametrize('n', range(8))\n"
        "def test_worker(n):\n"
        "    time.sleep(0.1)\n"
        "    open(os.environ['PYTEST_XDIST_WORKER'], 'w').close()\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert len(list(tmp_path.glob("gw*"))) == 1
