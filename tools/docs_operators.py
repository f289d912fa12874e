"""The reference of the supported operators, from their specifications and the checks in their modules.

Used by `make docs`. Every check of the generator names what it supports; those words are the checks listed here.
"""

import ast
import re
from pathlib import Path

from ecgprune.codegen import ops
from ecgprune.codegen.requant import ACTIVATIONS

ROOT = Path(__file__).parent.parent
CODEGEN = ROOT / "ecgprune" / "codegen"

HEAD = """# Operators

Generated from the modules of `ecgprune/codegen/ops`. A model with another operator, or with one beyond its limits, is
refused with one line that names the operator, its place in the model and what is supported. Tensors are int8, except
for the float side of QUANTIZE and DEQUANTIZE. Every operator gives the bytes that TensorFlow Lite Micro gives.

| operator | in `codegen/ops` |
|---|---|
"""


def pages():
    """{path: Markdown}."""
    links = {module: ", ".join(f"[`{s.name}`](#{module})" for s in specs) for module, specs in ops.modules().items()}
    rows = [f"| {names} | `{module}.py` |" for module, names in links.items()]
    lines = [HEAD + "\n".join(rows), ""]
    for module, specs in ops.modules().items():
        tree = ast.parse((CODEGEN / "ops" / f"{module}.py").read_text())
        names = ", ".join(spec.name for spec in specs)
        lines += [f"## {names} {{ #{module} }}", "", code(" ".join(ast.get_docstring(tree).split())), ""]
        for spec in specs:
            lines += [f"`{spec.name}`: {spec.limits}", "", *kernels(spec)]
        lines += table(limits(tree))
    lines += ["## Common limits", "", "Checked for every operator that has such an input, output or weight.", ""]
    shared = {}
    for path in sorted((CODEGEN / "lowering").glob("*.py")):
        shared |= limits(ast.parse(path.read_text()))
    return {"reference/operators.md": "\n".join([*lines, *table(shared)])}


def kernels(spec):
    """The line that lists the kernel variants of an operator; none where it needs no code."""
    return [f"Kernels: {', '.join(f'`{kernel}`' for kernel in spec.kernels)}.", ""] if spec.kernels else []


def code(text):
    """Names of kernels and files as code."""
    return re.sub(r"(?<![`\w/])(ecgp_\w+\*?|firmware/[\w/.]+)", r"`\1`", text)


def table(found):
    rows = [f"| {checked} | {supported} |" for checked, supported in found.items()]
    return ["| checked | supported |", "|---|---|", *rows, ""] if rows else []


def limits(tree):
    """{what is checked: what is supported} of each `require(graph, op, condition, found, supported)`."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        words(call.args[3], constants): words(call.args[4], constants)
        for call in calls
        if getattr(call.func, "id", "") == "require" and len(call.args) == 5
    }


def words(node, constants):
    """A string as it is written; constants by their value, what is known only of a model as an ellipsis."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", "\\|")
    if isinstance(node, ast.JoinedStr):
        return "".join(words(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return words(node.value, constants)
    if isinstance(node, ast.Name) and node.id in constants:
        return str(constants[node.id])
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "join" and "ACTIVATIONS" in ast.unparse(node):
        return ", ".join(ACTIVATIONS)
    return "…"
