"""The reference of the Python API: one page per package, rendered from docstrings by mkdocstrings in `make docs`."""

import ast
from pathlib import Path

from docs_docstrings import escaped

PACKAGE = Path(__file__).parent.parent / "ecgprune"
LEFT_OUT = {"cli", "__main__"}
"""What is no API: commands are on their own page."""


def pages():
    """{path: Markdown with mkdocstrings' directives}."""
    found = {"reference/python/index.md": overview()}
    for name, modules in packages().items():
        lines = [f"# {title(name)}", "", docstring(name), ""]
        for module in modules:
            lines += [f"## {module} {{ data-toc-label={module.rpartition('.')[2]} }}", "", docstring(module), ""]
            for member in public(module):
                lines += [f"::: {module}.{member}", ""]
        found[f"reference/python/{name}.md"] = "\n".join(lines)
    return found


def navigation():
    """The navigation entries of the pages."""
    return ["reference/python/index.md", *({title(n): f"reference/python/{n}.md"} for n in packages())]


def overview():
    lines = [
        "# Python API",
        "",
        "The command line is the stable interface, and from Python `ecgprune.prune`, `quantize` and `export`, see "
        "[Pruning your model](../../guide/pruning-your-model.md). The packages below are what they are made of; a "
        "name is public when its module lists it in `__all__`. Which package may import which is held by a test, see "
        "[Architecture](../../internals/architecture.md).",
        "",
        "| package | |",
        "|---|---|",
        *(f"| [`{title(name)}`]({name}.md) | {docstring(name).partition(chr(10))[0]} |" for name in packages()),
        "",
    ]
    return "\n".join(lines)


def title(name):
    return "ecgprune" if name == "top" else f"ecgprune.{name}"


def packages():
    """{package: its modules with public names of their own}, sorted; modules beside the packages are in "top"."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in LEFT_OUT or parts[-1].startswith("_"):
            continue
        module = ".".join(("ecgprune", *parts))
        if public(module):
            found.setdefault(parts[0] if len(parts) > 1 else "top", []).append(module)
    return found


def tree(module):
    """The syntax tree of a module or package; nothing is imported."""
    parts = module.split(".")[1:]
    path = PACKAGE.joinpath(*parts)
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text())


def docstring(name):
    return escaped(ast.get_docstring(tree(name if name.startswith("ecgprune") else title(name))) or "")


def public(module):
    """The names of __all__ that the module itself defines, with a docstring, in the order of the source."""
    listed, defined = set(), []
    body = tree(module).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        if names == ["__all__"]:
            listed = set(ast.literal_eval(node.value))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            defined += [node.name] if ast.get_docstring(node) else []
        elif isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            defined += names
    return [name for name in defined if name in listed]
