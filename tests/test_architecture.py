"""The import direction of docs/internals/architecture.md, held by reading the sources."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ecgprune"
LEAVES = {"errors", "config", "artifacts", "c_names", "formatting", "operating_point", "templating"}
MAY_IMPORT = {
    "errors": set(),
    "c_names": {"errors"},
    "config": {"errors", "c_names"},
    "artifacts": {"errors"},
    "formatting": set(),
    "operating_point": set(),
    "templating": set(),
    "ecg": LEAVES,
    "training": LEAVES | {"graph", "importers"},  # for the one parser of .tflite, and of stored Keras models
    "graph": LEAVES,
    "interface": LEAVES | {"graph"},
    "codegen": LEAVES | {"graph", "interface"},
    "runtimes": LEAVES,
    "tflm": LEAVES | {"graph", "codegen", "interface", "runtimes"},
    "board": LEAVES | {"runtimes"},  # for the meaning of what TFLM prints on a board
    "verify": LEAVES | {"graph", "board", "runtimes"},
    "packaging": LEAVES | {"interface"},
    "importers": LEAVES,
    "report": LEAVES,
    "gates": LEAVES,
}
COMPOSERS = {"__main__", "api", "cli", "pipeline", "calibration", "study"}
HEAVY = {"tensorflow", "tf_keras", "tensorflow_model_optimization"}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").parts[0], path


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_stages_do_not_import_one_another():
    wrong = []
    for stage, path in _modules():
        if stage in COMPOSERS or stage == "__init__":
            continue
        for name in _imports(ast.parse(path.read_text())):
            parts = name.split(".")
            target = parts[1] if parts[0] == "ecgprune" and len(parts) > 1 else None
            if target and target not in MAY_IMPORT[stage] | {stage, "__version__"}:
                wrong.append(f"{path.relative_to(PACKAGE)} imports ecgprune.{target}")
    assert wrong == []


def test_only_training_imports_tensorflow():
    wrong = [
        str(path.relative_to(PACKAGE))
        for stage, path in _modules()
        if stage != "training" and HEAVY & {n.split(".")[0] for n in _imports(ast.parse(path.read_text()))}
    ]
    assert wrong == []


def test_only_the_command_line_prints_or_exits():
    wrong = []
    for stage, path in _modules():
        if stage == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "exit", "sys.exit", "click.echo"}:
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert wrong == []


def test_help_imports_little_and_nothing_heavy():
    # 209 modules take 0.15 s on an idle machine; importing numpy alone doubles both.
    tell = "import atexit, sys, runpy; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
    words = "sys.argv = ['ecgprune', '--help']; runpy.run_module('ecgprune', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", tell + words], check=True, capture_output=True, text=True)
    modules = set(done.stderr.split())
    assert "Usage" in done.stdout
    assert "ecgprune.cli" in modules
    assert len(modules) < 300
    assert not modules & {"numpy", "jinja2", "rich", "pydantic", *HEAVY}


@pytest.mark.parametrize("module", ["ecgprune.cli", "ecgprune.cli.stages", "ecgprune.cli.data"])
def test_the_command_line_imports_nothing_heavy(module):
    heavy = {"tensorflow", "scipy", "matplotlib", "wfdb", "sklearn", "rich", "pydantic", "ai_edge_litert"}
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
