"""The reference of the configuration, from the dataclasses of ecgprune/config. Used by `make docs`."""

import dataclasses
import re
import typing
from types import NoneType, UnionType

from ecgprune.config import Config, Stage, shipped

HEAD = """# Configuration

A config is a TOML file, given by path, or by name for one that ships: {shipped}. A key that is left out has the default
below, an unknown key is an error. Generated from `ecgprune/config`.
"""
BOUNDS = {"gt": "> {}", "ge": ">= {}", "lt": "< {}", "le": "<= {}"}


def pages():
    """{path: Markdown}."""
    return {"reference/config.md": render()}


def render():
    names = ", ".join(f"`{name}`" for name in shipped())
    lines = [HEAD.format(shipped=names), *table(Config, "", "Top level"), ""]
    for field in dataclasses.fields(Config):
        lines += section(typing.get_type_hints(Config)[field.name], field.name)
    return "\n".join(lines)


def section(kind, path):
    """One table of the TOML file, and those inside of it."""
    if not dataclasses.is_dataclass(kind):
        return []
    lines = [*table(kind, path, f"[{path}]"), ""]
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        lines += section(hints[field.name], f"{path}.{field.name}")
        if Stage in typing.get_args(hints[field.name]):
            lines += [*table(Stage, path, f"[[{path}.{field.name}]]"), ""]
    return lines


def table(kind, path, title):
    """Title, what the docstring says, and a row per key."""
    intro, told, rest = described(kind)
    hints = typing.get_type_hints(kind, include_extras=True)
    rows = []
    for field in dataclasses.fields(kind):
        if nested(hints[field.name]):
            continue
        value, bounds = described_type(hints[field.name])
        cells = [f"`{field.name}`", value, bounds, default(field), told.get(field.name, "")]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    heading = title if title.startswith("Top") else f"`{title}`"
    lines = [f"## {heading} {{ #{anchor(title, path)} }}", "", intro, ""]
    if rows:
        lines += ["| key | type | range | default | meaning |", "|---|---|---|---|---|", *rows, ""]
    return [*lines, *([rest, ""] if rest else [])]


def anchor(title, path):
    return re.sub(r"[^a-z]+", "-", (title if "[" in title else path or title).lower()).strip("-")


def nested(kind):
    return dataclasses.is_dataclass(kind) or Stage in typing.get_args(kind)


def described(kind):
    """(first paragraph, {key: meaning}, what follows the keys) of a docstring, Google's or "key: meaning" lines."""
    names = {field.name for field in dataclasses.fields(kind)}
    intro, told, rest, current = [], {}, [], []
    for line in (kind.__doc__ or "").replace("Attributes:\n", "\n").splitlines():
        start = re.match(r"\s*((?:\w+, )*\w+)(?: \([^)]*\))?: (.*)", line)
        keys = [k for k in start.group(1).split(", ") if k in names] if start else []
        if keys:
            current = keys
            told |= {key: start.group(2) for key in keys}
        elif not line.strip():
            current = []
        elif current and line.startswith(" " * 8):
            told |= {key: f"{told[key]} {line.strip()}" for key in current}
        else:
            current = []
            (rest if told else intro).append(line.strip())
    return " ".join(intro), told, " ".join(rest)


def described_type(kind):
    """(type, range) in words, of an annotation with pydantic's bounds."""
    if typing.get_origin(kind) is typing.Annotated:
        base, *extras = typing.get_args(kind)
        value, inner = described_type(base)
        bounds = [inner] if inner else []
        for constraint in [c for extra in extras for c in getattr(extra, "metadata", [extra])]:
            bounds += [text.format(getattr(constraint, key)) for key, text in BOUNDS.items()
                       if getattr(constraint, key, None) is not None]  # fmt: skip
            if getattr(constraint, "pattern", None):
                bounds.append(f"`{constraint.pattern}`")
            if getattr(constraint, "min_length", None):
                bounds.append(f"at least {constraint.min_length}")
        return value, ", ".join(bounds)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return " or ".join(f'`"{value}"`' for value in arguments), ""
    if origin in (typing.Union, UnionType):
        return described_type(next(a for a in arguments if a is not NoneType))
    if origin is dict:
        keys, values = (described_type(a)[0] for a in arguments)
        return f"table of {keys}, each a {values}", ""
    if origin is tuple:
        value, bounds = described_type(arguments[0])
        count = "" if arguments[-1] is Ellipsis else f"{len(arguments)} "
        return f"list of {count}{value}", bounds
    if dataclasses.is_dataclass(kind):
        return "table", ""
    return {str: "string", int: "integer", float: "number", bool: "true or false"}[kind], ""


def default(field):
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    elif field.default is dataclasses.MISSING:
        return "required"
    else:
        value = field.default
    return "none" if value is None else f"`{toml(value)}`"


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
