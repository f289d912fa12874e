"""What the internals pages list by hand is what the code has."""

import re

from manual import ROOT

from ecgprune.codegen.objective import SLACK, WEIGHTS
from ecgprune.verify.deviations import DEVIATIONS

INTERNALS = ROOT / "docs" / "internals"


def test_every_package_is_in_the_architecture():
    text = (INTERNALS / "architecture.md").read_text()
    packages = {path.parent.name for path in (ROOT / "ecgprune").glob("*/__init__.py")}
    assert sorted(name for name in packages if f"| `{name}` |" not in text) == []


def test_every_tool_is_in_the_page_of_tools():
    text = (ROOT / "tools" / "README.md").read_text()
    tools = {path.name for suffix in ("py", "c", "cc") for path in (ROOT / "tools").glob(f"*.{suffix}")}
    tables = {name for name in tools if name.startswith("table_")}  # one line for all of them
    assert set(re.findall(r"`(\w+\.(?:py|c|cc))`", text)) == tools - tables


def test_the_page_of_kernels_names_headers_and_functions_that_are_there():
    folder = ROOT / "firmware" / "lib" / "nn"
    text = (folder / "README.md").read_text()
    declared = {name for path in folder.glob("*.h") for name in re.findall(r"\b(ecgp_\w+)\(", path.read_text())}
    assert set(re.findall(r"`(ecgp_\w+\.h)`", text)) <= {path.name for path in folder.glob("*.h")}
    assert set(re.findall(r"`(ecgp_\w+_s8)`", text)) <= declared


def test_the_weights_of_the_selection_are_those_of_the_cost_model_page():
    text = (INTERNALS / "cost-model.md").read_text()
    rows = re.findall(r"^\| `(balanced|speed|ram|flash)`.*? \|(.*?)\| (.*) \|$", text, re.MULTILINE)
    assert {name: tuple(map(float, cells.split(" | "))) for name, _, cells in rows} == WEIGHTS
    assert {name: float(limit) for name, limit, _ in rows if limit.strip()} == SLACK


def test_the_operators_in_which_the_interpreter_deviates_are_those_of_the_verification_page():
    rows = re.findall(r"^\| ([A-Z0-9_]+) .*\|$", (INTERNALS / "verification.md").read_text(), re.MULTILINE)
    assert set(rows) == set(DEVIATIONS)
