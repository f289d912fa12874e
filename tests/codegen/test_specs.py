"""The operators' specifications: all are found, and what each says of its operator is so."""

import importlib
import inspect
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ecgprune.codegen import ops
from ecgprune.codegen.target import Target
from ecgprune.verify.deviations import DEVIATIONS

FIRMWARE = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
SPECS = list(ops.specs().values())


def test_every_module_of_the_package_is_scanned():
    modules = {path.stem for path in Path(inspect.getfile(ops)).parent.glob("*.py")} - {"__init__"}
    defined = [spec.name for name in modules for spec in importlib.import_module(f"{ops.__name__}.{name}").SPECS]
    assert sorted(defined) == ops.supported()


def test_a_deviation_has_a_formula_and_nothing_else_has():
    """verify shares no code with codegen on purpose, so its table is held equal here."""
    assert {spec.name for spec in SPECS if spec.interpreter_deviates} == set(DEVIATIONS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_its_kernels_are_declared_in_the_library(spec):
    declared = "".join(path.read_text() for path in FIRMWARE.glob("*.h"))
    assert [kernel for kernel in spec.kernels if not re.search(rf"^void {kernel}\(", declared, re.MULTILINE)] == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_it_states_its_limits_in_sentences(spec):
    assert spec.limits.endswith(".")
    assert "  " not in spec.limits


def test_operators_that_share_a_kernel_share_its_cost_rule():
    for spec in SPECS:
        for kernel, rule in spec.costs.items():
            assert ops.costs()[kernel] is rule


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_its_registration_is_complete(spec):
    assert re.fullmatch(r"Add[A-Z][A-Za-z0-9]+", spec.tflm.method)
    assert bool(spec.tflm.int8_only) == bool(spec.tflm.header)


def test_templates_of_the_recipe_work(tmp_path):
    text = (FIRMWARE.parents[2] / "docs" / "internals" / "adding-an-operator.md").read_text()
    blocks = {language: re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1] for language in ("c", "python")}
    (tmp_path / "template.c").write_text(blocks["c"] + "int unused;\n")
    compiled = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "template.c"]
    subprocess.run(compiled, check=True, cwd=tmp_path)
    defined = {}
    exec(compile(blocks["python"], "recipe", "exec"), defined)
    (spec,) = defined["SPECS"]
    graph = spec.calibration.draw(np.random.default_rng(1), 0)
    ((call,),) = spec.variants(graph, graph.ops[0], Target())
    assert (call.kernel, *spec.kernels) == ("ecgp_negate_s8",) * 2
    size = graph.tensor(0).size
    assert spec.costs[call.kernel](call) == {"element": size, "four": -(-size // 4)}
    assert list(call.params) == re.findall(r"int32_t (\w+);", blocks["c"])
