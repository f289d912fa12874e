"""The reference of the command line, from click's own objects. Used by `make docs`."""

import html
import inspect
import re

import click

from ecgprune.cli import main

HEAD = """# Commands

Generated from the command line itself; `ecgprune COMMAND --help` says the same.
"""


def pages():
    """{path: Markdown}."""
    return {"reference/commands.md": "\n".join([HEAD, *group(main, click.Context(main, info_name="ecgprune"), 2)])}


def group(command, context, level):
    """The group's own text, then every command of it."""
    lines = [text(command), "", *options(command, context)]
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is None or inner.hidden:
            continue
        below = click.Context(inner, info_name=name, parent=context)
        lines += [f"{'#' * level} {below.command_path.removeprefix('ecgprune ')}", ""]
        if isinstance(inner, click.Group):
            lines += group(inner, below, level + 1)
        else:
            usage = " ".join(inner.collect_usage_pieces(below))
            lines += ["```text", f"{below.command_path} {usage}", "```", "", text(inner), "", *options(inner, below)]
    return lines


def text(command):
    """The help text as Markdown paragraphs; what click keeps as it is (after \\b) becomes a list."""
    paragraphs = []
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            paragraphs.append("\n".join(f"    {line}" for line in paragraph.splitlines()[1:]))
        else:
            paragraphs.append(" ".join(paragraph.split()))
    return "\n\n".join(paragraphs)


def options(command, context):
    """A table of the options; --help is said once, by the head of the page."""
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or not record[1] or "--help" in parameter.opts:
            continue
        names, meaning = record
        rows.append(f"| {code(names)} | {escaped(meaning)} |")
    return ["| option | meaning |", "|---|---|", *rows, ""] if rows else []


def code(names):
    """As code in a table cell, where a vertical bar would end the column."""
    return f"<code>{html.escape(names).replace('|', '&#124;')}</code>"


def escaped(words):
    """For a table cell: no column ends in it, and brackets stay brackets."""
    return re.sub(r"([|<\[\]*_])", r"\\\1", " ".join(words.split()))
